"""MetricFlow 语义清单导入: semantic models and metrics of a manifest folder become facts, keys and definitions of ours.

What a manifest says that our definitions cannot say is kept with its reason in `refusals`; nothing is guessed.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as File

import yaml

from yishu.hospital.errors import near
from yishu.hospital.model import Model, Table
from yishu.kernel.errors import InputError
from yishu.metrics.centre import Centre
from yishu.metrics.definition import (
    Aggregate,
    Better,
    Followed,
    Gauged,
    Input,
    Kind,
    Length,
    Metric,
    Part,
    Path,
    Rolling,
    TimeAxis,
)  # fmt: skip
from yishu.metrics.formula import Formula, formula
from yishu.metrics.graph import (
    GRAINS,
    METRIC_TIME,
    Attribute,
    Fact,
    Gauge,
    Graph,
    Item,
    Key,
    Keyed,
    SemiAdditive,
    SpineTable,
)
from yishu.metrics.graph_plan import PER, item

Body = Mapping[str, object]
_AGGREGATES = ("sum", "min", "max", "count", "count_distinct", "average", "sum_boolean", "median", "percentile")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question kept in a manifest 存好的问题."""

    metrics: tuple[str, ...]
    by: tuple[Item, ...]
    where: tuple[Formula, ...]
    order: tuple[tuple[Item | str, bool], ...]
    limit: int | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest read 读入的清单: its centre, its saved questions, and what was refused with reasons."""

    centre: Centre
    graph: Graph
    saved: Mapping[str, SavedQuery]
    refusals: Mapping[str, str]


def manifest(folder: File) -> Manifest:
    """Read every YAML file of a manifest folder."""
    if not folder.is_dir():
        raise InputError("manifest.folder", f"没有文件夹 {folder}", hint="给出一份语义清单的文件夹", where=str(folder))
    models: list[Body] = []
    metrics: list[Body] = []
    kept: list[Body] = []
    spines: list[SpineTable] = []
    for file in sorted(folder.rglob("*.y*ml")):
        for page in _pages(file):
            if "semantic_model" in page:
                models.append(_map(page["semantic_model"]))
            elif "metric" in page:
                metrics.append(_map(page["metric"]))
            elif "saved_query" in page:
                kept.append(_map(page["saved_query"]))
            elif "project_configuration" in page:
                spines += [_spine(_map(s)) for s in _list(_map(page["project_configuration"]).get("time_spines"))]
    refusals: dict[str, str] = {}
    facts = tuple(_fact(m, refusals) for m in models)
    graph = Graph(facts, tuple({s.table: s for s in spines}.values()))
    for model in models:
        for measure in _list(model.get("measures")):
            told = _map(measure)
            if told.get("create_metric"):
                metrics.append({"name": told["name"], "type": "simple", "type_params": {"measure": told["name"]}})
    found: dict[str, Metric] = {}
    for body in metrics:
        name = str(body.get("name"))
        try:
            found[name] = _metric(body, graph)
        except InputError as error:
            refusals[name] = error.message
    _without_circles(found, refusals)
    names = {f.table for f in facts} | {s.table for s in spines}
    tables = Model({n: Table(n, n, "", (), (), 1, "", public=True) for n in sorted(names)})
    centre = Centre(found, {}, tables, {}, graph=graph)
    return Manifest(centre, graph, {str(k.get("name")): _saved(k, graph) for k in kept}, refusals)


def _without_circles(found: dict[str, Metric], refusals: dict[str, str]) -> None:
    """Refuse metrics that are made of themselves 循环定义, or of metrics that are not there, and all that are made of those."""
    while True:
        wrong = {name: reason for name in found if (reason := _circle(name, found))}
        if not wrong:
            return
        refusals |= wrong
        for name in wrong:
            del found[name]


def _circle(name: str, found: Mapping[str, Metric]) -> str:
    """The circle a metric lies on or the input it lacks; empty where neither."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, (name,))]
    seen: set[str] = set()
    while waiting:
        at, way = waiting.pop()
        for other in _made_of(found[at]):
            if other == name:
                return f"指标循环：{' → '.join((*way, other))}"
            if other not in found:
                if at == name:
                    close = near(other, tuple(found))
                    return f"指标 {name} 用到不存在的指标 {other}" + (f"；是不是 {'、'.join(close)}？" if close else "")
                continue  # refused by itself, then this one in the next round
            if other not in seen:
                seen.add(other)
                waiting.append((other, (*way, other)))
    return ""


