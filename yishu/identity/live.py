"""Live keys 实时患者键: the keys of the few patients a batch of messages names, found or allotted."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Engine, tuple_
from sqlalchemy.sql import select

from yishu.identity import store
from yishu.identity.keys import SCHEMA

_CHUNK = 400
_MOST = 500_000


class LiveKeys:
    """Keys by (source, local id), remembered while they are in use; a load may allot beside it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, str], int] = {}

    def of(self, wanted: pa.Table) -> pa.Table:
        """A key for each wanted pair (source, local_id), in the order given."""
        pairs = list(zip(wanted.column("source").to_pylist(), wanted.column("local_id").to_pylist(), strict=True))
        if len(self._known) > _MOST:
            self._known.clear()
        unknown = [pair for pair in pairs if pair not in self._known]
        k = store.keys.c
        with self._engine.connect() as connection:
            for start in range(0, len(unknown), _CHUNK):
                part = unknown[start : start + _CHUNK]
                found = connection.execute(select(k.source, k.local_id, k.patient_key).where(tuple_(k.source, k.local_id).in_(part)))
                self._known |= {(row[0], row[1]): row[2] for row in found}
        new = [pair for pair in unknown if pair not in self._known]
        if new:
            self._known |= {(source, local): key for source, local, key in store.allot(self._engine, new)}
        rows = [(source, local, self._known[(source, local)]) for source, local in pairs]
        columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
        return pa.table([pa.array(values, type=kind.type) for values, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
