"""Register 登记: who is this, and write him down; one transaction, one writer at a time, durable before it is said.

Two windows that register one new person at once make one person: the second looks only after the first is written. Several
windows waiting share one commit (group commit); nobody is told anything before that commit is on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from weakref import WeakValueDictionary

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from yishu.identity import feature, ledger, vault
from yishu.identity.block import sound_of
from yishu.identity.checkpoint import Checkpoints
from yishu.identity.choose import Chooser, Chosen
from yishu.identity.feature import Features
from yishu.identity.hand import Hand
from yishu.identity.ledger import Event, canonical
from yishu.identity.review import ask
from yishu.identity.weights import shares
from yishu.kernel.errors import InputError
from yishu.kernel.keys import derive

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
    forms: Features
    marks: tuple[int, ...]
    at: datetime
    actor: str
    done: bool = False
    result: Registered | None = None
    error: BaseException | None = None


class _Turn:
    """Whose turn it is to write 写入轮次: all indexes of one home in this process, so that none of them waits for the disk's lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_TURNS: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
_TURNS_GUARD = threading.Lock()


def _turn_of(engine: Engine, home: Path) -> _Turn:
    with _TURNS_GUARD:
        return _TURNS.setdefault(f"{home.resolve()} {engine.url}", _Turn())


