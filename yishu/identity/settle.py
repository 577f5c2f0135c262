"""Settle 批量归并: who is one person among the patients a load brought; only new patients are linked by themselves.

A patient whose person was decided before keeps it, whoever decided: what the weights now say otherwise is drift and goes to review.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, delete, select
from sqlalchemy.engine import Connection

from yishu.identity import feature, ledger, store
from yishu.identity.column import Column
from yishu.identity.feature import KINDS, Features, unpacked
from yishu.identity.ledger import Event, canonical
from yishu.identity.match import Bands, Matches, match
from yishu.identity.register import Index
from yishu.identity.review import Doubt, ask
from yishu.identity.weights import RAREST, REVIEW, SAME, SMALLEST, explained, shipped
from yishu.kernel.keys import derive, unseal

COUNTED_FROM = 3
MOST_DOUBTS = 5_000
FEW = 2_000


def link_persons(engine: Engine, home: Path, moment: datetime, patients: Sequence[int] | None = None) -> None:
    """Decide who is one person 归并 as known at a moment; nothing is written where nobody is new.

    A few new patients (`patients`, as messages bring them, or what a small load left) are linked one by one by the living index;
    many are matched all at once.
    """
    _adopt(engine, moment)
    with engine.connect() as connection:
        new = _unlinked(connection, patients)
        if not new:
            return
        if len(new) <= FEW and len(new) * 20 < ledger.how_many(connection):
            index = Index(engine, home)
            index.link(new, moment)
            return
        keys, forms = _everyone(connection, derive(home, "vault"))
        before = ledger.person_of(connection, keys)
        apart = {(row[0], row[1]) for row in connection.execute(select(ledger.apart.c.low, ledger.apart.c.high))}
    columns = {name: _sized(name, Column.normal(kind, [f[at] for f in forms])) for at, (name, kind) in enumerate(KINDS.items())}
    found = match(columns, bands=Bands(SAME, REVIEW), weights=shipped().at(len(keys)))
    groups = [[keys[i] for i in members] for members in found.people] if found is not None else []
    person = assigned(new, groups, before, apart)
    fresh = sorted(new)
    with ledger.writing(engine) as connection:
        store.decided(connection, [(key, moment, person[key], "first" if person[key] == key else "match") for key in fresh])
        store.add(connection, ledger.current, ("patient_key", "person_id"), [(key, person[key]) for key in fresh])
        digest = hashlib.sha256(repr([(key, person[key]) for key in fresh]).encode()).hexdigest()
        detail = canonical({"patients": len(fresh), "persons": len({person[key] for key in fresh}), "digest": digest, "weights": shipped().version})
        ledger.append(connection, Event("load", person[fresh[0]], None, "system:load", "", detail, moment, moment))
        if found is not None:
            for doubt in _doubts(found, keys, before | person):
                ask(connection, doubt, moment)
        _count(connection, columns, derive(home, "blind"))


def nobody_yet(engine: Engine, patients: Sequence[int]) -> list[int]:
    """Which of these patients have no person yet."""
    with engine.connect() as connection:
        return _unlinked(connection, patients)


def _sized(name: str, column: Column) -> Column:
    """How common values are, as in a hospital of at least SMALLEST patients: in a handful of rows every value looks common."""
    return replace(column, counts=np.maximum(column.counts / max(len(column.codes), SMALLEST), RAREST[name]), total=1.0)


def assigned(new: Sequence[int], groups: Sequence[Sequence[int]], before: Mapping[int, int], apart: set[tuple[int, int]]) -> dict[int, int]:
    """Each new patient's person: that of the known patients in his group, else the group's smallest number.

    A group with known patients of several persons gives its new patients to the person of the smallest known one; a new patient that
    people keep apart from anybody in the group stands alone.
    """
    fresh = set(new)
    parted = {key for pair in apart for key in pair}
    person = {key: key for key in new}
    for members in groups:
        alone = {key for key in members if key in parted and any((min(key, o), max(key, o)) in apart for o in members)}
        known = [key for key in members if key in before and key not in alone]
        joining = [key for key in members if key in fresh and key not in alone]
        if not joining:
            continue
        target = before[min(known)] if known else min(joining)
        for key in joining:
            person[key] = target
    return person


def _adopt(engine: Engine, moment: datetime) -> None:
    """A store from before the living index: its decisions become the present state."""
    with ledger.writing(engine) as connection:
        if connection.execute(select(ledger.current.c.patient_key).limit(1)).scalar() is None:
            d = store.decisions.c
            rows = connection.execute(select(d.patient_key, d.person_id).where(d.decided_at <= moment).order_by(d.decided_at))
            store.add(connection, ledger.current, ("patient_key", "person_id"), list({row[0]: (row[0], row[1]) for row in rows}.values()))


def _unlinked(connection: Connection, patients: Sequence[int] | None) -> list[int]:
    """Patients in the vault (of these, if given) who are nobody yet."""
    if patients is not None:
        known = ledger.person_of(connection, patients)
        return sorted(set(patients) - set(known))
    c, v = ledger.current.c, store.vault.c
    found = connection.execute(select(v.patient_key).outerjoin_from(store.vault, ledger.current, c.patient_key == v.patient_key).where(c.patient_key.is_(None)))
    return sorted(found.scalars())


def _everyone(connection: Connection, key: bytes) -> tuple[list[int], list[Features]]:
    """Every patient with his features, by patient key."""
    rows = connection.execute(select(ledger.features).order_by(ledger.features.c.patient_key)).all()
    return [row[0] for row in rows], [unpacked(unseal(key, row[1], f"{row[0]}:feature".encode())) for row in rows]


def _doubts(found: Matches, keys: Sequence[int], person: Mapping[int, int]) -> list[Doubt]:
    """The likeliest unsure pair of every two persons."""
    best: dict[tuple[int, int], int] = {}
    unsure: NDArray[np.int64] = np.flatnonzero(~found.same & (found.chance >= REVIEW))
    for at in unsure.tolist():
        one, other = person[keys[found.pairs[at, 0]]], person[keys[found.pairs[at, 1]]]
        if one != other:
            pair = (min(one, other), max(one, other))
            if pair not in best or found.chance[at] > found.chance[best[pair]]:
                best[pair] = at
    chosen = sorted(best.values(), key=lambda at: (-found.chance[at], at))[:MOST_DOUBTS]
    return [Doubt("pair", keys[found.pairs[at, 0]], keys[found.pairs[at, 1]], float(found.chance[at]), explained(found, at)) for at in chosen]


def _count(connection: Connection, columns: Mapping[str, Column], blind: bytes) -> None:
    """How often each value occurs, under keyed marks: what the online index weighs agreement by."""
    times: dict[int, int] = defaultdict(int)
    for name, column in columns.items():
        counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
        for at in np.flatnonzero(counts >= COUNTED_FROM).tolist():
            times[feature.mark(blind, name, column.values[at])] = int(counts[at])
    connection.execute(delete(ledger.common))
    store.add(connection, ledger.common, ("mark", "times"), list(times.items()))
