"""Certificate 引擎证书: every metric on every engine over the same rows; exact for whole numbers and decimals, 1e-9 for floats."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from sqlglot import exp

from yishu.kernel.errors import InputError
from yishu.metrics import store
from yishu.metrics.centre import Centre
from yishu.metrics.compile import SYSTEM, compiled
from yishu.metrics.definition import Clause, Condition, Dimension, Later, Metric, Part, Seconds, Total
from yishu.metrics.definition import Path as ColumnPath
from yishu.metrics.engines import Engine, engine_named, statement
from yishu.metrics.plan import Extents, Plan, check, fact_times, plan
from yishu.metrics.query import MetricQuery
from yishu.security import bound, scope

MOST_ROWS = 20_000
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Certified:
    """What an engine made of a metric 结论: equal, different, refused by name, or a fault of the engine."""

    metric: str
    engine: str
    outcome: str
    reason: str = ""


def certify(
    centre: Centre, connection: duckdb.DuckDBPyConnection, engines: Sequence[str], now: datetime, *, most: int = MOST_ROWS
) -> tuple[Certified, ...]:
    """Every metric by its first dimension and month, and as a total, on each engine against the embedded one."""
    with tempfile.TemporaryDirectory(prefix="yishu-certify-") as folder, ExitStack() as stack:
        files = _copied(centre, connection, Path(folder), most)
        home = stack.enter_context(engine_named("duckdb"))
        home.load_parquet(files)
        extents = _extents(centre, home, now)
        found: list[Certified] = []
        for name in engines:
            with engine_named(name) as engine:
                engine.load_parquet(files)
                found += [_certified(m, centre, extents, now, home, engine) for m in centre.metrics]
    return tuple(found)


def _copied(centre: Centre, connection: duckdb.DuckDBPyConnection, folder: Path, most: int) -> list[Path]:
    """The tables that metrics read, at most so many rows of each, the same ones every time."""
    files = []
    for name in sorted(set(_tables(centre))):
        table = centre.tables.table(name)
        kept = [c for c, kind in table.stored if not kind.endswith("[]")]
        query = exp.Select(expressions=[exp.column(c, quoted=True) for c in kept])
        inner = exp.Subquery(this=scope(SYSTEM, name, centre.tables), alias=exp.TableAlias(this=exp.to_identifier("copied")))
        query.set("from_", exp.From(this=inner))
        query.set("order", exp.Order(expressions=[exp.Ordered(this=exp.column(k, quoted=True)) for k in table.key]))
        query.set("limit", exp.Limit(expression=exp.Literal.number(most)))
        text, parameters = bound(query)
        files.append(folder / f"{name}.parquet")
        pq.write_table(connection.cursor().execute(text, parameters).to_arrow_table(), files[-1])
    return files


def _tables(centre: Centre) -> Iterator[str]:
    for metric in centre.metrics:
        for part in metric.parts:
            yield part.table
            paths = [p for _, p in (*part.times, *part.moments, *part.dimensions)] + list(_measured(part))
            for clause in part.where:
                paths += _clause_paths(clause)
                if isinstance(clause, Later):
                    yield clause.table
            for name in centre.allowed(metric):
                dimension = centre.dimensions[name]
                yield from _member_tables(dimension, centre)
                if dimension.grain is None and not dimension.through and name not in part.ignores:
                    paths.append(dimension.path(part))
            yield from (p.hop for p in paths if p.hop)


def _member_tables(dimension: Dimension, centre: Centre) -> Iterator[str]:
    carrier = centre.dimensions[dimension.through] if dimension.through else dimension
    if carrier.members is not None:
        yield carrier.members.table


def _measured(part: Part) -> tuple[ColumnPath, ...]:
    if isinstance(part.measure, ColumnPath):
        return (part.measure,)
    if isinstance(part.measure, Total):
        return part.measure.terms
    return (part.measure.start, part.measure.end) if isinstance(part.measure, Seconds) else ()


def _clause_paths(clause: Clause) -> list[ColumnPath]:
    if isinstance(clause, Later):
        return [clause.after]
    conditions = (clause,) if isinstance(clause, Condition) else clause.conditions
    return [c.of for c in conditions if isinstance(c, Condition) and isinstance(c.of, ColumnPath)]


def _extents(centre: Centre, home: Engine, now: datetime) -> Extents:
    wanted = {f for m in centre.metrics for f in fact_times(MetricQuery(metrics=(m.id,)), centre)}
    with store.reading(home.connection, 60.0) as reader:  # type: ignore[attr-defined]
        return store.extents(reader, centre, tuple(wanted), now)


def questions(metric: Metric, centre: Centre) -> tuple[MetricQuery, ...]:
    """What each engine is asked: the whole, and by the first dimension and month with last year's."""
    first = next((d for d in metric.dimensions if centre.dimensions[d].grain is None), None)
    return (
        MetricQuery(metrics=(metric.id,)),
        MetricQuery(metrics=(metric.id,), dimensions=((first,) if first else ()) + ("month",), compare=("mom",)),
    )


def _certified(metric: Metric, centre: Centre, extents: Extents, now: datetime, home: Engine, engine: Engine) -> Certified:
    for query in questions(metric, centre):
        try:
            check(query, centre)
        except InputError:
            continue  # this hospital's calendar cannot bear it
        main: Plan = plan(query, (), query.dimensions, centre, extents, now)
        try:
            text = statement(engine, compiled(main, SYSTEM, centre))
        except InputError as error:
            return Certified(metric.id, engine.name, "refused", error.message)
        _, mine = home.rows(statement(home, compiled(main, SYSTEM, centre)))
        try:
            _, theirs = engine.rows(text)
        except Exception as error:
            return Certified(metric.id, engine.name, "fault", str(error).splitlines()[0][:200])
        reason = different(mine, theirs, len(query.dimensions))
        if reason:
            return Certified(metric.id, engine.name, "different", reason)
    return Certified(metric.id, engine.name, "equal")


def different(mine: Sequence[Row], theirs: Sequence[Row], width: int) -> str:
    """Why two answers differ; empty where they are the same."""
    ours, others = ({tuple(_key(c) for c in r[:width]): r[width:] for r in rows} for rows in (mine, theirs))
    if set(ours) != set(others):
        return f"成员不同：{sorted(map(str, set(ours) ^ set(others)))[:3]}"
    for key, cells in ours.items():
        for one, other in zip(cells, others[key], strict=True):
            if (one is None) != (other is None) or (one is not None and not _same(one, other)):
                return f"{key}：{one} 与 {other}"
    return ""


def _key(cell: object) -> object:
    if isinstance(cell, datetime):
        return cell.date()
    return cell if cell is None or isinstance(cell, date) else str(cell)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        a, b = float(str(one)), float(str(other))
        return abs(a - b) <= max(1e-9 * abs(a), 1e-9)
    return Decimal(str(one)) == Decimal(str(other))
