"""Evidence 明细: the rows behind one cell, each with what it adds to numerator and denominator (design §5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb
from sqlglot import exp

from yishu.kernel import Clock, InputError
from yishu.metrics import store
from yishu.metrics.cell import AskedCell, asked_cell, one_day
from yishu.metrics.centre import Centre
from yishu.metrics.choose import Register
from yishu.metrics.compile import Source
from yishu.metrics.definition import Aggregate, Part
from yishu.metrics.measure import SECONDS, Cell, number
from yishu.metrics.plan import Plan, Scan
from yishu.metrics.query import Member, MetricQuery
from yishu.metrics.spoken import spoken
from yishu.metrics.statistics import refuse_rows
from yishu.security import Viewer, value

MOST = 5_000
PROVENANCE = ("source", "source_table", "source_key")


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """A request for the rows behind a cell 明细请求."""

    query: MetricQuery
    metric: str
    member: tuple[tuple[str, Member], ...]
    offset: int = 0
    limit: int = 100

    @staticmethod
    def parse(given: object) -> RowsRequest:
        """Read a request strictly."""
        if not isinstance(given, dict):
            raise InputError("rows.type", "请求应是对象 {query, cell, offset, limit}", where="rows")
        for key in given:
            if key not in ("query", "cell", "offset", "limit"):
                raise InputError("rows.key", f"不认识的字段 {key}", hint="query、cell、offset、limit", where=str(key))
        cell = given.get("cell")
        if not isinstance(cell, dict) or not isinstance(cell.get("metric"), str):
            raise InputError(
                "rows.cell",
                "cell 要写 metric 和 member",
                hint='{"metric": "…", "member": {"department": "骨科"}}',
                where="cell",
            )
        for key in cell:
            if key not in ("metric", "member"):
                raise InputError("rows.key", f"不认识的字段 cell.{key}", hint="metric、member", where="cell")
        member = cell.get("member") or {}
        if not isinstance(member, dict) or any(not (v is None or isinstance(v, (str, int))) for v in member.values()):
            raise InputError("rows.cell", "member 是 {维度: 成员}", where="cell.member")
        return RowsRequest(
            MetricQuery.parse(given.get("query")),
            cell["metric"],
            tuple((str(d), m) for d, m in member.items()),
            _whole(given.get("offset", 0), "offset", 0),
            _whole(given.get("limit", 100), "limit", 1),
        )


def _whole(given: object, where: str, least: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < least or (where == "limit" and given > MOST):
        raise InputError("rows.page", f"{where} 应是不小于 {least} 的整数（limit 最多 {MOST}）", where=where)
    return given


@dataclass(frozen=True, slots=True)
class EvidenceColumn:
    """A column of evidence 明细列."""

    id: str
    label: str
    role: str

    def as_json(self) -> dict[str, str]:
        """As in an answer."""
        return {"id": self.id, "label": self.label, "role": self.role}


@dataclass(frozen=True, slots=True)
class CountedPart:
    """A numerator or denominator 分子或分母 of the cell and the clauses that let a row in."""

    part: str
    say: str
    table: str
    clauses: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """As in an answer."""
        return {"part": self.part, "say": self.say, "table": self.table, "clauses": list(self.clauses)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows behind a cell 明细: one page of them, their number over all pages, and the cell's value."""

    columns: tuple[EvidenceColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    value: Cell
    offset: int
    limit: int
    query: MetricQuery
    parts: tuple[CountedPart, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Exactly as design §5.2."""
        return {
            "columns": [c.as_json() for c in self.columns],
            "rows": [list(r) for r in self.rows],
            "total": self.total,
            "value": self.value,
            "offset": self.offset,
            "limit": self.limit,
            "query": self.query.as_json(),
            "parts": [p.as_json() for p in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Side:
    """One fact of the cell 一侧: numerator, denominator or both."""

    scan: Scan
    numerator: Part | None
    denominator: Part | None


def rows(
    viewer: Viewer,
    request: RowsRequest,
    centre: Centre,
    connection: duckdb.DuckDBPyConnection,
    clock: Clock,
    *,
    seconds: float = SECONDS,
) -> Evidence:
    """The rows behind a cell for this viewer; read through the same scope, the same clauses, the same spans."""
    refuse_rows(viewer)
    with store.reading(connection, seconds) as reader:
        register = Register(reader, viewer, centre)
        cell = asked_cell(request.query, request.metric, request.member, register, clock(), reader, viewer)
        sides = sides_of(cell)
        columns, names = _columns(sides, centre)
        pages = [_page(side, i, names, viewer, centre, cell) for i, side in enumerate(sides)]
        total = sum(int(str(reader.rows(_count(page))[0][0])) for page in pages)
        found = reader.rows(_together(pages, request.offset, request.limit))
        shown = tuple(_shown(row, columns, register, centre, sides) for row in found)
    return Evidence(columns, shown, total, cell.value, request.offset, request.limit, cell.asked.query, _counted(sides, centre))


def sides_of(cell: AskedCell) -> tuple[Side, ...]:
    """The facts of a cell; numerator and denominator in one where they read the same rows."""
    main = cell.plan
    figure = main.figures[(cell.metric.id, cell.period)]
    top = _holding(main, figure.numerator)
    if figure.denominator is None:
        return (Side(top[0], top[1], None),)
    bottom = _holding(main, figure.denominator)
    if top[0].name == bottom[0].name:
        return (Side(top[0], top[1], bottom[1]),)
    return (Side(top[0], top[1], None), Side(bottom[0], None, bottom[1]))


def _counted(sides: tuple[Side, ...], centre: Centre) -> tuple[CountedPart, ...]:
    """What each part counts, in words."""
    named = [(name, part) for side in sides for name, part in (("numerator", side.numerator), ("denominator", side.denominator))]
    return tuple(CountedPart(n, p.say, p.table, tuple(spoken(centre, p.table, c) for c in p.where)) for n, p in named if p is not None)


def _holding(main: Plan, name: str) -> tuple[Scan, Part]:
    for scan in main.scans:
        for measure in scan.measures:
            if measure.name == name:
                return scan, measure.part
    raise KeyError(name)


def _columns(sides: tuple[Side, ...], centre: Centre) -> tuple[tuple[EvidenceColumn, ...], tuple[str, ...]]:
    found: dict[str, EvidenceColumn] = {}
    for side in sides:
        for column in centre.tables.table(side.scan.table).columns:
            found.setdefault(column.name, EvidenceColumn(column.name, column.label, "column"))
    fixed = (
        EvidenceColumn("table", "表", "table"),
        EvidenceColumn("part", "归入", "part"),
        EvidenceColumn("numerator", "计入分子", "contribution"),
        EvidenceColumn("denominator", "计入分母", "contribution"),
        EvidenceColumn("source", "来源", "source"),
        EvidenceColumn("source_table", "来源表", "source"),
        EvidenceColumn("source_key", "来源键", "source"),
    )
    own = {c.id for c in fixed}
    return (*(c for c in found.values() if c.id not in own), *fixed), tuple(n for n in found if n not in own)


def _page(side: Side, place: int, names: tuple[str, ...], viewer: Viewer, centre: Centre, cell: AskedCell) -> exp.Select:
    """One side's rows with their contributions, not yet cut into pages."""
    main, per, days = cell.plan, cell.metric.per, cell.days
    source = Source(side.scan, viewer, centre, main.as_of, main.now)
    table = centre.tables.table(side.scan.table)
    in_top, in_bottom = (_clauses(source, p) for p in (side.numerator, side.denominator))
    top = _contribution(source, side.numerator, in_top, 1 if cell.averaged else days, per * days if cell.averaged else per)
    bottom = _contribution(source, side.denominator, in_bottom, 1, 1)
    part: exp.Expr
    if in_top is None or in_bottom is None:
        part = value("numerator" if in_bottom is None else "denominator")
    else:
        both = exp.And(this=exp.Paren(this=in_top.copy()), expression=exp.Paren(this=in_bottom.copy()))
        ifs = [exp.If(this=both, true=value("both")), exp.If(this=in_top.copy(), true=value("numerator"))]
        part = exp.Case(ifs=ifs, default=value("denominator"))
    columns: list[exp.Expr] = [
        _as(exp.column(n, table.name, quoted=True) if table.has(n) else exp.Null(), n) for n in names
    ]
    columns += [_as(value(table.name), "table"), _as(part, "part"), _as(top, "numerator"), _as(bottom, "denominator")]
    columns += [_as(exp.column(n, table.name, quoted=True), n) for n in PROVENANCE]
    columns.append(_as(exp.Literal.number(place), "side_place"))
    columns.append(_as(exp.Cast(this=source.time.copy(), to=exp.DataType.build("timestamp")), "row_time"))
    keys = [
        exp.Coalesce(
            this=exp.Cast(this=exp.column(k, table.name, quoted=True), to=exp.DataType.build("text")),
            expressions=[exp.Literal.string("")],
        )
        for k in table.key
    ]
    columns.append(_as(exp.Concat(expressions=[*keys, exp.Literal.string("|")]), "row_key"))
    conditions = source.conditions()
    wanted = [c for c in (in_top, in_bottom) if c is not None]
    either = (
        exp.Paren(this=wanted[0].copy())
        if len(wanted) == 1
        else exp.Paren(this=exp.Or(this=exp.Paren(this=wanted[0].copy()), expression=exp.Paren(this=wanted[1].copy())))
    )
    day = one_day(side.scan, side.numerator, centre, main, viewer) if side.numerator is not None else None
    if day is not None:
        conditions.append(day[1])
    query = exp.Select(expressions=columns)
    query.set("from_", exp.From(this=source.relation()))
    source.join(query)
    where: exp.Expr = either
    for condition in conditions:
        where = exp.And(this=where, expression=condition)
    query.set("where", exp.Where(this=where))
    return query


def _clauses(source: Source, part: Part | None) -> exp.Expr | None:
    if part is None:
        return None
    whole: exp.Expr = exp.true()
    for clause in part.where:
        whole = exp.And(this=whole, expression=source.clause(clause))
    return whole


def _contribution(source: Source, part: Part | None, inside: exp.Expr | None, times: int, per: int) -> exp.Expr:
    if part is None or inside is None:
        return exp.Null()
    of: exp.Expr = exp.Literal.number(1)
    if part.measure is not None and part.aggregate is not Aggregate.COUNT:
        of = source.expression(part.measure)
    if times != 1:
        of = exp.Mul(this=exp.Paren(this=of), expression=value(times))
    if per != 1:
        of = exp.Div(this=exp.Cast(this=of, to=exp.DataType.build("double")), expression=value(per))
    return exp.Case(ifs=[exp.If(this=exp.Paren(this=inside.copy()), true=of)])


def _together(pages: list[exp.Select], offset: int, limit: int) -> exp.Select:
    whole: exp.Expr = pages[0]
    for page in pages[1:]:
        whole = exp.Union(this=whole, expression=page, distinct=False)
    query = exp.Select(expressions=[exp.Star()])
    query.set(
        "from_", exp.From(this=exp.Subquery(this=whole, alias=exp.TableAlias(this=exp.to_identifier("evidence"))))
    )
    order = [
        exp.Ordered(this=exp.column(c), nulls_first=False) for c in ("side_place", "row_time", "row_key", "source_key")
    ]
    query.set("order", exp.Order(expressions=order))
    query.set("limit", exp.Limit(expression=value(limit)))
    query.set("offset", exp.Offset(expression=value(offset)))
    return query


def _count(page: exp.Select) -> exp.Select:
    query = exp.Select(expressions=[exp.Count(this=exp.Star())])
    query.set(
        "from_", exp.From(this=exp.Subquery(this=page.copy(), alias=exp.TableAlias(this=exp.to_identifier("counted"))))
    )
    return query


def _as(of: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=of, alias=exp.Identifier(this=name, quoted=True))


def _shown(
    row: tuple[object, ...],
    columns: tuple[EvidenceColumn, ...],
    register: Register,
    centre: Centre,
    sides: tuple[Side, ...],
) -> tuple[Cell, ...]:
    """A row as people read it: ids of departments, wards, people and drugs become their names."""
    refs: Mapping[str, str | None] = {
        c.name: c.ref for side in sides for c in centre.tables.table(side.scan.table).columns
    }
    return tuple(_cell(cell, column, refs, register) for cell, column in zip(row, columns, strict=False))


_DIMENSION_OF = {"department": "department", "ward": "ward", "campus": "campus", "staff": "doctor", "drug": "drug"}


def _cell(cell: object, column: EvidenceColumn, refs: Mapping[str, str | None], register: Register) -> Cell:
    ref = refs.get(column.id) if column.role == "column" else None
    if ref in _DIMENSION_OF and cell is not None:
        return register.name(register.centre.dimension(_DIMENSION_OF[str(ref)]), str(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, (int, float, Decimal)):
        return number(cell)
    return None if cell is None else str(cell)
