"""Worked examples 算例: a few rows, a question and its answer, written in the definition; they run as tests of the definition."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import duckdb
from sqlglot import exp

from yishu.kernel.errors import YishuError
from yishu.metrics.centre import Centre
from yishu.metrics.definition import Example, Metric
from yishu.metrics.measure import Cell, measure
from yishu.metrics.query import MetricQuery
from yishu.security import system_viewer

VIEWER = system_viewer("metrics.examples")
NOW = datetime(2099, 12, 31, 12)


def wrong(centre: Centre) -> tuple[tuple[Metric, Example, str], ...]:
    """Every example whose answer is not the one written beside it, with what came instead."""
    found = []
    asked = [(m, e) for m in centre.by_id.values() for e in m.examples]
    if not asked:
        return ()
    centre = replace(centre, rollups=())  # an example's few rows stand in no roll-up
    with closing(_warehouse(centre)) as connection:
        for metric, example in asked:
            reason = _differs(metric, example, centre, connection)
            if reason:
                found.append((metric, example, reason))
    return tuple(found)


def _warehouse(centre: Centre) -> duckdb.DuckDBPyConnection:
    """An empty hospital in memory."""
    connection = duckdb.connect(config={"threads": "1"})
    connection.execute("ATTACH ':memory:' AS wh")
    for schema in ("hospital", "history"):
        connection.execute(f"CREATE SCHEMA wh.{schema}")
    connection.execute("USE wh.hospital")
    for table in centre.tables.tables.values():
        columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in table.stored)
        connection.execute(f"CREATE TABLE {_quoted(table.name)} ({columns})")
    return connection


def _differs(metric: Metric, example: Example, centre: Centre, connection: duckdb.DuckDBPyConnection) -> str:
    connection.execute("BEGIN")
    try:
        for table, rows in example.rows:
            for row in rows:
                given = dict(row)
                columns = ", ".join(map(_quoted, given))
                holders = ", ".join("?" for _ in given)
                connection.execute(f"INSERT INTO {_quoted(table)} ({columns}) VALUES ({holders})", list(given.values()))
        connection.execute("COMMIT")
        query = MetricQuery.parse({**dict(example.ask), "metrics": [metric.id]})
        rows_ = measure(VIEWER, query, centre, connection, lambda: NOW).rows
        width = len(query.dimensions)
        told = sorted(tuple(row[: width + 1]) for row in rows_) if width else [tuple(row[:1]) for row in rows_]
        true = sorted(example.answer) if width else list(example.answer)
        same = len(told) == len(true) and all(_same(a, b) for one, other in zip(told, true, strict=True) for a, b in zip(one, other, strict=True))
        return "" if same else f"算得 {_shown(told)}，写的是 {_shown(true)}"
    except YishuError as error:
        return error.message
    except duckdb.Error as error:
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        return f"行放不进表里：{str(error).splitlines()[0][:120]}"
    finally:
        for table in dict.fromkeys(t for t, _ in example.rows):
            connection.execute(f"DELETE FROM {_quoted(table)}")


def _same(one: Cell, other: object) -> bool:
    if one is None or other is None or isinstance(one, str):
        return one is None and other is None if one is None or other is None else one == str(other)
    return isinstance(other, (int, float, Decimal)) and abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(other)))


def _shown(rows: Sequence[Sequence[object]]) -> str:
    return "、".join(str(row[0]) if len(row) == 1 else str(list(row)) for row in rows) or "没有行"


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")