def _made_of(metric: Metric) -> tuple[str, ...]:
    """The metrics in a definition: inputs, and those its conditions ask by an entity."""
    wheres = [*metric.conditions, *(w for i in metric.inputs for w in i.where)]
    return (*(i.metric for i in metric.inputs), *(n.split(PER)[0] for w in wheres for n in w.names if PER in n))


def _pages(file: File) -> Iterable[Body]:
    try:
        pages = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise InputError("manifest.yaml", f"{file.name} 不是 YAML：{error}", where=str(file)) from None
    return [_map(p) for p in pages if p]


# facts


def _spine(body: Body) -> SpineTable:
    column = _map(body.get("primary_column"))
    customs = tuple(
        (str(c["name"]), str(c.get("column_name") or c["name"])) for c in map(_map, _list(body.get("custom_granularities")))
    )
    table = str(_map(body.get("node_relation")).get("alias"))
    return SpineTable(table, str(column.get("name")), str(column.get("time_granularity")), customs)


def _fact(body: Body, refusals: dict[str, str]) -> Fact:
    name = str(body.get("name"))
    keys, attributes, gauges = [], [], []
    valid: dict[str, str] = {}
    for told in map(_map, _list(body.get("entities"))):
        entity = str(told["name"])
        keys.append(Key(entity, Keyed(str(told["type"]).lower()), _expression(told, entity)))
    for told in map(_map, _list(body.get("dimensions"))):
        params = _map(told.get("type_params"))
        timed = str(told.get("type")).lower() == "time"
        grain = str(params.get("time_granularity") or "day").lower() if timed else None
        attributes.append(Attribute(str(told["name"]), _expression(told, str(told["name"])), grain, bool(told.get("is_partition"))))
        validity = _map(params.get("validity_params"))
        for side in ("is_start", "is_end"):
            if validity.get(side):
                valid[side] = str(told["name"])
    default = _map(body.get("defaults")).get("agg_time_dimension")
    for told in map(_map, _list(body.get("measures"))):
        try:
            gauges.append(_gauge(told, str(told.get("agg_time_dimension") or default)))
        except InputError as error:
            refusals[str(told.get("name"))] = error.message
    primary = body.get("primary_entity") or next((k.entity for k in keys if k.kind is Keyed.PRIMARY), None)
    return Fact(
        name,
        str(_map(body.get("node_relation")).get("alias")),
        None if primary is None else str(primary),
        tuple(keys),
        tuple(attributes),
        tuple(gauges),
        (valid["is_start"], valid["is_end"]) if len(valid) == 2 else None,
    )


def _gauge(told: Body, time: str) -> Gauge:
    name, aggregate, params = str(told["name"]), str(told.get("agg")).lower(), _map(told.get("agg_params"))
    if aggregate not in _AGGREGATES:
        raise InputError("manifest.aggregate", f"度量 {name} 的汇总方式 {aggregate} 不支持", where=name)
    semi = _map(told.get("non_additive_dimension"))
    percentile = params.get("percentile")
    return Gauge(
        name,
        aggregate,
        _expression(told, name),
        time,
        float(str(percentile)) if percentile is not None else None,
        bool(params.get("use_discrete_percentile")),
        bool(params.get("use_approximate_percentile")),
        SemiAdditive(
            str(semi["name"]), str(semi.get("window_choice", "min")).lower() == "max", tuple(str(g) for g in _list(semi.get("window_groupings")))
        )
        if semi
        else None,
    )


def _expression(told: Body, name: str) -> Formula:
    given = told.get("expr")
    return Formula('"' + name + '"') if given is None else formula(given, name)


# metrics