class Index:
    """The living index 在线主索引 of one home; safe for many threads, and for many processes on one store."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine, self.home = engine, home
        self._blind = derive(home, "blind")
        secret = derive(home, "vault")
        self._lock = AESGCM(secret)
        self._waiting: list[_Waiting] = []
        self._guard = threading.Lock()
        self._turn = _turn_of(engine, home)
        self._connection: Connection | None = None
        self._checkpoints = Checkpoints(engine)
        with engine.connect() as connection:
            self._chooser = Chooser(secret, shares(connection, self._blind))
        sound_of("张伟")   # the dictionary of sounds is read now, not while the first window waits

    def register(self, wanted: Registration, at: datetime, actor: str = "system:register") -> Registered:
        """Find or make the person, durably. Raises InputError where source or local id is missing."""
        if not wanted.source or not wanted.local_id:
            raise InputError("identity.no_local_id", "登记缺少来源或院内号", hint="每次登记要有来源系统和该系统里的患者号")
        forms = feature.features(wanted.said())
        mine = _Waiting(wanted, forms, feature.blocks(self._blind, forms), at, actor)
        with self._guard:
            self._waiting.append(mine)
        while not mine.done:
            with self._turn.lock:
                if not mine.done:
                    self._serve()
        if mine.error is not None:
            raise mine.error
        assert mine.result is not None
        return mine.result

    def link(self, patients: Sequence[int], at: datetime, actor: str = "system:load") -> None:
        """Give each of these patients, filed already but nobody yet, his person; one transaction."""
        with self._turn.lock, ledger.writing(self.engine) as connection:
            hand = Hand(connection)
            forms = self._chooser.features_of(hand, patients)
            for key in sorted(patients):
                mine = forms.get(key)
                self._settle(hand, key, Chosen() if mine is None else self._chosen(hand, key, mine, self.marks(mine)), at, actor, "match")

    def close(self) -> None:
        """Give the connection back."""
        self._checkpoints.close()
        with self._turn.lock:
            if self._connection is not None:
                self._checkpoints.take_back()
                self._connection.close()
                self._connection = None

    def _serve(self) -> None:
        """Write for everyone who waits, in the order they came; one commit."""
        with self._guard:
            batch, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        try:
            with self._writing() as hand:
                for each in batch:
                    self._serve_one(hand, each, alone=len(batch) == 1)
            self._checkpoints.written(len(batch))
        except BaseException as error:
            for each in batch:
                each.error, each.result = error, None
            if not isinstance(error, Exception):
                raise
        finally:
            for each in batch:
                each.done = True

    def _serve_one(self, hand: Hand, each: _Waiting, alone: bool) -> None:
        """One of a group; what fails is undone alone and told to its window alone."""
        if alone:
            each.result = self._one(hand, each)
            return
        hand.savepoint("SAVEPOINT")
        try:
            each.result = self._one(hand, each)
        except Exception as error:
            each.error = error
            hand.savepoint("ROLLBACK TO SAVEPOINT")
        hand.savepoint("RELEASE SAVEPOINT")

    @contextmanager
    def _writing(self) -> Iterator[Hand]:
        """The transaction of a group: on SQLite on the connection the index holds."""
        if self.engine.dialect.name != "sqlite":
            with ledger.writing(self.engine) as connection:
                yield Hand(connection)
            return
        if self._connection is None:
            self._connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._checkpoints.leave_to_me(self._connection)
        hand = Hand(self._connection)
        with hand.immediate():
            yield hand

    def _one(self, hand: Hand, each: _Waiting) -> Registered:
        wanted = each.wanted
        known = hand.first("SELECT patient_key FROM identity_key WHERE source = ? AND local_id = ?", (wanted.source, wanted.local_id))
        if known is not None:
            return self._again(hand, known, each)
        key = (hand.first("SELECT max(patient_key) FROM identity_key") or 0) + 1
        chosen = self._chosen(hand, key, each.forms, each.marks)
        hand.run("INSERT INTO identity_key (patient_key, source, local_id) VALUES (?, ?, ?)", (key, wanted.source, wanted.local_id))
        self._write(hand, key, wanted, each.forms, each.marks)
        outcome = "new" if chosen.person is None else "same"
        person = self._settle(hand, key, chosen, each.at, each.actor, outcome)
        return Registered(key, person, outcome, chosen.chance, len(chosen.doubts))

    def _chosen(self, hand: Hand, key: int, forms: Features, marks: Sequence[int]) -> Chosen:
        near = self._chooser.near(hand, marks)
        near.pop(key, None)
        return self._chooser.choose(hand, key, forms, near)

    def _settle(self, hand: Hand, key: int, chosen: Chosen, at: datetime, actor: str, rule: str) -> int:
        """Write who the patient is, the event and the doubts; his person."""
        person = key if chosen.person is None else chosen.person
        hand.place(key, person, at, "first" if chosen.person is None and rule == "match" else rule)
        hand.append(Event("register", person, None, actor, "", canonical({"moved": [[key, None, person]], "chance": round(chosen.chance, 6)}), at, at))
        for doubt in chosen.doubts:
            ask(hand.connection, doubt, at)
        return person

    def _again(self, hand: Hand, key: int, each: _Waiting) -> Registered:
        """A local id met before: its identifiers follow what the source now says; its person stays until a person decides."""
        before = self._chooser.features_of(hand, [key]).get(key)
        found = hand.first("SELECT person_id FROM identity_current WHERE patient_key = ?", (key,))
        person = key if found is None else int(found)
        if before is not None and before != each.forms:
            rewrite(hand.connection, self, key, each.wanted, each.forms, person, each.at, each.actor, "来源更新")
        elif before is None:
            self._write(hand, key, each.wanted, each.forms, each.marks)
            if found is None:
                hand.place(key, person, each.at, "first")
        return Registered(key, person, "known")

    def write(self, connection: Connection, key: int, wanted: Registration, forms: Features) -> None:
        """Vault, features and blocks of a patient."""
        self._write(Hand(connection), key, wanted, forms, self.marks(forms))

    def _write(self, hand: Hand, key: int, wanted: Registration, forms: Features, marks: Sequence[int]) -> None:
        row = vault.sealed_row(self._blind, self._lock, key, wanted.name, wanted.id_card, wanted.phone, wanted.card_no, wanted.address, wanted.birth_date, wanted.gender)
        hand.run(f"INSERT INTO identity_vault VALUES ({','.join('?' * len(row))})", row)
        hand.run("INSERT INTO identity_feature VALUES (?, ?)", (key, vault.seal_features(self._lock, key, forms)))
        hand.many("INSERT INTO identity_block VALUES (?, ?)", [(mark, key) for mark in sorted(set(marks))])

    def marks(self, forms: Features) -> tuple[int, ...]:
        """The block marks of features."""
        return feature.blocks(self._blind, forms)


def rewrite(connection: Connection, index: Index, key: int, wanted: Registration, forms: Features, person: int, at: datetime, actor: str, reason: str) -> int:
    """Replace a patient's identifiers; the event keeps the sealed ones from before, so that an undo restores them byte for byte."""
    before = ledger.sealed_of(connection, key)
    ledger.forget(connection, key)
    index.write(connection, key, wanted, forms)
    detail = canonical({"patient": key, "before": before, "after": ledger.sealed_of(connection, key)})
    return ledger.append(connection, Event("rename", person, None, actor, reason, detail, at, at))
