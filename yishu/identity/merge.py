"""Merge 合并、拆分、撤销: people decide who is whom; every change is an event, and every change can be taken back exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine, insert, select
from sqlalchemy.engine import Connection

from yishu.identity import feature, ledger, store
from yishu.identity.errors import NoReason
from yishu.identity.ledger import Event, Moved, canonical
from yishu.identity.register import Index, Registration, rewrite
from yishu.kernel.errors import InputError

OWN_NUMBERS = 1_000_000_000_000
"""Persons split off whose patient numbers are all taken get numbers above this."""


def merge(engine: Engine, into: int, gone: int, *, by: str, reason: str, at: datetime, occurred: datetime | None = None) -> int:
    """Make two persons one (HL7 A40); the event's number. `gone` stays in history and can be brought back."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        return merge_persons(connection, into, gone, by, said, at, occurred)


def merge_persons(connection: Connection, into: int, gone: int, by: str, reason: str, at: datetime, occurred: datetime | None = None) -> int:
    """`merge` inside a transaction."""
    if into == gone:
        raise InputError("identity.same_person", f"{into} 与自己不能合并", hint="给出两个不同的主索引号")
    staying, moving = _members(connection, into), _members(connection, gone)
    pairs = _apart(connection, staying, moving)
    if pairs:
        raise InputError("identity.apart", f"{into} 与 {gone} 已由人工判定为不同的人", hint="先撤销“不是同一人”的判定，再合并")
    moved: Moved = tuple((key, gone, into) for key in moving)
    seq = ledger.append(connection, Event("merge", into, gone, by, reason, canonical({"moved": moved}), at, occurred or at))
    ledger.move(connection, moved, at, "merge")
    return seq


def split(engine: Engine, person: int, patients: Sequence[int], *, by: str, reason: str, at: datetime) -> int:
    """Take some patients out of a person as one of their own (HL7 A43, A37); the event's number."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        inside = _members(connection, person)
        leaving = sorted(set(patients))
        strange = [key for key in leaving if key not in inside]
        if strange:
            raise InputError("identity.not_member", f"患者 {'、'.join(map(str, strange))} 不属于 {person}", hint=f"{person} 现有患者：{'、'.join(map(str, inside))}")
        if not leaving or len(leaving) == len(inside):
            raise InputError("identity.split_all", "拆分要留下至少一条、分出至少一条记录", hint=f"{person} 现有患者：{'、'.join(map(str, inside))}")
        new = _free_number(connection, leaving, person)
        moved: Moved = tuple((key, person, new) for key in leaving)
        seq = ledger.append(connection, Event("split", new, person, by, said, canonical({"moved": moved}), at, at))
        ledger.move(connection, moved, at, "split")
        return seq


def undo(engine: Engine, seq: int, *, by: str, reason: str, at: datetime) -> int:
    """Take an event back exactly (an unmerge is the undo of a merge); refused where something later builds on it."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        return undo_within(connection, seq, by, said, at)


def undo_within(connection: Connection, seq: int, by: str, reason: str, at: datetime) -> int:
    """`undo` inside a transaction."""
    event = ledger.event(connection, seq)
    if event is None or event.kind not in ("merge", "split", "rename", "apart"):
        raise InputError("identity.no_event", f"没有可撤销的事件 {seq}", hint="yishu person show 列出人员的事件", status=404)
    if ledger.undone(connection, seq) is not None:
        raise InputError("identity.undone", f"事件 {seq} 已经撤销过", hint="yishu person show 可看撤销记录")
    back: Moved = tuple((key, after, before) for key, before, after in event.moved if before is not None)
    detail: dict[str, object] = {"moved": back}
    now = ledger.person_of(connection, [key for key, _, _ in back])
    later = [key for key, after, _ in back if now.get(key) != after]
    if later:
        raise InputError("identity.later_event", f"患者 {'、'.join(map(str, later))} 之后又有变动，不能直接撤销事件 {seq}", hint="先撤销较晚的事件")
    if event.kind == "rename":
        _undo_rename(connection, json.loads(event.detail), seq)
    if event.kind == "apart":
        low, high = json.loads(event.detail)["pair"]
        connection.execute(ledger.apart.delete().where(ledger.apart.c.low == low, ledger.apart.c.high == high))
    number = ledger.append(connection, Event("undo", event.person_id, event.other_id, by, reason, canonical(detail), at, at, seq))
    ledger.move(connection, back, at, "undo")
    return number


