"""Units 单位: what a numerator over a denominator must be called, from what is added up in each."""

from __future__ import annotations

from yishu.hospital.model import Model
from yishu.metrics.definition import Aggregate, Part, Path, Seconds, Total

MONEY, SECONDS, ROWS, OTHER = "元", "秒", "个", ""
_SHARES = ("%", "倍", "比", "1")
_CLOCK = {1: ("秒",), 60: ("分钟", "分"), 3600: ("小时",), 86400: ("天",)}


def made_of(part: Part, model: Model) -> str:
    """What a part adds up 所加之物: money, seconds, rows, or something only its author knows."""
    if part.aggregate in (Aggregate.COUNT, Aggregate.DISTINCT):
        return ROWS
    if isinstance(part.measure, Seconds):
        return SECONDS
    terms = part.measure.terms if isinstance(part.measure, Total) else (part.measure,)
    kinds = {model.table(t.hop or part.table).column(t.column).type for t in terms if isinstance(t, Path)}
    return MONEY if kinds == {"money"} else OTHER


def unit_wrong(unit: str, parts: list[Part | None], multiplier: object, per: object, model: Model) -> str:
    """Why a unit does not follow from its parts; empty where it does or nobody can tell."""
    made = [made_of(p, model) for p in parts if p is not None]
    if len(made) != len(parts) or not made:
        return ""
    top, bottom = made[0], made[1] if len(made) > 1 else None
    money = unit.startswith(("元", "万元", "亿元"))
    if bottom is None or bottom == ROWS:
        if top == MONEY and not money:
            return f"加的是金额，单位应是 元{'/' + '人次' if bottom else ''} 一类，写的是 {unit}"
        if top in (ROWS, SECONDS) and money:
            return f"加的是{'时长' if top == SECONDS else '件数'}，单位不能是 {unit}"
    if (top, bottom) == (MONEY, MONEY) and unit not in _SHARES and "百元" not in unit:
        return f"金额与金额之比没有 {unit}，应是 %"
    if top == SECONDS and bottom in (None, ROWS) and multiplier == 1 and isinstance(per, int):
        said = _CLOCK.get(per, ())
        if said and not unit.startswith(said):
            return f"时长除以 {per} 是{said[0]}，写的是 {unit}"
    return ""
