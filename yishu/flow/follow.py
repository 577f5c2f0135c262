"""Follow 随人归并: after people merge or split, the patient dimension and all that hangs on it follows; no fact is touched."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from yishu.flow.house import Tell, prepared
from yishu.flow.load import place_run
from yishu.hospital import runs
from yishu.kernel import Settings


def follow(settings: Settings, connection: DuckDBPyConnection, tell: Tell = lambda _: None) -> str:
    """Derive again from the present persons, as a run without sources, so that a rebuild gives the same rows; the run's load id."""
    house = prepared(settings, tell)
    try:
        run = runs.begin(house.engine, settings.clock().replace(microsecond=0), (), False)
        place_run(house, connection, run)
        runs.close(house.engine, run)
        return run.load_id
    finally:
        house.engine.dispose()
