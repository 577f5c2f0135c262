"""Versions 版本: how a metric was defined before, when that held, and where a series crosses from one definition to the next.

An earlier definition is a metric of its own under `id@version`: a series is restated under one version by asking for it by
that name, and the answer of the present one says where the definition changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Effective:
    """When a definition holds 生效期, both ends included; open where None."""

    since: date | None = None
    until: date | None = None


ALWAYS = Effective()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier definition 旧版: its own name, its period, what changed after it."""

    id: str
    version: int
    effective: Effective
    say: str


@dataclass(frozen=True, slots=True)
class Break:
    """A change of definition 口径变更 inside a span."""

    since: date
    before: str
    say: str

    def as_json(self) -> dict[str, object]:
        """As in an answer's `definitions`."""
        return {"since": self.since.isoformat(), "before": self.before, "say": self.say}


def named(metric: str, version: int) -> str:
    """The name of an earlier version."""
    return f"{metric}@{version}"


def is_earlier(name: str) -> bool:
    """Whether a name is that of an earlier version."""
    return "@" in name


def breaks(earlier: tuple[Earlier, ...], first: date | None, last: date | None) -> tuple[Break, ...]:
    """The changes that a span from `first` to `last` crosses; a span without an end crosses all."""
    found = []
    for was in earlier:
        if was.effective.until is None:
            continue
        since = was.effective.until + timedelta(days=1)
        if (first is None or first < since) and (last is None or last >= since):
            found.append(Break(since, was.id, was.say))
    return tuple(found)


def periods_wrong(listed: list[tuple[int, Effective]]) -> Mapping[int, str]:
    """By place, what is wrong with effective periods in the order of versions: overlaps, gaps, ends before beginnings, open ends inside."""
    found: dict[int, str] = {}
    for place, (version, at) in enumerate(listed):
        if at.since is not None and at.until is not None and at.until < at.since:
            found[place] = f"第 {version} 版的生效期倒了：{at.since} 到 {at.until}"
            continue
        if place + 1 == len(listed):
            continue
        later, then = listed[place + 1]
        if later <= version:
            found[place] = f"版本要从旧到新排列：{version} 之后是 {later}"
        elif at.until is None:
            found[place] = f"第 {version} 版要写 until：它之后还有第 {later} 版"
        elif then.since is not None and then.since <= at.until:
            found[place] = f"第 {version} 版到 {at.until}，第 {later} 版自 {then.since}：生效期重叠"
        elif then.since is not None and then.since > at.until + timedelta(days=1):
            found[place] = f"第 {version} 版到 {at.until}，第 {later} 版自 {then.since}：中间没有版本"
    return found
