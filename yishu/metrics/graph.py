"""Graph 关系图: facts with declared keys, and how a column is reached from a fact without ever multiplying its rows.

A hop goes only to a fact whose key is primary or unique there (many to one), or natural with a validity span (缓慢变化维).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from yishu.kernel.errors import InputError
from yishu.metrics.formula import Formula

METRIC_TIME = "metric_time"
GRAINS = (
    "nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year",
)  # fmt: skip
DATE_PARTS = ("year", "quarter", "month", "day", "dow", "doy")


def coarser(one: str, other: str) -> str:
    """The coarser 较粗 of two grains."""
    return one if GRAINS.index(one) >= GRAINS.index(other) else other


class Keyed(StrEnum):
    """What a key is in a fact 键的性质."""

    PRIMARY = "primary"
    UNIQUE = "unique"
    FOREIGN = "foreign"
    NATURAL = "natural"


@dataclass(frozen=True, slots=True)
class Key:
    """A key 键 of a fact: the entity it names, and how it is written there."""

    entity: str
    kind: Keyed
    of: Formula


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute 属性 of a fact; a time has a grain, a partition is joined on wherever both sides have it."""

    name: str
    of: Formula
    grain: str | None = None
    partition: bool = False


@dataclass(frozen=True, slots=True)
class SemiAdditive:
    """Not to be summed over a time 半可加: keep the rows of its first or last moment, per grouping."""

    time: str
    last: bool
    groupings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A measure 度量 of a fact."""

    name: str
    aggregate: str
    of: Formula
    time: str
    percentile: float | None = None
    discrete: bool = False
    approximate: bool = False
    semi: SemiAdditive | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact 事实: a table with keys, attributes and measures; `valid` names start and end of a row's validity."""

    name: str
    table: str
    primary: str | None
    keys: tuple[Key, ...]
    attributes: tuple[Attribute, ...]
    gauges: tuple[Gauge, ...]
    valid: tuple[str, str] | None = None

    def key(self, entity: str) -> Key | None:
        """Its key for an entity."""
        return next((k for k in self.keys if k.entity == entity), None)

    def attribute(self, name: str) -> Attribute | None:
        """An attribute by name."""
        return next((a for a in self.attributes if a.name == name), None)


@dataclass(frozen=True, slots=True)
class SpineTable:
    """A table of moments 时间表 of one grain, with named columns of further grains."""

    table: str
    column: str
    grain: str
    customs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """Something to group or filter by 分组项: a path of entities, a name, and for times a grain or a date part."""

    links: tuple[str, ...]
    name: str
    grain: str | None = None
    part: str | None = None

    @property
    def id(self) -> str:
        """The name of its column."""
        stem = "__".join((*self.links, self.name))
        return f"{stem}__extract_{self.part}" if self.part else f"{stem}__{self.grain}" if self.grain else stem


@dataclass(frozen=True, slots=True)
class Hop:
    """One join 一跳 from a fact to another over an entity."""

    home: Fact
    entity: str
    other: Fact


@dataclass(frozen=True, slots=True)
class Route:
    """Where an item is found 所在: after these hops, a key or an attribute of the last fact."""

    hops: tuple[Hop, ...]
    fact: Fact
    attribute: Attribute | None
    key: Key | None


@dataclass(frozen=True, slots=True)
class Graph:
    """All facts and time tables 关系图 of one source of definitions."""

    facts: tuple[Fact, ...]
    spines: tuple[SpineTable, ...]

    def fact_of(self, gauge: str) -> tuple[Fact, Gauge]:
        """The fact that has a measure."""
        for fact in self.facts:
            for found in fact.gauges:
                if found.name == gauge:
                    return fact, found
        raise InputError("graph.gauge", f"没有度量 {gauge}", where=gauge)

    def spine(self, grain: str) -> SpineTable:
        """The coarsest time table that is at least as fine as a grain."""
        fitting = [s for s in self.spines if GRAINS.index(s.grain) <= GRAINS.index(grain)]
        if not fitting:
            raise InputError("graph.spine", f"没有粒度到 {grain} 的时间表", where=grain)
        return max(fitting, key=lambda s: GRAINS.index(s.grain))

    def custom(self, grain: str) -> SpineTable | None:
        """The time table that has a named grain of its own."""
        return next((s for s in self.spines if grain in dict(s.customs)), None)

    def routes(self, home: Fact, item: Item) -> tuple[Route, ...]:
        """Every shortest way from a fact to an item."""
        return self._routes(home, item.links, item.name, ())

    def _routes(self, home: Fact, links: tuple[str, ...], name: str, hops: tuple[Hop, ...]) -> tuple[Route, ...]:
        if not links:
            key = home.key(name)
            return (Route(hops, home, None, key),) if key is not None else ()
        first, rest = links[0], links[1:]
        own = home.key(first)
        local = first == home.primary or (own is not None and own.kind in (Keyed.PRIMARY, Keyed.UNIQUE, Keyed.NATURAL))
        if local and not rest:
            attribute, key = home.attribute(name), home.key(name)
            if attribute is not None or (key is not None and name != first):
                return (Route(hops, home, attribute, key if attribute is None else None),)
        if local and rest and not hops and first == home.primary:
            inside = self._routes(home, rest, name, hops)
            if inside:
                return inside
        if own is None or len(hops) > 2:
            return ()
        found: tuple[Route, ...] = ()
        for other in self.facts:
            if other is home or any(h.home is other for h in hops):
                continue
            met = other.key(first)
            if met is None or not (met.kind in (Keyed.PRIMARY, Keyed.UNIQUE) or (met.kind is Keyed.NATURAL and other.valid)):
                continue
            hop = Hop(home, first, other)
            if rest:
                found += self._routes(other, rest, name, (*hops, hop))
            else:
                attribute, inner = other.attribute(name), other.key(name)
                if attribute is not None or (inner is not None and name != first):
                    found += (Route((*hops, hop), other, attribute, inner if attribute is None else None),)
        return found