def unmerge(engine: Engine, into: int, gone: int, *, by: str, reason: str, at: datetime) -> int:
    """Take the last merge of these two back (HL7 A37)."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        merges = [e for e in ledger.history(connection, [into]) if e.kind == "merge" and (e.person_id, e.other_id) == (into, gone) and ledger.undone(connection, e.seq) is None]
        if not merges:
            raise InputError("identity.not_merged", f"{gone} 没有并入过 {into}", hint="yishu person show 列出人员的事件")
        return undo_within(connection, merges[-1].seq, by, said, at)


def rename(engine: Engine, index: Index, patient: int, wanted: Registration, *, by: str, reason: str, at: datetime) -> int:
    """Correct a patient's identifiers (HL7 A31); links stay."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        person = ledger.person_of(connection, [patient]).get(patient)
        if person is None:
            raise InputError("identity.unknown_patient", f"没有患者 {patient}", hint="yishu person find 可按姓名或证件查找", status=404)
        forms = feature.features(wanted.said())
        return rewrite(connection, index, patient, replace(wanted), forms, person, at, by, said)


def keep_apart(engine: Engine, one: int, other: int, *, by: str, reason: str, at: datetime) -> int:
    """Two patients are two people, whatever the weights say 不再关联; the event's number."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        return keep_apart_within(connection, one, other, by, said, at)


def keep_apart_within(connection: Connection, one: int, other: int, by: str, reason: str, at: datetime) -> int:
    """`keep_apart` inside a transaction."""
    low, high = sorted((one, other))
    found = ledger.person_of(connection, [low, high])
    if low == high or len(found) < 2:
        raise InputError("identity.unknown_patient", "要给出两个不同的已知患者", hint="yishu person find 可按姓名或证件查找")
    if found[low] == found[high]:
        raise InputError("identity.one_person", f"患者 {low} 与 {high} 现为同一人 {found[low]}", hint="先拆分，再判定不是同一人")
    if not connection.execute(select(ledger.apart.c.low).where(ledger.apart.c.low == low, ledger.apart.c.high == high)).scalar():
        connection.execute(insert(ledger.apart).values(low=low, high=high))
    else:
        raise InputError("identity.apart_already", f"患者 {low} 与 {high} 已判定为不同的人", hint="无需再次判定")
    return ledger.append(connection, Event("apart", found[low], found[high], by, reason, canonical({"pair": [low, high]}), at, at))


def merge_within(connection: Connection, one: int, other: int, by: str, reason: str, at: datetime) -> int | None:
    """Make the persons of two patients one inside a transaction, the lower number stays; None where they are one already."""
    found = ledger.person_of(connection, [one, other])
    persons = sorted({found[one], found[other]})
    return merge_persons(connection, persons[0], persons[1], by, reason, at) if len(persons) == 2 else None


def _undo_rename(connection: Connection, detail: dict[str, object], seq: int) -> None:
    key, before, after = detail["patient"], detail["before"], detail["after"]
    assert isinstance(key, int) and isinstance(before, dict)
    if ledger.sealed_of(connection, key) != after:
        raise InputError("identity.later_event", f"患者 {key} 之后又更正过，不能直接撤销事件 {seq}", hint="先撤销较晚的事件")
    ledger.restore_sealed(connection, key, before)


def _members(connection: Connection, person: int) -> tuple[int, ...]:
    found = ledger.members(connection, person)
    if found:
        return found
    where = ledger.person_of(connection, [person]).get(person)
    if where is not None:
        raise InputError("identity.gone", f"{person} 已并入 {where}", hint=f"改用 {where}，或先撤销那次合并")
    once = connection.execute(select(store.decisions.c.patient_key).where(store.decisions.c.person_id == person).limit(1)).scalar()
    said = "现在没有任何患者记录" if once is not None else "不存在"
    raise InputError("identity.unknown_person", f"主索引号 {person} {said}", hint="yishu person find 可按姓名或证件查找", status=404)


def _apart(connection: Connection, ones: Sequence[int], others: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs across that people keep apart."""
    small, large = (set(ones), set(others))
    a = ledger.apart.c
    rows = connection.execute(select(a.low, a.high).where(a.low.in_(small | large) & a.high.in_(small | large)))
    return [(row[0], row[1]) for row in rows if (row[0] in small) != (row[1] in small)]


def _free_number(connection: Connection, leaving: Sequence[int], person: int) -> int:
    """A number for a person split off: one of his patients', unless it is in use."""
    for key in leaving:
        if key != person and not ledger.members(connection, key):
            return key
    last = connection.execute(select(ledger.events.c.seq).order_by(ledger.events.c.seq.desc()).limit(1)).scalar() or 0
    return int(OWN_NUMBERS + last + 1)


def reasoned(reason: str) -> str:
    """The reason, or NoReason."""
    if len(reason.strip()) < 2:
        raise NoReason("合并、拆分和撤销要写明理由", "例如：本人到窗口核对身份证")
    return reason.strip()[:500]
