"""Register 登记: who is this, and write him down; one transaction, one writer at a time, durable before it is said.

Two windows that register one new person at once make one person: the second looks only after the first is written. Several
windows waiting share one commit (group commit); nobody is told anything before that commit is on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, insert
from sqlalchemy.engine import Connection

from yishu.identity import feature, ledger, store, vault
from yishu.identity.feature import Features
from yishu.identity.ledger import Event, canonical
from yishu.identity.match import Matches
from yishu.identity.review import Doubt, ask
from yishu.identity.weights import REVIEW, SAME, Share, explained, shares, weigh_few
from yishu.kernel.errors import InputError
from yishu.kernel.keys import derive, unseal

MOST_IN_A_BLOCK = 60
"""A mark more patients share than this says nothing (one phone for a whole village)."""
GROUP = 64


@dataclass(frozen=True, slots=True)
class Registration:
    """What a window or a message says of a patient 登记信息."""

    source: str
    local_id: str
    name: str | None = None
    gender: str | None = None
    birth_date: date | None = None
    id_card: str | None = None
    phone: str | None = None
    card_no: str | None = None
    address: str | None = None

    def said(self) -> dict[str, object]:
        """By the names of `feature.KINDS`."""
        return {"name": self.name, "gender": self.gender, "birth": self.birth_date, "id_card": self.id_card, "phone": self.phone, "card_no": self.card_no, "address": self.address}


@dataclass(frozen=True, slots=True)
class Registered:
    """The outcome 登记结果: `new` person, `same` as known, or `known` local id; and how many doubts went to review."""

    patient_key: int
    person_id: int
    outcome: str
    chance: float = 0.0
    doubts: int = 0


@dataclass(slots=True)
class _Waiting:
    wanted: Registration
    at: datetime
    done: threading.Event = field(default_factory=threading.Event)
    result: Registered | None = None
    error: BaseException | None = None


class Index:
    """The living index 在线主索引 of one home; safe for many threads, and for many processes on one store."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine, self.home = engine, home
        self._blind = derive(home, "blind")
        self._lock = AESGCM(derive(home, "vault"))
        self._vault_key = derive(home, "vault")
        self._waiting: list[_Waiting] = []
        self._guard = threading.Lock()
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        with engine.connect() as connection:
            self._share: Share = shares(connection, self._blind)

    def register(self, wanted: Registration, at: datetime, actor: str = "system:register") -> Registered:
        """Find or make the person, durably. Raises InputError where source or local id is missing."""
        if not wanted.source or not wanted.local_id:
            raise InputError("identity.no_local_id", "登记缺少来源或院内号", hint="每次登记要有来源系统和该系统里的患者号")
        mine = _Waiting(wanted, at)
        with self._guard:
            self._waiting.append(mine)
        with self._turn:
            if not mine.done.is_set():
                self._serve(actor)
        if mine.error is not None:
            raise mine.error
        assert mine.result is not None
        return mine.result

    def link(self, patients: Sequence[int], at: datetime, actor: str = "system:load") -> None:
        """Give each of these patients, filed already but nobody yet, his person; one transaction."""
        with self._turn, ledger.writing(self.engine) as connection:
            forms = self.features_of(connection, patients)
            for key in sorted(patients):
                mine = forms.get(key)
                near = {p: n for p, n in self._near(connection, feature.blocks(self._blind, mine)).items() if p != key} if mine is not None else {}
                person, chance, doubts = self._choose(connection, key, mine, near) if mine is not None else (None, 0.0, [])
                person_id = key if person is None else person
                ledger.move(connection, ((key, None, person_id),), at, "first" if person is None else "match")
                ledger.append(connection, Event("register", person_id, None, actor, "", canonical({"moved": [[key, None, person_id]], "chance": round(chance, 6)}), at, at))
                for doubt in doubts:
                    ask(connection, doubt, at)

    def close(self) -> None:
        """Give the connection back."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _serve(self, actor: str) -> None:
        """Write for everyone who waits, in the order they came; one commit."""
        with self._guard:
            batch, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        try:
            with self._writing() as connection:
                for each in batch:
                    point = connection.begin_nested() if connection.dialect.name != "sqlite" else None
                    if point is None:
                        connection.exec_driver_sql("SAVEPOINT one")
                    try:
                        each.result = self._one(connection, each.wanted, each.at, actor)
                    except Exception as error:
                        each.error = error
                        if point is None:
                            connection.exec_driver_sql("ROLLBACK TO one")
                        else:
                            point.rollback()
                    if point is None:
                        connection.exec_driver_sql("RELEASE one")
                    elif point.is_active:
                        point.commit()
        except BaseException as error:
            for each in batch:
                each.error, each.result = error, None
            if not isinstance(error, Exception):
                raise
        finally:
            for each in batch:
                each.done.set()

    def _writing(self) -> AbstractContextManager[Connection]:
        if self.engine.dialect.name != "sqlite":
            return ledger.writing(self.engine)
        if self._connection is None:
            self._connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return _Held(self._connection)

    def _one(self, connection: Connection, wanted: Registration, at: datetime, actor: str) -> Registered:
        forms = feature.features(wanted.said())
        known = _first(connection, "SELECT patient_key FROM identity_key WHERE source = ? AND local_id = ?", (wanted.source, wanted.local_id))
        if known is not None:
            return self._again(connection, known, wanted, forms, at, actor)
        key = ledger.how_many(connection) + 1
        marks = feature.blocks(self._blind, forms)
        near = self._near(connection, marks)
        person, chance, doubts = self._choose(connection, key, forms, near)
        connection.execute(insert(store.keys).values(patient_key=key, source=wanted.source, local_id=wanted.local_id))
        self.write(connection, key, wanted, forms, marks)
        outcome = "new" if person is None else "same"
        person_id = key if person is None else person
        ledger.move(connection, ((key, None, person_id),), at, outcome)
        ledger.append(connection, Event("register", person_id, None, actor, "", canonical({"moved": [[key, None, person_id]], "chance": round(chance, 6)}), at, at))
        for doubt in doubts:
            ask(connection, doubt, at)
        return Registered(key, person_id, outcome, chance, len(doubts))

    def _again(self, connection: Connection, key: int, wanted: Registration, forms: Features, at: datetime, actor: str) -> Registered:
        """A local id met before: its identifiers follow what the source now says; its person stays until a person decides."""
        before = self.features_of(connection, [key]).get(key)
        person = ledger.person_of(connection, [key]).get(key, key)
        if before is not None and before != forms:
            rewrite(connection, self, key, wanted, forms, person, at, actor, "来源更新")
        elif before is None:
            self.write(connection, key, wanted, forms, feature.blocks(self._blind, forms))
            if not ledger.person_of(connection, [key]):
                ledger.move(connection, ((key, None, person),), at, "first")
        return Registered(key, person, "known")

    def _near(self, connection: Connection, marks: Sequence[int]) -> dict[int, tuple[Features, int]]:
        """Patients that share a mark with the new one: features and person."""
        found: set[int] = set()
        for mark in marks:
            rows = _rows(connection, f"SELECT patient_key FROM identity_block WHERE mark = ? LIMIT {MOST_IN_A_BLOCK + 1}", (mark,))
            if len(rows) <= MOST_IN_A_BLOCK:
                found.update(row[0] for row in rows)
        if not found:
            return {}
        places = ",".join("?" * len(found))
        rows = _rows(
            connection,
            f"SELECT f.patient_key, f.sealed, c.person_id FROM identity_feature f JOIN identity_current c ON c.patient_key = f.patient_key WHERE f.patient_key IN ({places})",
            tuple(sorted(found)),
        )
        return {row[0]: (self._open(row[0], row[1]), row[2]) for row in rows}

    def _choose(self, connection: Connection, key: int, forms: Features, near: Mapping[int, tuple[Features, int]]) -> tuple[int | None, float, list[Doubt]]:
        """The person the new patient is, if sure; and what a person should look at."""
        if not near:
            return None, 0.0, []
        patients = list(near)
        found = weigh_few(forms, [near[p][0] for p in patients], key, self._share)
        order = np.argsort(-found.chance, kind="stable")
        sure: int | None = None
        chance = 0.0
        doubts: list[Doubt] = []
        seen: set[int] = set()
        for at in order.tolist():
            person = near[patients[at]][1]
            if person in seen or found.chance[at] < REVIEW:
                continue
            seen.add(person)
            if sure is None and found.same[at] and found.chance[at] >= SAME and not self._refused(connection, forms, person, key):
                sure, chance = person, float(found.chance[at])
            else:
                doubts.append(Doubt("pair", patients[at], key, float(found.chance[at]), explained(found, at)))
        doubts += _misuse(key, forms, patients, near, found)
        return sure, chance, doubts

    def _refused(self, connection: Connection, forms: Features, person: int, count: int) -> bool:
        """Whether any other patient of the person speaks against it: vetoes hold for all of him."""
        inside = list(ledger.members(connection, person))
        whole = list(self.features_of(connection, inside).values())
        return bool(whole) and not bool(weigh_few(forms, whole, count, self._share).same.all())

    def features_of(self, connection: Connection, patients: Sequence[int]) -> dict[int, Features]:
        """Features of some patients, opened."""
        out: dict[int, Features] = {}
        for start in range(0, len(patients), 500):
            part = tuple(patients[start : start + 500])
            rows = _rows(connection, f"SELECT patient_key, sealed FROM identity_feature WHERE patient_key IN ({','.join('?' * len(part))})", part)
            out |= {row[0]: self._open(row[0], row[1]) for row in rows}
        return out

    def _open(self, key: int, sealed: bytes) -> Features:
        return feature.unpacked(unseal(self._vault_key, bytes(sealed), f"{key}:feature".encode()))

    def write(self, connection: Connection, key: int, wanted: Registration, forms: Features, marks: Sequence[int]) -> None:
        """Vault, features and blocks of a patient."""
        row = vault.sealed_row(self._blind, self._lock, key, wanted.name, wanted.id_card, wanted.phone, wanted.card_no, wanted.address, wanted.birth_date, wanted.gender)
        _run(connection, f"INSERT INTO identity_vault VALUES ({','.join('?' * len(row))})", row)
        _run(connection, "INSERT INTO identity_feature VALUES (?, ?)", (key, vault.seal_features(self._lock, key, forms)))
        for mark in sorted(set(marks)):
            _run(connection, "INSERT INTO identity_block VALUES (?, ?)", (mark, key))

    def marks(self, forms: Features) -> tuple[int, ...]:
        """The block marks of features."""
        return feature.blocks(self._blind, forms)


def rewrite(connection: Connection, index: Index, key: int, wanted: Registration, forms: Features, person: int, at: datetime, actor: str, reason: str) -> int:
    """Replace a patient's identifiers; the event keeps the sealed ones from before, so that an undo restores them byte for byte."""
    before = ledger.sealed_of(connection, key)
    ledger.forget(connection, key)
    index.write(connection, key, wanted, forms, index.marks(forms))
    detail = canonical({"patient": key, "before": before, "after": ledger.sealed_of(connection, key)})
    return ledger.append(connection, Event("rename", person, None, actor, reason, detail, at, at))


