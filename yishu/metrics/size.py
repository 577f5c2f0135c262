"""Size 规模: how many rows an answer may have, before it is asked; one too large is refused with the estimate.

Cheap first: members of each dimension multiplied. Only where that passes the hospital's limit are the rows counted, within
what this viewer may see, so that the refusal tells nothing of anybody else's.
"""

from __future__ import annotations

from math import prod

from sqlglot import exp

from yishu.kernel.errors import InputError
from yishu.metrics.choose import Register
from yishu.metrics.compile.source import Source
from yishu.metrics.compile.sql import all_of, select
from yishu.metrics.definition import Dimension, Grain
from yishu.metrics.plan import Plan, Scan

_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 28, Grain.QUARTER: 90, Grain.YEAR: 365}
_CYCLES = {Grain.HOUR: 24, Grain.WEEKDAY: 7}


def refuse_too_large(plan: Plan, register: Register, days: int | None) -> None:
    """InputError `query.too_large` where the answer would have more rows than the hospital allows; `days` is the span asked for."""
    most = register.centre.most_rows
    if plan.limit is not None and plan.limit <= most:
        return
    counts = [_members(d, register, days) for d in plan.dimensions]
    known = [c for c in counts if c is not None]
    if len(known) == len(counts) and prod(known) <= most:
        return
    unknown = tuple(d for d, c in zip(plan.dimensions, counts, strict=True) if c is None)
    found = sum(_counted(s, plan, register, unknown, prod(known)) for s in plan.full)
    if found > most:
        raise InputError(
            "query.too_large",
            f"这个问题的答案约有 {found:,} 行，超过本院上限 {most:,} 行",
            hint="减少维度、缩短时间、加上筛选，或写 limit；上限在 hospital.yaml 的 limits.rows",
            where="dimensions",
        )


def _members(dimension: Dimension, register: Register, days: int | None) -> int | None:
    """How many members a dimension can show, 未填 included; None where nothing lists them."""
    if dimension.grain is not None:
        if dimension.grain.cyclic:
            return _CYCLES[dimension.grain]
        return None if days is None else days // _DAYS[dimension.grain] + 2
    if dimension.bands:
        return len(dimension.bands) + 1
    if dimension.members is None and not dimension.through:
        return None
    sizes = register.reader.keep.sizes
    if dimension.id not in sizes:
        sizes[dimension.id] = len(register.of(dimension)) + 1
    return sizes[dimension.id]


def _counted(scan: Scan, plan: Plan, register: Register, unknown: tuple[Dimension, ...], known: int) -> int:
    """Rows of a fact in the span, or members that occur there times the listed ones, whichever is less."""
    source = Source(scan, register.viewer, register.centre, plan.as_of, plan.now)
    columns: list[exp.Expr] = [exp.Count(this=exp.Star())]
    columns += [exp.Count(this=exp.Distinct(expressions=[source.dimension(d)])) for d in unknown]
    query = select(columns, source.relation())
    conditions = source.conditions() if scan.reach is None else []
    source.join(query)
    if conditions:
        query.set("where", exp.Where(this=all_of(conditions)))
    row = register.reader.kept(query)[0]
    rows, *distinct = (int(str(n)) for n in row)
    return min(rows, known * prod(n + 1 for n in distinct))


