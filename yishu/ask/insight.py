"""Insight 看出门道: what stands out of an answer (robust limits) and what moved a number (ranked causes); pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from yishu.metrics import Explanation
from yishu.metrics.explain import DimensionShare, Part

SPREAD = 1.4826  # makes the median absolute deviation comparable with a standard deviation under a normal law
WIDE = 3.0
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """Robust limits 稳健控制限: median ± 3 × 1.4826 × median absolute deviation."""

    middle: float
    low: float
    high: float
    outside: tuple[int, ...]
    counted: int

    def as_json(self) -> dict[str, object]:
        """As the screen shows it."""
        return {"middle": self.middle, "low": self.low, "high": self.high, "outside": list(self.outside), "counted": self.counted}


def limits(values: Sequence[float | None]) -> Limits | None:
    """Which positions lie beyond the limits; None where fewer than five values are known or all are alike."""
    known = [v for v in values if v is not None]
    if len(known) < FEWEST:
        return None
    middle = median(known)
    spread = median(abs(v - middle) for v in known)
    if spread == 0:
        # More than half are alike: the mean distance stands in, or nothing can be said.
        spread = sum(abs(v - middle) for v in known) / len(known)
        if spread == 0:
            return Limits(middle, middle, middle, (), len(known))
    reach = WIDE * SPREAD * spread
    low, high = middle - reach, middle + reach
    if min(known) >= 0:
        low = max(low, 0.0)  # what cannot be negative has no negative limit
    outside = tuple(i for i, v in enumerate(values) if v is not None and not low <= v <= high)
    return Limits(middle, low, high, outside, len(known))


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause 原因: a member whose part of the difference is more (or other) than its size would have it."""

    dimension: str
    dimension_label: str
    member: str | int | float | bool | None
    label: str
    value: float | None
    base: float | None
    amount: float
    beyond: float
    """How far the amount departs from the member's proportional part of the difference."""

    def as_json(self) -> dict[str, object]:
        """As the screen shows it."""
        return {
            "dimension": self.dimension, "dimension_label": self.dimension_label, "member": self.member, "label": self.label,
            "value": self.value, "base": self.base, "amount": self.amount, "beyond": self.beyond,
        }  # fmt: skip


def causes(told: Explanation, most: int = 5) -> tuple[Cause, ...]:
    """The causes of a difference over all dimensions, the most telling first.

    Were everything to move alike, each member's part would be its weight times the difference. What departs from that, in the
    direction of the difference, is the member's own doing. Of a member and what contains it (doctor, department) the smaller one
    departs more, so the cause is named where it sits; of two that say the same, the dimension with fewer members is named. What is
    not filled in 未填 names nobody and comes last.
    """
    if told.difference is None or not told.difference:
        return ()
    sign = 1.0 if told.difference > 0 else -1.0
    found: list[tuple[bool, float, int, Cause]] = []
    for by in told.by:
        for part in by.parts:
            beyond = part.amount - _weight(part, by, told) * told.difference
            if beyond * sign <= 0:
                continue
            cause = Cause(by.dimension, by.label, part.member, part.label, part.value, part.base, part.amount, beyond)
            found.append((part.member is None, -round(beyond * sign, 9), len(by.parts), cause))
    found.sort(key=lambda f: (f[0], f[1], f[2], f[3].dimension))
    return tuple(cause for _, _, _, cause in found[:most])


def _weight(part: Part, by: DimensionShare, told: Explanation) -> float:
    """A member's share of the base; for a ratio its mean share of the denominator, as the rate part of its amount tells."""
    if part.rate is None:
        whole = sum(p.base or 0.0 for p in by.parts)
        return (part.base or 0.0) / whole if whole else 0.0
    if part.value is None or part.base is None or part.value == part.base:
        return 0.0
    return part.rate / (part.value - part.base)
