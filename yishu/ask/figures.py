"""Figures 数字写法: a number as a sentence says it; the same rules as the screens, each from one cell of an answer."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "—"
POINTS = "个百分点"
WHOLE = frozenset(["人次", "人", "台", "例", "张", "次", "份", "床日", "行", "条", "床", "项", "件"])


def _fixed(value: float, digits: int) -> str:
    shown = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{shown:,.{digits}f}"


def _digits(value: float, unit: str) -> int:
    exact = float(value).is_integer()
    if exact and (unit == "元" or unit in WHOLE):
        return 0
    if unit == "元":
        return 0 if abs(value) >= 1000 else 2
    if unit == "次":
        return 2
    if unit in WHOLE:
        return 1
    if unit in ("", "比值"):
        return 0 if exact else 2
    return 1


def number(value: float | None, unit: str = "") -> str:
    """9,876 · 12.3万 · 1,844万 · 1.23亿 · 92.1%; without the unit, except the percent sign."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0%" if unit == "%" else "0"
    if unit == "%":
        return f"{_fixed(value, 1)}%"
    size = abs(value)
    if size >= 99_995_000:
        return f"{_fixed(value / 1e8, 2)}亿"
    if size >= 9_999_500:
        return f"{_fixed(value / 1e4, 0)}万"
    if size >= 100_000:
        return f"{_fixed(value / 1e4, 1)}万"
    return _fixed(value, _digits(value, unit))


def quantity(value: float | None, unit: str = "") -> str:
    """The number with its unit: 12.3万元, 8.4天, 92.1%."""
    text = number(value, unit)
    if value is None or not unit or unit == "%":
        return text
    return f"{text}{' ' if unit[0].isascii() and unit[0].isalpha() else ''}{unit}"


def moved(amount: float, unit: str) -> str:
    """A change without its sign: 3.2% or 1.5个百分点 (`unit` % means points)."""
    size = abs(amount)
    if size >= 1000 and unit != "%":
        return f"{_fixed(size / 100 + (1 if amount > 0 else -1), 1)}倍"
    text = "0" if size == 0 else "不到0.1" if size < 0.05 else _fixed(size, 1)
    return f"{text}{POINTS if unit == '%' else '%'}"