def _misuse(key: int, forms: Features, patients: Sequence[int], near: Mapping[int, tuple[Features, int]], found: Matches) -> list[Doubt]:
    """A card presented by someone whose sex or age contradicts its holder 冒用: same number, another sex or a birth years apart."""
    mine = feature.named(forms)
    out = []
    for at, patient in enumerate(patients):
        theirs = feature.named(near[patient][0])
        shared = [n for n in ("id_card", "card_no") if mine[n] and mine[n] == theirs[n]]
        other_sex = bool(mine["gender"] and theirs["gender"] and mine["gender"] != theirs["gender"])
        years = abs(int(mine["birth"][:4]) - int(theirs["birth"][:4])) if mine["birth"] and theirs["birth"] else 0
        if shared and (other_sex or years >= 5):
            said = explained(found, at) | {"card": shared, "against": (["gender"] if other_sex else []) + (["age"] if years >= 5 else [])}
            out.append(Doubt("card_misuse", patient, key, float(found.chance[at]), said))
    return out


class _Held(AbstractContextManager[Connection]):
    """BEGIN IMMEDIATE … COMMIT on the connection the index holds."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._inner = ledger.immediate(connection)

    def __enter__(self) -> Connection:
        self._inner.__enter__()
        return self.connection

    def __exit__(self, *error: object) -> bool | None:
        return self._inner.__exit__(*error)  # type: ignore[arg-type]


def _run(connection: Connection, sql: str, values: Sequence[object]) -> None:
    connection.exec_driver_sql(sql if connection.dialect.name == "sqlite" else sql.replace("?", "%s"), tuple(values))


def _rows(connection: Connection, sql: str, values: Sequence[object]) -> list[Any]:
    return list(connection.exec_driver_sql(sql if connection.dialect.name == "sqlite" else sql.replace("?", "%s"), tuple(values)).fetchall())


def _first(connection: Connection, sql: str, values: Sequence[object]) -> int | None:
    rows = _rows(connection, sql, values)
    return int(rows[0][0]) if rows else None
