"""Reading the warehouse 读仓库: cursors in read-only transactions, a watchdog, and errors that say nothing of hidden rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import pairwise

import duckdb
from sqlglot import exp

from yishu.kernel.errors import Defect, InputError, SourceError
from yishu.kernel.watchdog import WATCHDOG
from yishu.metrics.centre import Centre
from yishu.metrics.compile import SYSTEM
from yishu.metrics.definition import Dimension
from yishu.metrics.keep import Keep
from yishu.metrics.plan import Extent, FactTime
from yishu.metrics.rollup_store import true_now
from yishu.security import Viewer, bound, scope, value
from yishu.security.allow import allowed

Row = tuple[object, ...]


@dataclass(slots=True)
class Reader:
    """A cursor 读游标 inside a read-only transaction."""

    cursor: duckdb.DuckDBPyConnection
    seconds: float
    keep: Keep = field(default_factory=Keep)

    def kept(self, query: exp.Expr) -> list[Row]:
        """The rows of a query, from those kept if it was asked before of the same data under the same policy."""
        text, parameters = bound(allowed(query))
        found = self.keep.find(text, parameters)
        if found is None:
            found = self._run(text, parameters)
            self.keep.note(text, parameters, found)
        return found

    def fresh(self, centre: Centre) -> frozenset[str]:
        """The roll-ups true of this data, asked once for a data version."""
        if self.keep.fresh is None:
            self.keep.fresh = true_now(self.cursor, centre)
        return self.keep.fresh

    def rows(self, query: exp.Expr) -> list[Row]:
        """Run a query; engine errors never reach the caller raw."""
        return self._run(*bound(allowed(query)))

    def _run(self, text: str, parameters: dict[str, object]) -> list[Row]:
        try:
            with WATCHDOG.watching(self.seconds, self.cursor.interrupt):
                return self.cursor.execute(text, parameters).fetchall()
        except duckdb.InterruptException:
            raise InputError(
                "query.too_slow", f"查询超过 {self.seconds:g} 秒，已停止", hint="缩短时间范围或减少维度", where="query"
            ) from None
        except duckdb.OutOfMemoryException:
            raise InputError(
                "query.too_large", "查询需要的内存超过上限，已停止", hint="缩短时间范围或减少维度", where="query"
            ) from None
        except duckdb.CatalogException:
            raise SourceError(
                "warehouse.empty", "数据仓库里还没有需要的表", hint="先运行 yishu load", where="warehouse"
            ) from None
        except duckdb.Error:
            raise Defect(
                "metrics.engine", "计算时引擎出错，已记录", hint="请把查询内容交给信息科", where="query"
            ) from None


@contextmanager
def reading(connection: duckdb.DuckDBPyConnection, seconds: float, keep: Keep | None = None) -> Iterator[Reader]:
    """A reader on its own cursor; the transaction is read only and always rolled back."""
    cursor = connection.cursor()
    try:
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        yield Reader(cursor, seconds, keep or Keep())
    finally:
        with suppress(duckdb.Error):
            cursor.execute("ROLLBACK")
        cursor.close()


@dataclass(frozen=True, slots=True)
class Member:
    """A member 成员: its id, its label and the label of what it belongs to."""

    id: str
    label: str
    parent: str | None = None


def members(reader: Reader, viewer: Viewer, centre: Centre, dimension: Dimension) -> tuple[Member, ...]:
    """All members of a dimension that is listed in a table."""
    listed = dimension.members
    if dimension.through:
        carrier = centre.dimension(dimension.through)
        assert carrier.members is not None and dimension.attribute is not None
        query = _from(scope(viewer, carrier.members.table, centre.tables), [dimension.attribute])
        groups = sorted({str(r[0]) for r in reader.kept(query) if r[0] is not None})
        return tuple(Member(g, g) for g in groups)
    if listed is None:
        return ()
    above = listed.parent
    if above is None and dimension.above is not None:
        above = centre.dimension(dimension.above).attribute
    columns = [listed.key, listed.label] + ([above] if above else [])
    found = reader.kept(_from(scope(viewer, listed.table, centre.tables), columns))
    return tuple(
        Member(str(r[0]), str(r[1] if r[1] is not None else r[0]), str(r[2]) if above and r[2] is not None else None)
        for r in sorted(found, key=str)
    )


def present(
    reader: Reader, viewer: Viewer, centre: Centre, table: str, column: str, text: str, limit: int
) -> tuple[str, ...]:
    """The values 取值 of a column that occur in the rows this viewer may see."""
    inner = exp.Subquery(this=scope(viewer, table, centre.tables), alias=exp.TableAlias(this=exp.to_identifier("seen", quoted=True)))
    wanted = exp.column(column, quoted=True)
    query = exp.Select(expressions=[wanted])
    query.set("distinct", exp.Distinct())
    query.set("from_", exp.From(this=inner))
    where: exp.Expr = exp.Not(this=exp.Is(this=wanted.copy(), expression=exp.Null()))
    if text:
        found = exp.Anonymous(this="contains", expressions=[wanted.copy(), value(text)])
        where = exp.And(this=where, expression=found)
    query.set("where", exp.Where(this=where))
    query.set("order", exp.Order(expressions=[exp.Ordered(this=wanted.copy())]))
    query.set("limit", exp.Limit(expression=exp.Literal.number(limit)))
    return tuple(str(r[0]) for r in reader.rows(query))


def extents(
    reader: Reader, centre: Centre, wanted: Sequence[FactTime], now: datetime, as_of: datetime | None = None
) -> dict[FactTime, Extent]:
    """How far each fact is known 已知范围, the same for every viewer: it speaks of loads, not of anybody's rows.

    As of an earlier moment it is what was known then, or the base of a running period would grow with later loads.
    """
    found: dict[FactTime, Extent] = {}
    for fact in wanted:
        table, path = fact
        owner = path.hop or table
        held = reader.keep.extents.get((owner, path.column, as_of))
        if held is not None:
            found[fact] = Extent(held[0], _until(held[1], now))
            continue
        column = exp.column(path.column, quoted=True)
        inner = exp.Subquery(
            this=scope(SYSTEM, owner, centre.tables, as_of=as_of), alias=exp.TableAlias(this=exp.to_identifier("fact", quoted=True))
        )
        query = exp.Select(expressions=[exp.Min(this=column), exp.Max(this=column.copy())])
        query.set("from_", exp.From(this=inner))
        first, last = reader.rows(query)[0]
        span = (_moment(first, time.min), _moment(last, time(23, 59, 59)))
        reader.keep.extents[(owner, path.column, as_of)] = span
        found[fact] = Extent(span[0], _until(span[1], now))
    return found


def quiet(
    reader: Reader, centre: Centre, known: dict[FactTime, Extent], wanted: Sequence[FactTime], as_of: datetime | None
) -> dict[FactTime, Extent]:
    """The extents with the longest silence 最长无数据天数 of the facts wanted: the most days in a row without one row since the first."""
    found = dict(known)
    for fact in wanted:
        table, path = fact
        owner = path.hop or table
        key = (owner, path.column, as_of)
        if key not in reader.keep.quiet:
            day = exp.cast(exp.column(path.column, quoted=True), "date", copy=False)
            inner = exp.Subquery(this=scope(SYSTEM, owner, centre.tables, as_of=as_of), alias=exp.TableAlias(this=exp.to_identifier("fact")))
            query = exp.Select(expressions=[exp.Alias(this=day, alias=exp.to_identifier("day"))])
            query.set("distinct", exp.Distinct())
            query.set("from_", exp.From(this=inner))
            days = sorted(d for (d,) in reader.rows(query) if isinstance(d, date))
            reader.keep.quiet[key] = max(((b - a).days - 1 for a, b in pairwise(days)), default=0)
        found[fact] = replace(known[fact], quiet=reader.keep.quiet[key])
    return found


def _until(last: datetime | None, now: datetime) -> datetime | None:
    return None if last is None else min(last, now)


def _moment(value: object, at: time) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, at) if isinstance(value, date) else None


def _from(inner: exp.Select, columns: Sequence[str]) -> exp.Select:
    query = exp.Select(expressions=[exp.column(c, quoted=True) for c in columns])
    query.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("listed", quoted=True)))))
    return query
