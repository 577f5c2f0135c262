"""Value 指标值: numerator and denominator meet at last; conditions on results and their order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlglot import exp

from yishu.metrics.compile.sql import SYMBOLS, col, double, not_null, nullif
from yishu.metrics.period import floor
from yishu.metrics.plan import Figure, Plan, finest_grain
from yishu.security import value


def value_of(figure: Figure, plan: Plan, joined: bool, cells: str = "cells") -> exp.Expr:
    """numerator × multiplier × days ÷ (denominator × per); no rows in a known period are zero for counts and sums."""
    metric = figure.metric
    top: exp.Expr = col(figure.numerator)
    if figure.denominator is None:
        if joined and figure.zero_from is not None and figure.zero_until is not None:
            top = _zero(figure, plan, top, cells)
        elif joined and metric.zero_is_known and figure.rows is None:
            top = nullif(top)  # outside what is known a count of nothing is unknown
        if figure.days is not None:
            top = exp.Div(this=double(top), expression=nullif(double(col(figure.days))))
        if metric.multiplier != 1:
            top = exp.Mul(this=top, expression=exp.Literal.number(metric.multiplier))
        if metric.per != 1:
            top = exp.Div(this=double(top), expression=exp.Literal.number(metric.per))
        return top
    if figure.sparse:
        top = _or_zero(figure, top)
    if metric.multiplier != 1:
        top = exp.Mul(this=top, expression=exp.Literal.number(metric.multiplier))
    if figure.days is not None:
        top = exp.Mul(this=top, expression=col(figure.days))
    bottom: exp.Expr = col(figure.denominator)
    if metric.per != 1:
        bottom = exp.Mul(this=bottom, expression=exp.Literal.number(metric.per))
    return exp.Div(this=double(top), expression=nullif(double(bottom)))


def _zero(figure: Figure, plan: Plan, top: exp.Expr, cells: str) -> exp.Expr:
    filled = _or_zero(figure, top.copy())
    grain = finest_grain(plan)
    if grain is None or figure.zero_from is None or figure.zero_until is None:
        return filled
    bucket = next(d.id for d in plan.dimensions if d.grain is grain)
    known = exp.Between(
        this=col(bucket, cells), low=value(floor(figure.zero_from, grain)), high=value(floor(figure.zero_until, grain))
    )
    return exp.Case(ifs=[exp.If(this=known, true=filled)], default=top)


def based(figure: Figure, plan: Plan, of: exp.Expr, cells: str) -> exp.Expr:
    """A value 基期值 of a period compared with; null where its data begin within what is compared."""
    if figure.begins is None:
        return of
    grain = finest_grain(plan)
    whole: exp.Expr = exp.false()
    if grain is not None:
        bucket = next(d.id for d in plan.dimensions if d.grain is grain)
        whole = exp.GT(this=col(bucket, cells), expression=value(floor(figure.begins - timedelta(days=1), grain)))
    return exp.Case(ifs=[exp.If(this=whole, true=of)])


def _or_zero(figure: Figure, top: exp.Expr) -> exp.Expr:
    """No rows are zero; rows that say nothing stay unknown."""
    if figure.rows is None:
        return exp.Coalesce(this=top, expressions=[exp.Literal.number(0)])
    some = exp.GT(this=col(figure.rows), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=some, true=top)], default=exp.Literal.number(0))


def percent(part: exp.Expr, whole: exp.Expr) -> exp.Expr:
    hundred = exp.Mul(this=part, expression=exp.Literal.number(100))
    return exp.Div(this=hundred, expression=nullif(double(whole)))


def having(column: str, op: str, values: Sequence[float]) -> exp.Expr:
    of = col(column)
    if op == "is_null":
        return exp.Is(this=of, expression=exp.Null())
    if op == "not_null":
        return not_null(of)
    if op == "between":
        return exp.Between(this=of, low=value(values[0]), high=value(values[1]))
    return SYMBOLS[op](this=of, expression=value(values[0]))


def ordering(plan: Plan) -> list[exp.Expr]:
    """The order asked for, then the dimension columns ascending; nulls last."""
    found: list[exp.Expr] = []
    if plan.order is not None:
        found.append(exp.Ordered(this=col(plan.order.by), desc=plan.order.descending, nulls_first=False))
    for dimension in plan.dimensions:
        if plan.order is None or plan.order.by != dimension.id:
            found.append(exp.Ordered(this=col(dimension.id), desc=False, nulls_first=False))
    return found
