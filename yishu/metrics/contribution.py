"""Contribution 贡献: how much each member adds to a difference, exactly; pure, in fractions.

Sums: a member's amount is its own change. Ratios V = k·N/D: with weights w = Dₘ/D and rates r = k·Nₘ/Dₘ a member's amount is
w₁r₁ − w₀r₀ − (w₁−w₀)·V̄ (V̄ = mean of both values; the last term sums to nothing over members and takes the mere size of a member out).
It parts into rate (r₁−r₀)·(w₁+w₀)/2 and mix, the rest. A member without a denominator in one period has no rate to compare: all is mix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Key = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Amount:
    """What a member holds 成员的分子分母: additive numerator and denominator, and the value shown for it."""

    numerator: Fraction
    denominator: Fraction | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Period:
    """One of the two periods 一期: the factor k, the whole, and the members."""

    factor: Fraction
    whole: Amount
    members: Mapping[Key, Amount]

    @property
    def value(self) -> Fraction | None:
        """k·N, or k·N/D; None where D is nothing."""
        if self.whole.denominator is None:
            return self.factor * self.whole.numerator
        if not self.whole.denominator:
            return None
        return self.factor * self.whole.numerator / self.whole.denominator


@dataclass(frozen=True, slots=True)
class Share:
    """A member's exact contribution 精确贡献; `mix` and `rate` only where the denominator is parted too."""

    member: Key
    value: float | None
    base: float | None
    amount: Fraction
    mix: Fraction | None
    rate: Fraction | None


NOTHING = Amount(Fraction(0), None, None)


def shares(now: Period, base: Period, *, parted: bool) -> tuple[Share, ...]:
    """The members' contributions, largest first; `parted` where the dimension parts the denominator as well."""
    one, zero = now.value, base.value
    assert one is not None and zero is not None
    middle = (one + zero) / 2
    found = []
    for member in dict.fromkeys((*now.members, *base.members)):
        here, there = now.members.get(member, NOTHING), base.members.get(member, NOTHING)
        change = _added(now, here) - _added(base, there)
        mix = rate = None
        if parted and now.whole.denominator and base.whole.denominator:
            below, before = here.denominator or Fraction(0), there.denominator or Fraction(0)
            weight, earlier = below / now.whole.denominator, before / base.whole.denominator
            change -= (weight - earlier) * middle
            rate = Fraction(0)
            if below and before:
                rates = now.factor * here.numerator / below - base.factor * there.numerator / before
                rate = rates * (weight + earlier) / 2
            mix = change - rate
        found.append(Share(member, here.value, there.value, change, mix, rate))
    return tuple(sorted(found, key=lambda s: (-abs(s.amount), str(s.member))))


def _added(period: Period, held: Amount) -> Fraction:
    if period.whole.denominator is None:
        return period.factor * held.numerator
    return period.factor * held.numerator / period.whole.denominator if period.whole.denominator else Fraction(0)