def _metric(body: Body, graph: Graph) -> Metric:
    name, kind, params = str(body["name"]), str(body.get("type")).lower(), _map(body.get("type_params"))
    told = _blank(name, str(body.get("description") or name), str(body.get("label") or name))
    conditions = filters(body.get("filter"))
    grain = body.get("time_granularity")
    told = replace(told, conditions=conditions, grain=None if grain is None else str(grain).lower())
    if kind == "simple":
        made = replace(told, kind=Kind.SIMPLE, gauged=_gauged(params.get("measure"), graph))
    elif kind == "cumulative":
        inner = _map(params.get("cumulative_type_params"))
        window, since = inner.get("window") or params.get("window"), inner.get("grain_to_date") or params.get("grain_to_date")
        measure = inner.get("measure") or params.get("measure")
        rolling = Rolling(
            _length(window) if window else None, str(since).lower() if since else None, str(inner.get("period_agg") or "first").lower()
        )
        if rolling.since is not None and rolling.since not in GRAINS:
            raise InputError("manifest.grain", f"{name} 的累计起点 {rolling.since} 不支持", where=name)
        made = replace(told, kind=Kind.CUMULATIVE, gauged=_gauged(measure, graph), rolling=rolling)
    elif kind == "ratio":
        top, bottom = _input(params.get("numerator")), _input(params.get("denominator"))
        made = replace(told, kind=Kind.RATIO, inputs=(replace(top, alias="numerator"), replace(bottom, alias="denominator")))
    elif kind == "derived":
        inputs = tuple(_input(i) for i in _list(params.get("metrics")))
        made = replace(told, kind=Kind.DERIVED, inputs=inputs, expression=formula(params.get("expr"), name))
    elif kind == "conversion":
        made = replace(told, kind=Kind.CONVERSION, followed=_followed(_map(params.get("conversion_type_params")), graph))
    else:
        raise InputError("manifest.kind", f"指标 {name} 的类型 {kind} 不支持", where=name)
    leaf = made.gauged or (made.followed.base if made.followed else None)
    if leaf is not None:
        fact, gauge = graph.fact_of(leaf.gauge)
        made = replace(made, numerator=_part(fact, gauge))
    digest = hashlib.sha256(repr(made).encode()).hexdigest()
    return replace(made, hash=digest[:12])


def _part(fact: Fact, gauge: Gauge) -> Part:
    attribute = fact.attribute(gauge.time)
    column = attribute.of.text.strip('"') if attribute is not None else gauge.time
    aggregate = {"count_distinct": Aggregate.DISTINCT, "count": Aggregate.COUNT, "median": Aggregate.MEDIAN}.get(gauge.aggregate, Aggregate.SUM)
    return Part(gauge.name, fact.table, (), aggregate, None, ((METRIC_TIME, Path(column)),))


def _blank(name: str, description: str, label: str) -> Metric:
    nothing = Part("", "", (), Aggregate.COUNT, None, ())
    return Metric(
        id=name, label=label, label_en=name, synonyms=(), unit="", better=Better.NONE, kind=Kind.SIMPLE, definition=description,
        formula="", numerator=nothing, denominator=None, axes=(TimeAxis(METRIC_TIME, "统计时间"),), department_role=None, dimensions=(),
        multiplier=1, per=1, times_days=False, public=True, target=None, owner="", steward="", level=1, standing="导入", standards=(),
        parameters=(), needs="nothing", window=None, completeness=None, version=1, hash="", file="",
    )  # fmt: skip


def _gauged(given: object, graph: Graph) -> Gauged:
    told = given if isinstance(given, dict) else {"name": given}
    name = str(told.get("name"))
    graph.fact_of(name)
    fill = told.get("fill_nulls_with")
    return Gauged(name, filters(told.get("filter")), bool(told.get("join_to_timespine")), int(str(fill)) if fill is not None else None)


def _input(given: object) -> Input:
    told = given if isinstance(given, dict) else {"name": given}
    name = str(told.get("name"))
    back, start = told.get("offset_window"), told.get("offset_to_grain")
    return Input(
        name, str(told.get("alias") or name), filters(told.get("filter")), _length(back) if back else None, str(start).lower() if start else None
    )


def _followed(told: Body, graph: Graph) -> Followed:
    calculation = str(told.get("calculation") or "conversion_rate").lower()
    if calculation not in ("conversion_rate", "conversions"):
        raise InputError("manifest.conversion", f"转化算法 {calculation} 不支持")
    same = tuple(
        (str(p["base_property"]), str(p["conversion_property"])) for p in map(_map, _list(told.get("constant_properties")))
    )
    within = told.get("window")
    return Followed(
        _gauged(told.get("base_measure"), graph),
        _gauged(told.get("conversion_measure"), graph),
        str(told.get("entity")),
        _length(within) if within else None,
        calculation == "conversion_rate",
        same,
    )


