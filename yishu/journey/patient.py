"""Patient 患者: found within scope, and whether the viewer may open him: in his care, by an opening, or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from duckdb import DuckDBPyConnection

from yishu.identity import mask_value
from yishu.identity.vault import opened as vault_opened
from yishu.journey.looking import Looking, Relations, widened
from yishu.journey.opening import Opening, in_force, may_open, opened
from yishu.kernel.errors import InputError, NotPermitted
from yishu.security import Rows, Viewer, system_viewer, with_patients

WINDOW_DAYS = 30
MOST = 50
Ground = Literal["care", "opened"]


@dataclass(frozen=True, slots=True)
class Found:
    """A patient found 查到的患者: the name masked unless in the viewer's care."""

    person: int
    name: str | None
    gender: str | None
    birth_year: int | None
    last: datetime | None
    visits: int
    in_care: bool


@dataclass(frozen=True, slots=True)
class Admitted:
    """Leave to look at one patient 准入: on what ground, the viewer that ground gives, the patient's keys."""

    person: int
    keys: tuple[int, ...]
    ground: Ground
    viewer: Viewer
    opening: Opening | None


def outside() -> NotPermitted:
    """The same words whether there is no such patient or he is not the viewer's: nobody learns who exists."""
    return NotPermitted("patient.outside", "这位患者不在您的诊疗范围内", hint="确需查看时请写明理由，查看 30 分钟，会通知科主任并留下审计", where="person")


def keys_of(looking: Looking, connection: DuckDBPyConnection, person: int) -> tuple[int, ...]:
    """The patient keys of a person; who is one person is the platform's own knowledge."""
    seen = Relations(system_viewer("journey.person"), looking.tables)
    seen.bind("person", person)
    rows = connection.execute(f"SELECT patient_key FROM {seen.of('patient')} WHERE coalesce(person_id, patient_key) = $person ORDER BY 1", seen.values).fetchall()
    return tuple(row[0] for row in rows)


def in_care(looking: Looking, connection: DuckDBPyConnection, keys: tuple[int, ...]) -> frozenset[int]:
    """Which of these patient keys are in the viewer's care now 诊疗关系 (design §3).

    A department's people: from admission until thirty days after discharge; a doctor also those he treated, equally long.
    Who sees the whole house treats nobody by that alone.
    """
    viewer = looking.viewer
    if viewer.granted.rows is not Rows.DEPARTMENTS or not keys:
        return frozenset()
    seen = Relations(viewer, looking.tables)
    now = looking.clock()
    seen.bind("keys", list(keys))
    seen.bind("now", now)
    seen.bind("since", now - timedelta(days=WINDOW_DAYS))
    whole = "stay" in viewer.granted.whole
    ways = []
    if not whole:
        ways.append(
            f"SELECT patient_key FROM {seen.of('stay')} WHERE list_contains($keys, patient_key) AND status IS DISTINCT FROM '取消' "
            "AND admitted_at <= $now AND (status = '在院' OR discharged_at >= $since)"
        )
    if viewer.doctor:
        seen.bind("doctor", viewer.doctor)
        ways.append(f"SELECT patient_key FROM {seen.of('visit')} WHERE list_contains($keys, patient_key) AND doctor = $doctor AND visit_date >= $since::DATE AND visit_date <= $now")
    if not ways:
        return frozenset()
    return frozenset(row[0] for row in connection.execute(" UNION ".join(ways), seen.values).fetchall())


def admit(looking: Looking, connection: DuckDBPyConnection, person: int) -> Admitted:
    """Leave to open this patient, or the refusal that asks for a reason."""
    keys = keys_of(looking, connection, person)
    opening = opened(looking.store, looking.viewer, person, looking.clock())
    if keys and opening is not None:
        return Admitted(person, keys, "opened", widened(looking.viewer), opening)
    if keys and in_care(looking, connection, keys):
        return Admitted(person, keys, "care", looking.viewer, None)
    if not may_open(looking.viewer) and looking.viewer.granted.rows is Rows.NONE:
        raise NotPermitted("right.missing", "您的角色不能使用这个功能", hint="需要时请信息科调整角色")
    raise outside()


def seeing_opened(looking: Looking, connection: DuckDBPyConnection) -> tuple[Viewer, tuple[int, ...]]:
    """The viewer who also sees the rows of the patients he has opened 破窗所见, and who they are; nobody opened, nobody more."""
    persons = tuple(dict.fromkeys(o.person for o in in_force(looking.store, looking.viewer, looking.clock())))
    keys = frozenset(key for person in persons for key in keys_of(looking, connection, person))
    return with_patients(looking.viewer, keys), persons


