"""Told 来信归并: what a message says of who is whom. A merge is done once however often it is told; people's decisions stand above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.engine import Connection

from yishu.identity import ledger, store
from yishu.identity.ledger import Event, canonical
from yishu.identity.merge import merge_persons, undo_within
from yishu.kernel.errors import InputError

What = Literal["merge", "unmerge", "move"]
TOLD: Mapping[str, What] = {
    "ADT^A18": "merge", "ADT^A24": "merge", "ADT^A34": "merge", "ADT^A39": "merge", "ADT^A40": "merge",
    "ADT^A37": "unmerge", "ADT^A43": "move",
}  # fmt: skip
"""HL7 v2.5.1 §3.3: merges and links, their undoing (A37), and one patient record that moves to another person (A43)."""
Local = tuple[str, str]
"""(source, local id)."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one message says 消息所说: `gone` is, is not, or moves to, the person of `kept`; `by` and `reason` name the message."""

    what: What
    kept: Local
    gone: Local
    by: str
    reason: str
    at: datetime
    occurred: datetime


def follow_told(engine: Engine, told: Telling) -> int | None:
    """Do what is told; the event's number, None where nothing changes. Raises InputError where a patient is unknown or people decided otherwise."""
    with ledger.writing(engine) as connection:
        kept, gone = _patients(connection, (told.kept, told.gone))
        if _heard(connection, told):
            return None
        person = ledger.person_of(connection, (kept, gone))
        if len(person) < 2:
            raise InputError("identity.unknown_patient", "消息里的患者还没有主索引号", hint="先让两条患者记录都入库", status=404)
        into, out = person[kept], person[gone]
        if told.what == "unmerge":
            return _unmerge(connection, told, kept, gone) if into == out else None
        if into == out:
            return None
        if told.what == "merge" or len(ledger.members(connection, out)) == 1:
            return merge_persons(connection, into, out, told.by, told.reason, told.at, told.occurred)
        return _move(connection, told, gone, out, into)


def _move(connection: Connection, told: Telling, patient: int, before: int, after: int) -> int:
    moved = ((patient, before, after),)
    seq = ledger.append(connection, Event("split", after, before, told.by, told.reason, canonical({"moved": moved}), told.at, told.occurred))
    ledger.move(connection, moved, told.at, "move")
    return seq


def _unmerge(connection: Connection, told: Telling, kept: int, gone: int) -> int:
    """Undo the last merge that brought one of the two to the other."""
    person = ledger.person_of(connection, (kept,))[kept]
    for event in reversed(ledger.history(connection, [person])):
        brought = {patient for patient, before, _ in event.moved if before is not None}
        if event.kind in ("merge", "split") and len(brought & {kept, gone}) == 1 and ledger.undone(connection, event.seq) is None:
            return undo_within(connection, event.seq, told.by, told.reason, told.at)
    raise InputError("identity.not_merged", "这两条患者记录不是由一次合并成为一人的", hint="在主索引页拆分")


def _heard(connection: Connection, told: Telling) -> bool:
    """Whether this very message was followed before: placed again, it must not redo what people undid since."""
    e = ledger.events.c
    return connection.execute(select(e.seq).where(e.actor == told.by[:100], e.reason == told.reason[:500]).limit(1)).scalar() is not None


def _patients(connection: Connection, locals_: Sequence[Local]) -> list[int]:
    k = store.keys.c
    found = [connection.execute(select(k.patient_key).where(k.source == source, k.local_id == local)).scalar() for source, local in locals_]
    for (source, _), key in zip(locals_, found, strict=True):
        if key is None:
            raise InputError("identity.unknown_patient", f"{source} 里没有消息所说的患者", hint="先收到这名患者的建档消息", status=404)
    return [int(key) for key in found if key is not None]
