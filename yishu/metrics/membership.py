"""Membership 归入: why a given record is in or out of a metric's cell, clause by clause, in the viewer's own rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from yishu.kernel import InputError
from yishu.metrics import store
from yishu.metrics.cell import asked_cell, one_day
from yishu.metrics.choose import Register
from yishu.metrics.compile import Source
from yishu.metrics.definition import Part
from yishu.metrics.evidence import RowsRequest, sides_of
from yishu.metrics.looking import Looking
from yishu.metrics.plan import Plan, Scan
from yishu.metrics.spoken import OPS, label_of, spoken
from yishu.metrics.statistics import refuse_rows
from yishu.security import value


@dataclass(frozen=True, slots=True)
class Test:
    """One clause 一条条件 and whether the record meets it; `met` None where its column is empty."""

    kind: str
    say: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A record and one part of the metric 记录与分子或分母: it is in where every clause is met."""

    part: str
    say: str
    table: str
    inside: bool
    tests: tuple[Test, ...]

    def as_json(self) -> dict[str, object]:
        """As the API tells it."""
        tests = [{"kind": t.kind, "say": t.say, "met": t.met} for t in self.tests]
        return {"part": self.part, "say": self.say, "table": self.table, "inside": self.inside, "tests": tests}


def membership(looking: Looking, request: RowsRequest, table: str, key: str) -> tuple[Membership, ...]:
    """Why the record of this table and key is in or out of the cell, for each part that counts rows of the table.

    Raises InputError `record.unknown` alike for a record that is not there and one the viewer may not see.
    """
    refuse_rows(looking.viewer)
    centre = looking.centre
    with store.reading(looking.connection, looking.seconds, looking.keep) as reader:
        register = Register(reader, looking.viewer, centre)
        cell = asked_cell(request.query, request.metric, request.member, register, looking.clock(), reader, looking.viewer)
        main, metric = cell.plan, cell.metric
        found = []
        for side in sides_of(cell):
            for name, part in (("numerator", side.numerator), ("denominator", side.denominator)):
                if part is not None and part.table == table:
                    wanted, query = _tests(looking, side.scan, part, main, key)
                    rows = reader.rows(query)
                    if not rows:
                        raise InputError("record.unknown", "没有这条记录，或您看不到它", hint="从数字的凭据行点进来", where="key", status=404)
                    tests = tuple(Test(k, s, None if m is None else bool(m)) for (k, s), m in zip(wanted, rows[0], strict=True))
                    found.append(Membership(name, part.say, table, all(t.met for t in tests), tests))
    if not found:
        tables = "、".join(dict.fromkeys(p.table for p in metric.parts))
        raise InputError("record.table", f"这个指标不数{table[:40]}的行", hint=f"可用：{tables}", where="table")
    return tuple(found)


def _tests(looking: Looking, scan: Scan, part: Part, main: Plan, key: str) -> tuple[list[tuple[str, str]], exp.Select]:
    centre = looking.centre
    source = Source(scan, looking.viewer, centre, main.as_of, main.now)
    conditions = source.conditions()
    timed = len(conditions) - len(scan.filters)
    span = "全部时间" if scan.span is None else f"{scan.span.as_json()['start']} 至 {scan.span.as_json()['end']}"
    wanted = [("time", f"{label_of(centre, part.table, scan.time)}在{span}")] * timed
    for chosen in scan.filters:
        label = centre.dimension(chosen.dimension).label if chosen.dimension else "对比期有数据"
        wanted.append(("filter", f"{label} {OPS.get(chosen.op, chosen.op)} {'、'.join(str(v) for v in chosen.values[:5])}".strip()))
    for clause in part.where:
        wanted.append(("clause", spoken(centre, part.table, clause)))
        conditions.append(source.clause(clause))
    day = one_day(scan, part, centre, main, looking.viewer)
    if day is not None:
        wanted.append(("snapshot", day[0]))
        conditions.append(day[1])
    query = exp.Select(expressions=[exp.alias_(exp.Paren(this=c), f"t{i}", quoted=True) for i, c in enumerate(conditions)])
    query.set("from_", exp.From(this=source.relation()))
    source.join(query)
    table = centre.tables.table(part.table)
    words = key.split("|") if len(table.key) > 1 else [key]
    if len(words) != len(table.key):
        raise InputError("record.key", f"{table.label}的键有 {len(table.key)} 段", hint="|".join(table.key), where="key")
    same = [exp.EQ(this=exp.cast(exp.column(k, table.name, quoted=True), "text"), expression=value(w)) for k, w in zip(table.key, words, strict=True)]
    query.set("where", exp.Where(this=exp.and_(*same, copy=False)))
    return wanted, query
