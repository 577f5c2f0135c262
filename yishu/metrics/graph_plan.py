"""Planning over declared facts 按关系图计划: a question about metrics with inputs becomes frames, or is refused by name.

Whatever this planner is not sure of is refused (`frames.*`) before anything runs; it never answers otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yishu.kernel.errors import InputError
from yishu.metrics.definition import Followed, Gauged, Grain, Input, Kind, Length, Metric, Rolling
from yishu.metrics.formula import Formula
from yishu.metrics.frame import (
    MEASURED,
    MOMENT,
    Bounds,
    Computed,
    Edge,
    Everywhere,
    Followers,
    Frame,
    Grouped,
    Joined,
    Kept,
    Listed,
    Moments,
    Moved,
    Period,
    Reached,
    Read,
    Shown,
    Timed,
    Together,
)  # fmt: skip
from yishu.metrics.graph import (
    DATE_PARTS,
    GRAINS,
    METRIC_TIME,
    Attribute,
    Fact,
    Gauge,
    Graph,
    Item,
    Keyed,
    Route,
    coarser,
)
from yishu.metrics.period import floor, following

PER = " by "
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class GraphQuery:
    """A question over declared facts 问题: metrics, items, filters as formulas over item names, bounds, order, limit."""

    metrics: tuple[str, ...]
    by: tuple[Item, ...] = ()
    where: tuple[Formula, ...] = ()
    time: tuple[datetime, datetime] | None = None
    order: tuple[tuple[Item | str, bool], ...] = ()
    limit: int | None = None
    distinct: bool = True
    extremes: bool = False


def refused(code: str, message: str, hint: str = "") -> InputError:
    """What this planner does not do 不支持, by name."""
    return InputError(f"frames.{code}", message, hint=hint, where="query")


def item(name: str, graph: Graph) -> Item:
    """An item by the name of its column, e.g. `listing__user__ds__month`, `metric_time__extract_dow`."""
    words = name.split("__")
    grain = part = None
    if len(words) > 1 and words[-1].startswith("extract_") and words[-1][8:] in DATE_PARTS:
        part = words.pop()[8:]
    elif len(words) > 1 and (words[-1] in GRAINS or graph.custom(words[-1]) is not None):
        grain = words.pop()
    return Item(tuple(words[:-1]), words[-1], grain, part)


def planned(query: GraphQuery, metrics: Mapping[str, Metric], graph: Graph) -> Shown:
    """The frames of a question."""
    return _Planner(query, metrics, graph).shown()


class _Planner:
    """Plans one question 计划一问."""

    def __init__(self, query: GraphQuery, metrics: Mapping[str, Metric], graph: Graph) -> None:
        self.query, self.metrics, self.graph = query, metrics, graph

    def metric(self, name: str) -> Metric:
        """A metric by name."""
        if name not in self.metrics:
            raise InputError("metric.unknown", f"没有指标 {name}", where="metrics", status=404)
        return self.metrics[name]

    def shown(self) -> Shown:
        """The answer's frame."""
        query = self.query
        asked = [self.metric(m) for m in query.metrics]
        default = self._default_grain(asked)
        by = tuple(self._grained(i, asked, default) for i in query.by)
        where = tuple(self._named(f, asked, default) for f in query.where)
        bounds = self._bounds(by, asked)
        if not asked:
            return self._members(by, where, bounds)
        if query.extremes:
            raise refused("extremes", "有指标时不支持只取最小最大")
        keys = tuple(dict.fromkeys(i.id for i in by))
        by = tuple({i.id: i for i in by}.values())
        frame = self._combined([(m, m.id, self.framed(m, by, where, bounds)) for m in asked], keys)
        order = tuple((self._ordered(o, asked, default), down) for o, down in query.order)
        return Shown(frame, (*keys, *(m.id for m in asked)), order, query.limit)

    def _ordered(self, by: Item | str, asked: list[Metric], default: str) -> str:
        return by if isinstance(by, str) else self._grained(by, asked, default).id

    def _combined(self, frames: list[tuple[Metric, str, Frame]], keys: tuple[str, ...]) -> Frame:
        several = len(frames) > 1
        for metric, _, _ in frames:
            if several and keys and metric.kind is not Kind.SIMPLE and self._fills(metric):
                raise refused("fill_combined", f"{metric.id} 的空值填充与其他指标并列时含义不定")
        return Together(
            tuple((f, alias, m.gauged.nothing_as if several and m.gauged else None) for m, alias, f in frames), keys
        )

    def _fills(self, metric: Metric) -> bool:
        if metric.gauged is not None and metric.gauged.nothing_as is not None:
            return True
        return any(self._fills(self.metric(i.metric)) for i in metric.inputs)

    def _leaves(self, metric: Metric) -> list[tuple[Fact, Gauge]]:
        if metric.followed is not None:
            return [self.graph.fact_of(metric.followed.base.gauge)]
        if metric.gauged is not None:
            return [self.graph.fact_of(metric.gauged.gauge)]
        return [leaf for i in metric.inputs for leaf in self._leaves(self.metric(i.metric))]

    def _agg_grain(self, fact: Fact, gauge: Gauge) -> str:
        attribute = fact.attribute(gauge.time)
        if attribute is None or attribute.grain is None:
            raise refused("no_time", f"度量 {gauge.name} 没有统计时间")
        return attribute.grain

    def _default_grain(self, asked: list[Metric]) -> str:
        grain = "day" if not asked else GRAINS[0]
        for metric in asked:
            own = metric.grain
            if own is None:
                own = "day"
                for fact, gauge in self._leaves(metric):
                    own = coarser(own, self._agg_grain(fact, gauge)) if fact.attribute(gauge.time) else own
            grain = coarser(grain, own)
        return grain

    def _grained(self, asked_item: Item, asked: list[Metric], default: str) -> Item:
        """The item with the grain it stands for when none is named."""
        if asked_item.grain or asked_item.part:
            return asked_item
        if asked_item.name == METRIC_TIME and not asked_item.links:
            return replace(asked_item, grain=default)
        for home in [fact for m in asked for fact, _ in self._leaves(m)] or list(self.graph.facts):
            for route in self.graph.routes(home, asked_item):
                if route.attribute is not None and route.attribute.grain is not None:
                    return replace(asked_item, grain=route.attribute.grain)
                if route.attribute is not None:
                    return asked_item
        return asked_item

    def _named(self, formula: Formula, asked: list[Metric], default: str) -> Formula:
        """A filter with every name in full."""
        tree = formula.tree()
        from sqlglot import exp

        for column in [tree] if isinstance(tree, exp.Column) else list(tree.find_all(exp.Column)):
            if PER in column.name:
                continue
            full = self._grained(item(column.name, self.graph), asked, default).id
            column.set("this", exp.Identifier(this=full, quoted=True))
        return Formula(tree.sql("duckdb"))

    def _bounds(self, by: tuple[Item, ...], asked: list[Metric]) -> Bounds | None:
        if self.query.time is None:
            return None
        start, end = self.query.time
        times = [i for i in by if i.name == METRIC_TIME and not i.links]
        if any(i.part for i in times) or any(i.grain not in GRAINS for i in times):
            raise refused("bounds_grain", "时间范围不与日期部分或自定粒度同用")
        grains = [i.grain for i in times if i.grain]
        leaf = "day"
        for metric in asked:
            for fact, gauge in self._leaves(metric):
                own = self._agg_grain(fact, gauge)
                leaf = own if leaf == "day" and len(asked) == 1 else coarser(leaf, own)
        grain = min(grains, key=GRAINS.index) if grains else leaf
        found = Bounds(_text(_floor(start, grain)), _text(_next(_floor(end, grain), grain)))
        for other in by:
            if other not in times and other.grain in GRAINS and not grains:
                wide = Bounds(_text(_floor(start, other.grain)), _text(_next(_floor(end, other.grain), other.grain)))
                if wide != found and any(self._is_moment(other, f, g) for m in asked for f, g in self._leaves(m)):
                    raise refused("bounds_alias", "时间范围与统计时间的别名粒度不齐")
        return found

    # one metric

    def framed(
        self, metric: Metric, by: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None, shifts: tuple[Input, ...] = ()
    ) -> Frame:
        """A metric's cells: the items' columns and one named as the metric."""
        where = (*metric.conditions, *where)
        keys = tuple(i.id for i in by)
        if metric.followed is not None:
            if shifts:
                raise refused("conversion_offset", "转化类指标不支持平移")
            return self._followed(metric, metric.followed, by, where, bounds)
        if metric.gauged is not None:
            frame = self._gauged(metric.gauged, metric.rolling, by, where, bounds, shifts)
            gauge = metric.gauged.gauge
            filled = (gauge, metric.gauged.nothing_as) if metric.gauged.nothing_as is not None else None
            return Computed(frame, keys, metric.id, None if filled else Formula(_quoted(gauge)), filled=filled)
        frames = [(self.metric(i.metric), i.alias, self._input(i, by, where, bounds, shifts)) for i in metric.inputs]
        together = self._combined(frames, keys)
        if metric.kind is Kind.RATIO:
            return Computed(together, keys, metric.id, divided=(metric.inputs[0].alias, metric.inputs[1].alias))
        assert metric.expression is not None
        unknown = [n for n in metric.expression.names if n not in {i.alias for i in metric.inputs}]
        if unknown:
            raise refused("expression_name", f"{metric.id} 的算式用了没有的名称 {unknown[0]}")
        return Computed(together, keys, metric.id, metric.expression)

    def _input(
        self, given: Input, by: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None, shifts: tuple[Input, ...]
    ) -> Frame:
        metric = self.metric(given.metric)
        narrowed = (*given.where, *where)
        moved = given.back is not None or given.to_start is not None
        if not moved:
            return self.framed(metric, by, narrowed, bounds, shifts)
        if shifts:
            raise refused("offset_twice", "平移之上再平移只支持外层套在已算出的指标上")
        if metric.gauged is not None:
            return self.framed(metric, by, narrowed, bounds, (given,))
        return self._moved_whole(given, metric, by, narrowed, bounds)

    def _moved_whole(
        self, given: Input, metric: Metric, by: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None
    ) -> Frame:
        """A computed metric moved in time: only where its cells lie at the moment's own grain."""
        leaves = self._leaves(metric)
        grain = self._agg_grain(*leaves[0])
        times = [i for i in by if any(self._is_moment(i, f, g) for f, g in leaves)]
        if len(times) != 1 or times[0].grain != grain or any(self._agg_grain(f, g) != grain for f, g in leaves):
            raise refused("offset_whole_grain", f"{metric.id} 的平移只支持按统计时间自身的粒度看")
        if self._conditioned(metric) or (given.back is not None and given.back.grain not in GRAINS):
            raise refused("offset_whole_filter", f"{metric.id} 带条件，不支持整体平移")
        if any(n not in {i.id for i in by} for f in where for n in f.names):
            raise refused("offset_whole_filter", f"{metric.id} 平移后的筛选只能用已分组的项")
        inner = self.framed(metric, by, (), None)
        moments = Moments(self.graph.spine(grain), grain)
        frame: Frame = Moved(inner, moments, given.back, given.to_start, on=times[0].id)
        if where or bounds:
            frame = Kept(frame, where, (times[0].id, bounds) if bounds else None)
        return frame

    def _conditioned(self, metric: Metric) -> bool:
        if metric.conditions or (metric.gauged and (metric.gauged.where or metric.gauged.every_moment)):
            return True
        return any(i.where or self._conditioned(self.metric(i.metric)) for i in metric.inputs)

    # leaves

    def _is_moment(self, asked: Item, fact: Fact, gauge: Gauge) -> bool:
        """Whether an item is the fact's own time 统计时间, by either of its names."""
        if asked.name == METRIC_TIME and not asked.links:
            return True
        return asked.name == gauge.time and len(asked.links) == 1 and self._is_home(fact, asked.links[0])

    def _is_home(self, fact: Fact, entity: str) -> bool:
        key = fact.key(entity)
        return entity == fact.primary or (key is not None and key.kind is Keyed.PRIMARY)

    def _route(self, fact: Fact, asked: Item) -> Route:
        found = self.graph.routes(fact, asked)
        if not found:
            raise refused("unreachable", f"从 {fact.name} 走不到 {asked.id}，或会重复计数")
        if len(found) > 1:
            raise refused("ambiguous", f"从 {fact.name} 到 {asked.id} 有多条路：{'、'.join(r.fact.name for r in found)}")
        route = found[0]
        self._check_time(asked, route.attribute)
        return route

    def _check_time(self, asked: Item, attribute: Attribute | None) -> None:
        own = attribute.grain if attribute is not None else None
        if own is None and (asked.grain or asked.part):
            raise refused("not_time", f"{asked.id} 不是时间")
        if asked.grain in GRAINS and own is not None and GRAINS.index(asked.grain) < GRAINS.index(own):
            raise refused("too_fine", f"{asked.id} 比数据的粒度 {own} 更细")
        if (asked.part or (asked.grain and asked.grain not in GRAINS)) and own is not None and GRAINS.index(own) > GRAINS.index("day"):
            raise refused("too_fine", f"{asked.id} 要求到日，数据只到 {own}")

    def _rows(
        self, fact: Fact, gauge: Gauge, wanted: tuple[Item, ...], where: tuple[Formula, ...], *, moment: bool,
        extra: tuple[tuple[str, Formula], ...] = (),
    ) -> tuple[Read, tuple[Item, ...]]:
        """Rows with the items that are not times of the fact itself; and the items that are."""
        names = [n for f in where for n in f.names]
        items = {i.id: i for i in (*wanted, *(item(n, self.graph) for n in names if PER not in n))}
        times = tuple(i for i in items.values() if self._is_moment(i, fact, gauge))
        grain = self._agg_grain(fact, gauge) if times or moment else None
        for each in times:
            self._check_time(each, fact.attribute(gauge.time))
        static = tuple((i, self._route(fact, i)) for i in items.values() if i not in times)
        scd = any(h.other.valid for _, r in static for h in r.hops)
        joined = tuple(self._joined(fact, n) for n in dict.fromkeys(names) if PER in n)
        attribute = fact.attribute(gauge.time)
        if scd:
            grain = self._agg_grain(fact, gauge)
        at = (attribute.of, grain) if grain is not None and attribute is not None else None
        return Read(fact, static, at, gauge.of, extra, joined), times

    def _joined(self, fact: Fact, name: str) -> Joined:
        """A metric per entity 按实体的指标, for filters such as “bookings by listing”."""
        metric, _, path = name.partition(PER)
        asked = item(path, self.graph)
        key = fact.key(asked.name)
        if key is None:
            raise refused("metric_filter", f"按 {path} 的指标筛选要求 {fact.name} 自己有实体 {asked.name}")
        inner = self.framed(self.metric(metric), (asked,), (), None)
        return Joined(inner, asked.id, asked.name, name)

    def _gauged(
        self, used: Gauged, rolling: Rolling | None, by: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None, shifts: tuple[Input, ...]
    ) -> Frame:
        fact, gauge = self.graph.fact_of(used.gauge)
        where = (*used.where, *where)
        own_times = tuple(i for i in by if self._is_moment(i, fact, gauge))
        if shifts and not own_times:
            raise refused("offset_no_time", f"{gauge.name} 的平移要求按统计时间看")
        if gauge.approximate:
            raise refused("approximate", "近似分位数各引擎不同，不计算")
        semi = gauge.semi
        if semi is not None and (rolling is not None or shifts):
            raise refused("semi_rolling", "半可加度量不支持累计与平移")
        groupings = tuple(Item((), g) for g in semi.groupings) if semi else ()
        wanted = (*by, *groupings)
        if semi is not None and semi.time != gauge.time:
            raise refused("semi_time", "半可加的时间与统计时间不同")
        read, times = self._rows(fact, gauge, wanted, where, moment=bool(bounds or rolling or shifts or semi))
        scd = any(h.other.valid for _, r in read.items for h in r.hops)
        if scd and (rolling is not None or shifts):
            raise refused("scd_moved", "缓慢变化维不与累计、平移同用")
        frame: Frame = read
        period: str | None = None
        if rolling is not None:
            frame, period = self._rolled(frame, rolling, fact, gauge, own_times, bounds, where, shifts)
        for shift in shifts:
            frame = self._shift(frame, shift, fact, gauge, own_times)
        if period is not None:
            times = (*times, Item((), METRIC_TIME, period)) if Item((), METRIC_TIME, period) not in times else times
        if times:
            frame = Timed(frame, times)
        if where or bounds:
            frame = Kept(frame, where, (MOMENT, bounds) if bounds else None)
        if semi is not None:
            frame = Edge(frame, MOMENT, semi.last, (*(g.id for g in groupings), *self._semi_time(own_times)))
        keys = tuple(i.id for i in by)
        if period is not None:
            base = Item((), METRIC_TIME, period).id
            inner = Grouped(frame, (*keys, base), gauge.aggregate, gauge.name, gauge.percentile, gauge.discrete)
            assert rolling is not None
            frame = Period(inner, (*keys,), rolling.period, gauge.name) if base not in keys else inner
        else:
            frame = Grouped(frame, keys, gauge.aggregate, gauge.name, gauge.percentile, gauge.discrete)
        if used.every_moment and own_times:
            frame = self._everywhere(frame, fact, gauge, by, own_times, where, bounds)
        return frame

    def _semi_time(self, times: tuple[Item, ...]) -> tuple[str, ...]:
        if not times:
            return ()
        grained = [i for i in times if i.grain in GRAINS]
        if len(grained) != len(times):
            raise refused("semi_part", "半可加度量不按日期部分或自定粒度看")
        return (min(grained, key=lambda i: GRAINS.index(str(i.grain))).id,)

    def _rolled(
        self, frame: Frame, rolling: Rolling, fact: Fact, gauge: Gauge, times: tuple[Item, ...], bounds: Bounds | None,
        where: tuple[Formula, ...], shifts: tuple[Input, ...],
    ) -> tuple[Frame, str | None]:
        """Rows at every moment whose window they lie in; and the grain at which a coarser period is then read."""
        filtered = any(self._is_moment(item(n, self.graph), fact, gauge) for f in where for n in f.names if PER not in n)
        if not times:
            if rolling.window is not None or rolling.since is not None or bounds or filtered:
                raise refused("rolling_no_time", f"{gauge.name} 的累计要求按统计时间看")
            return frame, None
        grain = self._agg_grain(fact, gauge)
        plain = any(i.grain == grain for i in times)
        if not plain and (shifts or any(i.part for i in times) or filtered):
            raise refused("rolling_coarse", "累计按更粗粒度看时不支持平移、日期部分与时间筛选")
        if rolling.window is not None and rolling.window.grain not in GRAINS:
            raise refused("rolling_custom", "累计窗口不支持自定粒度")
        moments = Moments(self.graph.spine(grain), grain, bounds=None if shifts else bounds)
        reached = Reached(frame, moments, rolling.window, rolling.since)
        return reached, None if plain else grain

    def _shift(self, frame: Frame, shift: Input, fact: Fact, gauge: Gauge, times: tuple[Item, ...]) -> Frame:
        grain = self._agg_grain(fact, gauge)
        moments = Moments(self.graph.spine(grain), grain)
        if shift.back is not None and shift.back.grain not in GRAINS:
            custom = self.graph.custom(shift.back.grain)
            if custom is None or custom.grain != grain:
                raise refused("offset_custom", f"没有粒度 {shift.back.grain}")
            if all(i.grain == shift.back.grain for i in times):
                raise refused("offset_custom_only", "只按自定粒度看时，按自定粒度平移含义不定")
            return Moved(frame, moments, shift.back, custom=custom)
        first: tuple[Item, ...] = ()
        if shift.to_start is not None:
            if shift.to_start not in GRAINS:
                raise refused("to_start_custom", "平移到自定粒度期初不支持")
            if not any(i.grain == grain for i in times):
                first = times
                if len(times) != 1 or times[0].part or times[0].grain not in GRAINS:
                    raise refused("to_start_parts", "平移到期初时只支持一个标准时间粒度")
        return Moved(frame, moments, shift.back, shift.to_start, first)

    def _everywhere(
        self, frame: Frame, fact: Fact, gauge: Gauge, by: tuple[Item, ...], times: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None
    ) -> Frame:
        if all(i.part for i in times):
            raise refused("spine_parts", "补齐时刻不支持只按日期部分看")
        grained = [str(i.grain) for i in times if i.grain in GRAINS]
        grain = min(grained, key=GRAINS.index) if grained else "day"
        if any(i.part or i.grain not in GRAINS for i in times):
            grain = "day" if not grained or GRAINS.index(grain) > GRAINS.index("day") else grain
        on_time, after = [], []
        keys = {i.id for i in by}
        for formula in where:
            names = formula.names
            if all(PER not in n and self._is_moment(item(n, self.graph), fact, gauge) for n in names):
                on_time.append(formula)
            elif all(n in keys for n in names):
                after.append(formula)
        finer = [item(n, self.graph) for f in on_time for n in f.names]
        for each in finer:
            if each.grain in GRAINS and GRAINS.index(str(each.grain)) < GRAINS.index(grain):
                grain = str(each.grain)
        moments = Moments(self.graph.spine(grain), grain, times, bounds, tuple(on_time))
        frame = Everywhere(frame, moments, tuple(i.id for i in by), tuple(i.id for i in times), gauge.name)
        return Kept(frame, tuple(after)) if after else frame

    # conversion

    def _followed(
        self, metric: Metric, used: Followed, by: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None
    ) -> Frame:
        if bounds is not None:
            raise refused("conversion_bounds", "转化类指标不支持时间范围")
        if used.other.where:
            raise refused("conversion_filter", "转化后的事件不支持自带条件")
        fact, gauge = self.graph.fact_of(used.base.gauge)
        other, counted = self.graph.fact_of(used.other.gauge)
        if where and (used.base.every_moment or used.other.every_moment):
            raise refused("conversion_spine_filter", "补齐时刻的转化类指标不支持筛选")
        if gauge.semi or counted.semi or gauge.approximate or counted.approximate:
            raise refused("conversion_measure", "转化类指标的度量要可加")
        if used.within is not None and used.within.grain not in GRAINS:
            raise refused("conversion_window", "转化窗口不支持自定粒度")
        where = (*used.base.where, *where)
        names = [(f"same_{i}", b, o) for i, (b, o) in enumerate(used.same)]
        read, times = self._rows(
            fact, gauge, by, where, moment=True,
            extra=(("entity", self._local(fact, used.entity)), *((n, self._local(fact, b)) for n, b, _ in names)),
        )  # fmt: skip
        frame: Frame = Timed(read, times) if times else read
        frame = Kept(frame, where) if where else frame
        after, _ = self._rows(
            other, counted, (), (), moment=True,
            extra=(("entity", self._local(other, used.entity)), *((n, self._local(other, o)) for n, _, o in names)),
        )  # fmt: skip
        keys = tuple(i.id for i in by)
        followers = Followers(frame, after, "entity", used.within, tuple((n, n) for n, _, _ in names), keys)
        base = Grouped(frame, keys, gauge.aggregate, "base", gauge.percentile, gauge.discrete)
        done = Grouped(followers, keys, counted.aggregate, "followed", counted.percentile, counted.discrete)
        own = tuple(i for i in by if self._is_moment(i, fact, gauge))
        sides: list[tuple[Frame, str, int | None]] = []
        for side, name, side_used in ((base, "base", used.base), (done, "followed", used.other)):
            whole: Frame = side
            if side_used.every_moment and own:
                whole = self._everywhere(side, fact, replace(gauge, name=name), by, own, where, None)
            if side_used.nothing_as is not None:
                whole = Computed(whole, keys, name, filled=(name, side_used.nothing_as))
            sides.append((whole, name, side_used.nothing_as))
        together = Together(tuple(sides), keys)
        if used.rate:
            return Computed(together, keys, metric.id, divided=("followed", "base"))
        return Computed(together, keys, metric.id, Formula("followed"))

    def _local(self, fact: Fact, name: str) -> Formula:
        key, attribute = fact.key(name), fact.attribute(name)
        if key is not None:
            return key.of
        if attribute is not None and attribute.grain is None:
            return attribute.of
        raise refused("conversion_entity", f"{fact.name} 没有实体或属性 {name}")

    # members

    def _members(self, by: tuple[Item, ...], where: tuple[Formula, ...], bounds: Bounds | None) -> Shown:
        """Values of items without any metric 维度取值."""
        needed = {i.id: i for i in (*by, *(item(n, self.graph) for f in where for n in f.names))}
        if any(PER in n for f in where for n in f.names):
            raise refused("members_metric", "没有指标时不支持按指标筛选")
        times = tuple(i for i in needed.values() if i.name == METRIC_TIME and not i.links)
        rest = tuple(i for i in needed.values() if i not in times)
        grain = min(("day", *(str(i.grain) for i in times if i.grain in GRAINS)), key=GRAINS.index)
        moments = Moments(self.graph.spine(grain), grain) if times or bounds else None
        if bounds and not times:
            raise refused("members_bounds", "没有统计时间时不支持时间范围")
        if rest:
            fact, routes = self._home(rest)
            if any(h.other.valid for _, r in routes for h in r.hops):
                raise refused("members_scd", "维度取值不支持缓慢变化维")
            frame: Frame = Listed(fact, routes, moments)
        else:
            assert moments is not None
            frame = moments
        if times:
            frame = Timed(frame, times)
        if where or bounds:
            frame = Kept(frame, where, (MOMENT, bounds) if bounds else None)
        columns = tuple(dict.fromkeys(i.id for i in by))
        order = tuple((self._ordered(o, [], "day"), down) for o, down in self.query.order)
        if self.query.extremes and len(columns) != 1:
            raise refused("extremes", "只取最小最大时只能有一个分组项")
        return Shown(frame, columns, order, self.query.limit, self.query.distinct, self.query.extremes)

    def _home(self, rest: tuple[Item, ...]) -> tuple[Fact, tuple[tuple[Item, Route], ...]]:
        """The fact with the fewest hops to every item; two equally near are refused."""
        ways: list[tuple[int, Fact, tuple[tuple[Item, Route], ...]]] = []
        for fact in self.graph.facts:
            found = [(i, self.graph.routes(fact, i)) for i in rest]
            if any(len(r) != 1 for _, r in found):
                continue
            hops = {h for _, r in found for h in r[0].hops}
            ways.append((len(hops), fact, tuple((i, r[0]) for i, r in found)))
        if not ways:
            raise refused("members_apart", "这些维度没有一个共同可达的事实")
        least = min(w[0] for w in ways)
        best = [w for w in ways if w[0] == least]
        if len(best) > 1:
            raise refused("members_ambiguous", f"维度取值来自哪个事实不明：{'、'.join(w[1].name for w in best)}")
        if least > 1:
            raise refused("members_far", "维度取值只支持一跳以内")
        for asked, route in best[0][2]:
            self._check_time(asked, route.attribute)
        return best[0][1], best[0][2]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


_STEPS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_DATED = tuple(g for g in Grain if not g.cyclic)


def _floor(moment: datetime, grain: str) -> datetime:
    if grain in _STEPS:
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return day + (moment - day) // _STEPS[grain] * _STEPS[grain]
    if grain in _DATED:
        return datetime.combine(floor(moment, Grain(grain)), datetime.min.time())
    raise refused("bounds_grain", f"时间范围不支持粒度 {grain}")


def _next(start: datetime, grain: str) -> datetime:
    if grain in _STEPS:
        return start + _STEPS[grain]
    return datetime.combine(following(start.date(), Grain(grain)), datetime.min.time())


__all__ = ["MEASURED", "GraphQuery", "Length", "item", "planned", "refused"]
