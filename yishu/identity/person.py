"""Person 主索引人员: patient → person as known at a moment; who has an identifier; one person with his patients, events and golden record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine, select

from yishu.identity import ledger, store
from yishu.identity.feature import KINDS, unpacked
from yishu.identity.ledger import Event
from yishu.identity.mask import mask_value
from yishu.kernel.citizen import citizen_number
from yishu.kernel.errors import InputError
from yishu.kernel.keys import derive, unseal

MASK_OF = {"name": "name", "id_card": "id_card", "phone": "phone", "card_no": "card", "address": "address"}


def persons(engine: Engine, moment: datetime) -> pa.Table:
    """patient_key → person_id as decided until a moment."""
    found = store.people(engine, moment)
    return pa.table({"patient_key": pa.array(found.keys(), pa.int64()), "person_id": pa.array(found.values(), pa.int64())})


@dataclass(frozen=True, slots=True)
class Golden:
    """One field of the golden record 黄金记录: the value chosen, and from which patient and why."""

    field: str
    shown: str
    patient: int
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class PatientOf:
    """A patient row of a person 患者记录, masked."""

    patient: int
    source: str
    local_id: str
    shown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person 人员: patients, golden record, events; every identifier masked."""

    person: int
    patients: tuple[PatientOf, ...]
    golden: tuple[Golden, ...]
    events: tuple[Event, ...]


def show(engine: Engine, home: Path, person: int, trust: Sequence[str] = ()) -> PersonCard:
    """One person. `trust`: sources, the most trusted first. Raises InputError where there is nobody."""
    key = derive(home, "vault")
    with engine.connect() as connection:
        members = ledger.members(connection, person)
        events = ledger.history(connection, [person])
        if not members:
            where = ledger.person_of(connection, [person]).get(person)
            hint = f"已并入 {where}" if where is not None else "yishu person find 可按姓名或证件查找"
            raise InputError("identity.unknown_person", f"没有主索引号 {person}", hint=hint, status=404)
        sources = {r[0]: (r[1], r[2]) for r in connection.execute(select(store.keys.c.patient_key, store.keys.c.source, store.keys.c.local_id).where(store.keys.c.patient_key.in_(members)))}
        sealed = {r[0]: r[1] for r in connection.execute(select(ledger.features).where(ledger.features.c.patient_key.in_(members)))}
    forms = {p: dict(zip(KINDS, unpacked(unseal(key, sealed[p], f"{p}:feature".encode())), strict=True)) for p in members if p in sealed}
    patients = tuple(PatientOf(p, *sources.get(p, ("", "")), _masked(forms.get(p, {}))) for p in members)
    return PersonCard(person, patients, golden(forms, {p: s for p, (s, _) in sources.items()}, trust), events)


def golden(forms: Mapping[int, Mapping[str, str]], sources: Mapping[int, str], trust: Sequence[str] = ()) -> tuple[Golden, ...]:
    """The best value of each field 择优: a verified id first; else the source trusted more, then what most say, then the latest."""
    out = []
    rank = {source: place for place, source in enumerate(trust)}
    for field in KINDS:
        said = {patient: value[field] for patient, value in forms.items() if value.get(field) and "?" not in value[field]}
        if not said:
            continue
        votes = {value: sum(v == value for v in said.values()) for value in said.values()}
        verified = {p: field == "id_card" and bool(citizen_number(v)[0]) for p, v in said.items()}
        best = max(said, key=lambda p: (verified[p], -rank.get(sources.get(p, ""), len(rank)), votes[said[p]], p))
        why = "证件校验有效" if verified[best] else "来源可信度" if len(rank) and sources.get(best) in rank else f"{votes[said[best]]} 条记录一致" if votes[said[best]] > 1 else "最近登记"
        out.append(Golden(field, _masked({field: said[best]})[field], best, sources.get(best, ""), why))
    return tuple(out)


def _masked(forms: Mapping[str, str]) -> dict[str, str]:
    return {field: mask_value(MASK_OF[field], value) or "" if field in MASK_OF else value for field, value in forms.items() if value}


def as_json(card: PersonCard) -> dict[str, object]:
    """A person as commands and routes give it."""
    return {
        "person": card.person,
        "patients": [{"patient": p.patient, "source": p.source, "local_id": mask_value("card", p.local_id), **p.shown} for p in card.patients],
        "golden": [{"field": g.field, "value": g.shown, "patient": g.patient, "source": g.source, "why": g.why} for g in card.golden],
        "events": [event_json(e) for e in card.events],
    }


def event_json(event: Event) -> dict[str, object]:
    """An event without what it keeps sealed."""
    detail = json.loads(event.detail)
    return {
        "seq": event.seq, "kind": event.kind, "person": event.person_id, "other": event.other_id, "by": event.actor, "reason": event.reason,
        "at": event.recorded_at.isoformat(sep=" ", timespec="seconds"), "undoes": event.undoes, "patients": [m[0] for m in detail.get("moved", [])],
    }  # fmt: skip
