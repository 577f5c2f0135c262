"""Freeze 定格: a period's number kept with its definition, parameters and data moment, and computed again to the digit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import yaml
from sqlalchemy import Column, DateTime, Engine, Integer, String, Table, Text, insert, select

from yishu.kernel.errors import InputError, SourceError
from yishu.kernel.store import metadata
from yishu.metrics import read as reading
from yishu.metrics.centre import DIMENSIONS, Centre
from yishu.metrics.definition import Grain, Metric
from yishu.metrics.looking import Looking
from yishu.metrics.measure import Cell, measure
from yishu.metrics.period import interval
from yishu.metrics.query import MetricQuery, Span

DEPARTMENT = "department"

freeze_table = Table(
    "metric_freeze",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("metric", String(100), nullable=False, index=True),
    Column("period", String(20), nullable=False),
    Column("frozen_at", DateTime, nullable=False),
    Column("data_moment", DateTime, nullable=False),
    Column("viewer", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("definition", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("rows", Text, nullable=False),
)

Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen number 定格: the whole first, then by department where the metric has departments."""

    id: int
    metric: str
    period: str
    frozen_at: datetime
    data_moment: datetime
    version: int
    hash: str
    parameters: Mapping[str, object]
    value: Cell
    by_department: Rows

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        return {
            "id": self.id, "metric": self.metric, "period": self.period, "frozen_at": self.frozen_at.isoformat(),
            "data_moment": self.data_moment.isoformat(), "definition": {"version": self.version, "hash": self.hash},
            "parameters": dict(self.parameters), "value": self.value, "by_department": [list(r) for r in self.by_department],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A frozen number computed again 重算: `equal` where every figure is the same to the digit; `now` under today's data and definition."""

    frozen: Frozen
    value: Cell
    by_department: Rows
    equal: bool
    definition_changed: bool
    now: Cell

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        return {
            "freeze": self.frozen.as_json(), "value": self.value, "by_department": [list(r) for r in self.by_department],
            "equal": self.equal, "definition_changed": self.definition_changed, "now": self.now,
        }  # fmt: skip


def freeze(looking: Looking, store: Engine, name: str, period: str) -> Frozen:
    """Keep a metric's number of a period as it is known at this moment."""
    metric = looking.centre.metric(name)
    if not metric.file or not Path(metric.file).is_file():
        raise InputError("freeze.definition", f"指标“{metric.label}”没有定义文件，不能定格", where=metric.id)
    span = _span(period)
    moment = looking.clock()
    if span.start > moment:
        raise InputError("freeze.future", f"期间 {period} 还没有开始", hint="定格已经开始的期间", where="--period")
    value, by = _measured(looking, looking.centre, metric.id, span, moment)
    parameters = {p.id: [_plain(v) for v in p.value] for p in metric.parameters}
    query = MetricQuery(metrics=(metric.id,), time=span, as_of=moment)
    row = {
        "metric": metric.id, "period": period, "frozen_at": moment, "data_moment": moment, "viewer": looking.viewer.name,
        "version": metric.version, "hash": metric.hash, "definition": Path(metric.file).read_text(encoding="utf-8"),
        "parameters": yaml.safe_dump(parameters, allow_unicode=True), "query": json.dumps(query.as_json(), ensure_ascii=False),
        "rows": json.dumps({"value": value, "by_department": by}, ensure_ascii=False),
    }  # fmt: skip
    with store.begin() as connection:
        number = connection.execute(insert(freeze_table).values(**row)).inserted_primary_key
    assert number is not None
    return Frozen(int(number[0]), metric.id, period, moment, moment, metric.version, metric.hash, parameters, value, by)


def recompute(looking: Looking, store: Engine, number: int) -> Recomputed:
    """Compute a frozen number again: its own definition and parameters, the data as known at its moment."""
    with store.connect() as connection:
        row = connection.execute(select(freeze_table).where(freeze_table.c.id == number)).one_or_none()
        ids = connection.execute(select(freeze_table.c.id).order_by(freeze_table.c.id.desc()).limit(5)).scalars().all()
    if row is None:
        told = "、".join(str(i) for i in ids) or "还没有定格过"
        raise InputError("freeze.unknown", f"没有定格 {number}", hint=f"最近的：{told}", where="FREEZE_ID", status=404)
    told = json.loads(row.rows)
    parameters = yaml.safe_load(row.parameters) or {}
    frozen = Frozen(
        row.id, row.metric, row.period, row.frozen_at, row.data_moment, row.version, row.hash, parameters, told["value"],
        tuple(tuple(r) for r in told["by_department"]),
    )  # fmt: skip
    then = _as_defined(looking.centre, row.metric, row.definition, parameters)
    if then.hash != row.hash:
        raise SourceError("freeze.hash", "定格里存的定义与它的校验和不符", hint="平台库可能被改动，查审计记录", where=str(number))
    house = replace(looking.centre, by_id={**looking.centre.by_id, then.id: then})
    span = _span(row.period)
    value, by = _measured(looking, house, then.id, span, row.data_moment)
    today = looking.centre.by_id.get(then.id)
    now = _measured(looking, looking.centre, today.id, span, None)[0] if today else None
    equal = value == frozen.value and by == frozen.by_department
    return Recomputed(frozen, value, by, equal, today is None or today.hash != then.hash, now)


def _as_defined(centre: Centre, name: str, text: str, parameters: Mapping[str, object]) -> Metric:
    """The metric as it was defined when it was frozen; the others, which it may name, as they are."""
    today = centre.by_id.get(name)
    if today is not None and _same(today, text, parameters):
        return today
    own = centre.by_id[name].file if name in centre.by_id else ""
    others = [Path(f) for f in dict.fromkeys(m.file for m in centre.metrics) if f != own and Path(f).is_file()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        known = reading.dimensions(DIMENSIONS, centre.tables)
        found = reading.metrics((path, *others), known, centre.tables, {name: parameters} if parameters else {})
    return found[name]


def _same(today: Metric, text: str, parameters: Mapping[str, object]) -> bool:
    """Whether the definition is today's still, word for word and with the same parameters: then it need not be read anew."""
    path = Path(today.file) if today.file else None
    given = {p.id: [_plain(v) for v in p.value] for p in today.parameters}
    return path is not None and path.is_file() and path.read_text(encoding="utf-8") == text and given == dict(parameters)


def _span(period: str) -> Span:
    for grain in (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.DAY):
        try:
            first, after = interval(period, grain)
        except InputError:
            continue
        start, end = (datetime.combine(d, datetime.min.time()) for d in (first, after - timedelta(days=1)))
        return Span(start, end)
    raise InputError("freeze.period", f"不认识的期间 {period[:20]}", hint="写成 2025-06、2025-Q2、2025 或 2025-06-03", where="--period")


def _measured(looking: Looking, centre: Centre, name: str, span: Span, as_of: datetime | None) -> tuple[Cell, Rows]:
    metric = centre.metric(name)
    query = MetricQuery(metrics=(metric.id,), time=span, as_of=as_of)

    def ask(asked: MetricQuery) -> Rows:
        return measure(looking.viewer, asked, centre, looking.connection, looking.clock, seconds=looking.seconds).rows

    by = ask(replace(query, dimensions=(DEPARTMENT,))) if DEPARTMENT in metric.dimensions else ()
    whole = ask(query)
    return (whole[0][0] if whole else None), by


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
