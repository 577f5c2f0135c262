"""Spoken 说法: clauses of a definition as people say them."""

from __future__ import annotations

from yishu.metrics.centre import Centre
from yishu.metrics.definition import AnyOf, Clause, Condition, Path

OPS = {"in": "属于", "not_in": "不属于", "=": "是", "!=": "不是", "is_null": "未填", "not_null": "已填"}


def spoken(centre: Centre, table: str, clause: Clause) -> str:
    """A clause of a definition in words 条件的说法."""
    if isinstance(clause, AnyOf):
        return " 或 ".join(spoken(centre, table, c) for c in clause.conditions)
    if not isinstance(clause, Condition):
        return "在时限之内"
    of = label_of(centre, table, clause.of) if isinstance(clause.of, Path) else "所算的时长或合计"
    return f"{of} {OPS.get(clause.op, clause.op)} {'、'.join(str(v) for v in clause.values)}".strip()


def label_of(centre: Centre, table: str, path: Path) -> str:
    """A column by its label, or its name where it has none."""
    owner = centre.tables.table(path.hop or table)
    return owner.column(path.column).label if owner.has(path.column) else path.column