def _length(given: object) -> Length:
    if isinstance(given, dict):
        return Length(int(given["count"]), str(given["granularity"]).lower())
    count, _, grain = str(given).strip().lower().partition(" ")
    if not count.isdigit() or not grain:
        raise InputError("manifest.length", f"时长 {given} 读不懂", hint="写成 7 days、1 month")
    grain = grain.strip()
    return Length(int(count), grain[:-1] if grain.endswith("s") and grain[:-1] in GRAINS else grain)


# filters and references

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def filters(given: object) -> tuple[Formula, ...]:
    """Filters 筛选: SQL with references in double braces; each reference becomes the name of its column."""
    found = []
    for text in _list(given):
        told = text.get("where_sql_template") if isinstance(text, dict) else text
        found.append(formula(_TEMPLATE.sub(lambda m: '"' + reference(m.group(1)) + '"', str(told))))
    return tuple(found)


def reference(text: str) -> str:
    """The column name of a reference such as `TimeDimension('listing__ds', 'month')`."""
    return _column(_call(text))


def _call(text: str) -> ast.Call:
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise InputError("manifest.reference", f"引用读不懂：{text.strip()}") from None
    if not isinstance(tree, ast.Call):
        raise InputError("manifest.reference", f"引用读不懂：{text.strip()}")
    return tree


def _column(tree: ast.Call) -> str:
    method = tree.func.attr if isinstance(tree.func, ast.Attribute) else None
    if method in ("grain", "date_part") and isinstance(tree.func, ast.Attribute) and isinstance(tree.func.value, ast.Call):
        word = str(ast.literal_eval(tree.args[0])).lower()
        inner = _column(tree.func.value)
        return f"{inner}__extract_{word}" if method == "date_part" else f"{inner}__{word}"
    kind = tree.func.id if isinstance(tree.func, ast.Name) else ""
    given = [ast.literal_eval(a) for a in tree.args]
    named = {k.arg: ast.literal_eval(k.value) for k in tree.keywords if k.arg}
    name = str(given[0] if given else named.get("name") or named.get(f"{kind.lower()}_name"))
    path = [str(p) for p in _list(named.get("entity_path"))]
    full = "__".join([*path, name])
    if kind == "Metric":
        groups = [str(g) for g in _list(given[1] if len(given) > 1 else named.get("group_by"))]
        if len(groups) != 1:
            raise InputError("manifest.reference", "按指标筛选只支持一个分组实体")
        return f"{name}{PER}{groups[0]}"
    if kind == "TimeDimension":
        grain = given[1] if len(given) > 1 else named.get("time_granularity_name") or named.get("grain")
        part = named.get("date_part_name") or named.get("date_part")
        return f"{full}__extract_{str(part).lower()}" if part else f"{full}__{str(grain).lower()}" if grain else full
    if kind in ("Dimension", "Entity"):
        return full
    raise InputError("manifest.reference", f"不认识的引用 {kind}")


def _saved(body: Body, graph: Graph) -> SavedQuery:
    params = _map(body.get("query_params"))
    limit = params.get("limit")
    order: list[tuple[Item | str, bool]] = []
    for text in _list(params.get("order_by")):
        tree, down = _call(str(text)), False
        while isinstance(tree.func, ast.Attribute) and tree.func.attr == "descending" and isinstance(tree.func.value, ast.Call):
            down, tree = bool(ast.literal_eval(tree.args[0])), tree.func.value
        if isinstance(tree.func, ast.Name) and tree.func.id == "Metric":
            order.append((str(ast.literal_eval(tree.args[0])), down))
        else:
            order.append((item(_column(tree), graph), down))
    return SavedQuery(
        tuple(str(m) for m in _list(params.get("metrics"))),
        tuple(item(reference(str(g)), graph) for g in _list(params.get("group_by"))),
        filters(params.get("where")),
        tuple(order),
        int(str(limit)) if limit is not None else None,
    )


def _map(value: object) -> Body:
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
