"""Patient keys 患者键: one surrogate for each (source, local id), allotted in the platform store and never again."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Engine

from yishu.identity import store

SCHEMA = pa.schema([("source", pa.string()), ("local_id", pa.string()), ("patient_key", pa.int64())])


def known_keys(engine: Engine) -> pa.Table:
    """All keys so far: source, local_id, patient_key."""
    return _table(store.all_keys(engine))


def allot_keys(engine: Engine, wanted: pa.Table) -> pa.Table:
    """Keys for pairs (source, local_id) that have none yet, in the order given."""
    pairs = list(zip(wanted.column("source").to_pylist(), wanted.column("local_id").to_pylist(), strict=True))
    return _table(store.allot(engine, pairs))


class PatientKeys:
    """The keys 患者键 of one load: read once, new ones added as they are allotted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.known = known_keys(engine)

    def allot(self, wanted: pa.Table) -> pa.Table:
        """Keys for pairs that have none yet; known from now on."""
        new = allot_keys(self._engine, wanted)
        self.known = pa.concat_tables([self.known, new])
        return new


def _table(rows: list[tuple[str, str, int]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return pa.table([pa.array(values, type=kind.type) for values, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