def department_of(looking: Looking, connection: DuckDBPyConnection, keys: tuple[int, ...]) -> str | None:
    """Where the patient lies or was last seen, so that its head can be told; the platform's own question."""
    seen = Relations(system_viewer("journey.notice"), looking.tables)
    seen.bind("keys", list(keys))
    row = connection.execute(
        f"SELECT department FROM (SELECT department, coalesce(discharged_at, TIMESTAMP '9999-01-01') AS moment FROM {seen.of('stay')} WHERE list_contains($keys, patient_key) "
        f"UNION ALL SELECT department, registered_at FROM {seen.of('visit')} WHERE list_contains($keys, patient_key)) WHERE department IS NOT NULL ORDER BY moment DESC NULLS LAST LIMIT 1",
        seen.values,
    ).fetchone()
    return row[0] if row else None


def search(looking: Looking, connection: DuckDBPyConnection, text: str) -> tuple[Found, ...]:
    """Patients among the viewer's rows: by the number of a visit or stay, or by the masked name (姓 or 姓*); latest first."""
    asked = text.strip()
    if len(asked) > 40:
        raise InputError("patient.search", "查找的文字太长", hint="写就诊号、住院号或姓", where="q")
    seen = Relations(looking.viewer, looking.tables)
    numbered = any(sign.isdigit() for sign in asked)
    where = ""
    if numbered:
        seen.bind("asked", asked.upper())
        where = "WHERE starts_with(number, $asked) OR split_part(number, '-', 2) = $asked"
    people = Relations(system_viewer("journey.person"), looking.tables)
    people.values = seen.values
    # names cannot be looked up without opening them: a name is looked for among the latest patients only
    most = MOST if numbered or not asked else 3000
    rows = connection.execute(
        f"WITH mine AS (SELECT patient_key, stay_id AS number, admitted_at AS moment FROM {seen.of('stay')} UNION ALL "
        f"SELECT patient_key, visit_id, registered_at FROM {seen.of('visit')}), "
        f"hit AS (SELECT DISTINCT patient_key FROM mine {where}), "
        f"known AS (SELECT h.patient_key, coalesce(p.person_id, h.patient_key) AS person, p.gender, p.birth_date FROM hit h JOIN {people.of('patient')} p USING (patient_key)) "
        "SELECT k.person, list(DISTINCT k.patient_key ORDER BY k.patient_key), any_value(k.gender), any_value(k.birth_date), max(m.moment), count(DISTINCT m.number) "
        f"FROM known k JOIN mine m USING (patient_key) GROUP BY k.person ORDER BY max(m.moment) DESC NULLS LAST, k.person LIMIT {most}",
        seen.values,
    ).fetchall()
    firsts = [row[1][0] for row in rows]
    names = vault_opened(looking.store, looking.home, firsts, "name") if firsts else {}
    care = in_care(looking, connection, tuple(key for row in rows for key in row[1]))
    wanted = asked.rstrip("*＊")
    found = []
    for person, keys, gender, born, last, visits in rows:
        name = names.get(keys[0])
        mine = any(key in care for key in keys)
        if asked and not numbered and not (name and _named(name, wanted, mine)):
            continue
        found.append(Found(person, name if mine else mask_value("name", name), gender, _year(born), last, visits, mine))
        if len(found) == MOST:
            break
    return tuple(found)


def _named(name: str, wanted: str, mine: bool) -> bool:
    """A whole name is matched only among one's own patients; else no more than the mask shows is asked of it."""
    return name.startswith(wanted) if mine or len(wanted) <= 1 else False


def _year(born: date | None) -> int | None:
    return born.year if born else None


def masked(found: Found) -> Found:
    """The same with the name masked."""
    return replace(found, name=mask_value("name", found.name))


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a patient's page 患者页头."""

    person: int
    name: str | None
    gender: str | None
    birth_year: int | None
    age: int | None
    identifiers: int


def header(looking: Looking, connection: DuckDBPyConnection, leave: Admitted) -> Header:
    """Name (in clear for those who treat him, else masked), sex, age, how many identities are one."""
    seen = Relations(system_viewer("journey.person"), looking.tables)
    seen.bind("keys", list(leave.keys))
    row = connection.execute(f"SELECT any_value(gender), any_value(birth_date) FROM {seen.of('patient')} WHERE list_contains($keys, patient_key)", seen.values).fetchone()
    gender, born = row if row else (None, None)
    names = vault_opened(looking.store, looking.home, list(leave.keys), "name")
    name = next(iter(names.values()), None)
    today = looking.clock().date()
    age = None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return Header(leave.person, name if leave.ground == "care" else mask_value("name", name), gender, _year(born), age, len(leave.keys))
