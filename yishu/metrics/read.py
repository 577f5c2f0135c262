"""Reading definitions 读定义: YAML in, checked values out; each fault with file, line and nearest right word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path as File

from yishu.hospital.errors import near
from yishu.hospital.model import Model
from yishu.hospital.text import Text, read
from yishu.kernel.errors import InputError
from yishu.metrics.definition import (
    Aggregate,
    AnyOf,
    Band,
    Better,
    Clause,
    Completeness,
    Condition,
    Dimension,
    Example,
    Expression,
    Grain,
    Kind,
    Later,
    Length,
    Members,
    Metric,
    MinutesAgo,
    Parameter,
    Part,
    Path,
    Rolling,
    Scalar,
    Seconds,
    SnapshotRule,
    Standard,
    Target,
    TimeAxis,
    Total,
    Window,
)  # fmt: skip
from yishu.metrics.unit import unit_wrong
from yishu.metrics.versions import Earlier, Effective, named, periods_wrong

OPS = ("in", "not_in", "=", "!=", "<", "<=", ">", ">=", "between", "is_null", "not_null")
_METRIC_WORDS = (
    "id", "label", "label_en", "synonyms", "unit", "better", "kind", "definition", "formula", "department_role", "axes",
    "dimensions", "parameters", "numerator", "denominator", "multiplier", "per", "times_days", "public", "target", "owner",
    "steward", "level", "standing", "standards", "needs", "window", "completeness", "version",
    "accumulate", "snapshot", "effective", "earlier", "examples",
)  # fmt: skip
_PART_WORDS = (
    "say",
    "table",
    "where",
    "count",
    "sum",
    "distinct",
    "median",
    "percentile",
    "times",
    "moments",
    "dimensions",
    "ignores",
)
_DIMENSION_WORDS = (
    "label", "label_en", "column", "tables", "members", "by_label", "through", "attribute", "above", "bands", "grain",
    "department_role",
)  # fmt: skip
NEEDS = ("nothing", "day", "time", "calendar")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault 错处 in a definition."""

    file: File
    line: int
    reason: str
    near: tuple[str, ...] = ()

    def text(self) -> str:
        """One line for people."""
        return f"{self.file.name}:{self.line} {self.reason}" + (
            f"；是不是 {'、'.join(self.near)}？" if self.near else ""
        )


class DefinitionFaults(InputError):
    """Definitions with faults 指标定义有错, all of them listed."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        super().__init__(
            "metric.faults",
            "；".join(fault.text() for fault in faults[:20]),
            hint="改正后再运行；yishu metrics check 列出全部",
            where=f"{first.file}:{first.line}",
        )
        self.faults = faults


class Page:
    """One YAML file 一页 being read, with the faults found in it."""

    def __init__(self, file: File) -> None:
        self.text: Text = read(file)
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, path: tuple[object, ...], reason: str, asked: str = "", possible: Iterable[str] = ()) -> None:
        """Note a fault at a value."""
        self.faults.append(
            Fault(self.file, self.text.line(*path), reason, near(asked, tuple(possible)) if asked else ())
        )

    def only(self, body: Mapping[object, object], words: tuple[str, ...], path: tuple[object, ...]) -> None:
        """Every key must be a known word."""
        for word in body:
            if word not in words:
                self.fault((*path, word), f"不认识的键 {word}", str(word), words)


def dimensions(file: File, model: Model) -> Mapping[str, Dimension]:
    """The dimensions 维度 declared in one file."""
    page = Page(file)
    body = page.text.value if isinstance(page.text.value, dict) else {}
    found = {str(name): _dimension(page, str(name), _map(spec), model) for name, spec in body.items()}
    for name, dimension in found.items():
        for word in (dimension.through, dimension.above):
            if word and word not in found:
                page.fault((name,), f"维度 {name} 指向不存在的维度 {word}", word, found)
    raised(page.faults)
    return found


def _dimension(page: Page, name: str, spec: Mapping[object, object], model: Model) -> Dimension:
    page.only(spec, _DIMENSION_WORDS, (name,))
    members = _map(spec.get("members"))
    grain = spec.get("grain")
    if grain is not None and grain not in list(Grain):
        page.fault((name, "grain"), f"没有时间粒度 {grain}", str(grain), [g.value for g in Grain])
        grain = None
    listed = None
    if members:
        listed = Members(
            str(members.get("table")), str(members.get("key")), str(members.get("label")), _word(members.get("parent"))
        )
        for column in (listed.key, listed.label):
            if listed.table not in model.tables or not model.table(listed.table).has(column):
                page.fault((name, "members"), f"没有字段 {listed.table}.{column}", listed.table, model.tables)
    return Dimension(
        id=name,
        label=str(spec.get("label", name)),
        label_en=str(spec.get("label_en", name)),
        column=str(spec.get("column", name)),
        tables=tuple((str(t), Path.of(str(p))) for t, p in _map(spec.get("tables")).items()),
        members=listed,
        by_label=bool(spec.get("by_label", False)),
        through=_word(spec.get("through")),
        attribute=_word(spec.get("attribute")),
        above=_word(spec.get("above")),
        bands=tuple(
            Band(str(band["label"]), band.get("from"), band.get("to"))
            for band in _list(spec.get("bands"))
            if isinstance(band, dict)
        ),
        grain=Grain(str(grain)) if grain else None,
        department_role=bool(spec.get("department_role", False)),
    )


def metrics(
    files: Iterable[File],
    known: Mapping[str, Dimension],
    model: Model,
    settings: Mapping[str, Mapping[str, object]] | None = None,
) -> Mapping[str, Metric]:
    """The metrics 指标 of these files; `settings` are a hospital's parameters by metric."""
    found: dict[str, Metric] = {}
    faults: list[Fault] = []
    names: dict[str, str] = {}
    for file in files:
        page = Page(file)
        body = _map(page.text.value)
        metric = _metric(page, body, known, model, (settings or {}).get(str(body.get("id")), {}))
        if metric is not None:
            if metric.id in found:
                page.fault(("id",), f"指标 {metric.id} 定义了两次（另见 {File(found[metric.id].file).name}）")
            for name in (metric.id, metric.label, *metric.synonyms):
                other = names.setdefault(name.lower(), metric.id)
                if other != metric.id:
                    page.fault(("synonyms",), f"名称“{name}”已属于指标 {other}")
            for was in _earlier(page, body, metric, known, model):
                found[was.id] = was
            found[metric.id] = replace(metric, earlier=_history(page, body, metric))
        faults += page.faults
    for metric in found.values():
        if metric.completeness and metric.completeness.against not in found:
            faults.append(Fault(File(metric.file), 1, f"completeness 指向不存在的指标 {metric.completeness.against}"))
    raised(faults)
    return found


def _metric(
    page: Page,
    body: Mapping[object, object],
    known: Mapping[str, Dimension],
    model: Model,
    settings: Mapping[str, object],
) -> Metric | None:
    page.only(body, _METRIC_WORDS, ())
    for word in ("id", "label", "unit", "kind", "definition", "owner", "axes", "numerator"):
        if body.get(word) is None:
            page.fault((), f"缺少 {word}")
    kind, better = str(body.get("kind")), str(body.get("better", "none"))
    if kind not in list(Kind):
        page.fault(("kind",), f"没有类型 {kind}", kind, [k.value for k in Kind])
    if better not in list(Better):
        page.fault(("better",), f"better 不能是 {better}", better, [b.value for b in Better])
    needs = str(body.get("needs", "day"))
    if needs not in NEEDS:
        page.fault(("needs",), f"needs 不能是 {needs}", needs, NEEDS)
    parameters = _parameters(page, _map(body.get("parameters")), settings)
    axes = tuple(TimeAxis(str(i), str(label)) for i, label in _map(body.get("axes")).items())
    parts = {
        side: _part(page, side, _map(body.get(side)), {p.id: p.value for p in parameters}, axes, known, model)
        for side in ("numerator", "denominator")
        if body.get(side) is not None
    }
    allowed = tuple(str(d) for d in _list(body.get("dimensions")))
    for dimension in allowed:
        if dimension not in known:
            page.fault(("dimensions",), f"没有维度 {dimension}", dimension, known)
    if page.faults:
        return None
    numerator, denominator = parts["numerator"], parts.get("denominator")
    if numerator is None:
        return None
    if kind in (Kind.RATIO, Kind.COHORT) and denominator is None:
        page.fault((), f"{kind} 类指标要有 denominator")
        return None
    for side, part in parts.items():
        if part is not None:
            _reach(page, side, part, allowed, known, model)
    rolling = _rolling(page, _map(body.get("accumulate")), kind)
    rule = str(body.get("snapshot", "last"))
    if rule not in list(SnapshotRule):
        page.fault(("snapshot",), f"snapshot 不能是 {rule}", rule, [r.value for r in SnapshotRule])
    _checks(page, body, kind, list(parts.items()), model)
    examples = _examples(page, _list(body.get("examples")), model)
    effective = _effective(page, _map(body.get("effective")), ("effective",))
    if page.faults:
        return None
    target = _map(body.get("target"))
    window = _map(body.get("window"))
    completeness = _map(body.get("completeness"))
    plain = {str(k): v for k, v in body.items() if k not in ("owner", "steward", "target", "standing", "examples", "effective", "earlier")}
    plain["parameters"] = {p.id: [str(v) for v in p.value] for p in parameters}
    digest = hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
    return Metric(
        id=str(body["id"]),
        label=str(body["label"]),
        label_en=str(body.get("label_en", body["id"])),
        synonyms=tuple(str(s) for s in _list(body.get("synonyms"))),
        unit=str(body["unit"]),
        better=Better(better),
        kind=Kind(kind),
        definition=str(body["definition"]),
        formula=str(body.get("formula", "")),
        numerator=numerator,
        denominator=denominator,
        axes=axes,
        department_role=_word(body.get("department_role")),
        dimensions=allowed,
        multiplier=_int(page, body, "multiplier", 1),
        per=_int(page, body, "per", 1),
        times_days=bool(body.get("times_days", False)),
        public=bool(body.get("public", False)),
        target=Target(Decimal(str(target["value"])), str(target.get("source", ""))) if target else None,
        owner=str(body["owner"]),
        steward=str(body.get("steward", "")),
        level=_int(page, body, "level", 2),
        standing=str(body.get("standing", "待医院确认")),
        standards=tuple(
            Standard(str(s.get("code")), str(s.get("title")), str(s.get("edition")))
            for s in _list(body.get("standards"))
            if isinstance(s, dict)
        ),
        parameters=parameters,
        needs=needs,
        window=Window(Path.of(str(window["due"])), str(window.get("say", ""))) if window else None,
        completeness=Completeness(str(completeness["against"]), str(completeness.get("say", "")))
        if completeness
        else None,
        version=_int(page, body, "version", 1),
        hash=digest[:12],
        file=str(page.file),
        rolling=rolling,
        snapshot=SnapshotRule(rule),
        effective=effective,
        examples=examples,
    )


_EARLIER = ("version", "since", "until", "say", "parameters", "numerator", "denominator", "definition", "formula", "examples")


def _earlier(page: Page, body: Mapping[object, object], metric: Metric, known: Mapping[str, Dimension], model: Model) -> list[Metric]:
    """Earlier definitions 旧版: what each says differently, over the present one; parameters alone may differ."""
    found = []
    for place, given in enumerate(_list(body.get("earlier"))):
        told = _map(given)
        page.only(told, _EARLIER, ("earlier", place))
        version = told.get("version")
        if not isinstance(version, int):
            page.fault(("earlier", place), "旧版要写 version")
            continue
        names: dict[object, object] = {"id": named(metric.id, version), "label": f"{metric.label}（第{version}版）", "synonyms": [], "version": version}
        differs: dict[object, object] = {w: told[w] for w in ("numerator", "denominator", "definition", "formula") if w in told}
        whole: dict[object, object] = {k: v for k, v in body.items() if k not in ("earlier", "effective", "examples")}
        whole |= differs
        whole |= names
        if "examples" in told:
            whole["examples"] = told["examples"]
        settings = {str(k): v for k, v in _map(told.get("parameters")).items()}
        was = _metric(page, whole, known, model, settings)
        if was is not None:
            found.append(replace(was, effective=_effective(page, told, ("earlier", place))))
    return found


def _history(page: Page, body: Mapping[object, object], metric: Metric) -> tuple[Earlier, ...]:
    """The earlier versions with their periods; overlaps and gaps are faults."""
    found = []
    for place, given in enumerate(_list(body.get("earlier"))):
        told = _map(given)
        version = told.get("version")
        if isinstance(version, int):
            found.append(Earlier(named(metric.id, version), version, _effective(page, told, ("earlier", place)), str(told.get("say", ""))))
    listed = [(e.version, e.effective) for e in found] + [(metric.version, metric.effective)]
    for place, reason in periods_wrong(listed).items():
        page.fault(("earlier", place) if place < len(found) else ("effective",), reason)
    return tuple(found)


def _effective(page: Page, told: Mapping[object, object], at: tuple[object, ...]) -> Effective:
    """`since` and `until`, both days."""
    ends: list[date | None] = []
    for word in ("since", "until"):
        given = told.get(word)
        try:
            ends.append(None if given is None else given if isinstance(given, date) else date.fromisoformat(str(given)))
        except ValueError:
            page.fault((*at, word), f"{word} 要是日期，写的是 {given}")
            ends.append(None)
    return Effective(ends[0], ends[1])


def _examples(page: Page, listed: list[object], model: Model) -> tuple[Example, ...]:
    """`examples: [{say, rows: {table: [{column: value}]}, ask: {…}, value: 3}]`, or `answer: [[member, value]]`."""
    found = []
    for place, given in enumerate(listed):
        at = ("examples", place)
        told = _map(given)
        page.only(told, ("say", "rows", "ask", "value", "answer"), at)
        if ("value" in told) == ("answer" in told):
            page.fault(at, "算例要写且只写 value、answer 之一")
        tables = []
        for table, rows in _map(told.get("rows")).items():
            if table not in model.tables:
                page.fault((*at, "rows", table), f"没有表 {table}", str(table), model.tables)
                continue
            stored = [c for c, _ in model.table(str(table)).stored]
            for number, row in enumerate(_list(rows)):
                for column in _map(row):
                    if column not in stored:
                        page.fault((*at, "rows", table, number, column), f"表 {table} 没有字段 {column}", str(column), stored)
            tables.append((str(table), tuple(tuple((str(c), _maybe(v)) for c, v in _map(row).items()) for row in _list(rows))))
        answer = [[told.get("value")]] if "value" in told else _list(told.get("answer"))
        found.append(
            Example(
                str(told.get("say", "")), tuple(tables), tuple((str(k), _texts(v)) for k, v in _map(told.get("ask")).items()),
                tuple(tuple(_maybe(c) for c in _list(row)) for row in answer), page.text.line(*at),
            )
        )  # fmt: skip
    return tuple(found)


def _texts(value: object) -> object:
    """A question as JSON would have it: days are text."""
    if isinstance(value, dict):
        return {str(k): _texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_texts(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _maybe(value: object) -> Scalar | None:
    return None if value is None else _scalar(value)


_UNTILS = ("day", "week", "month", "quarter", "year")


def _rolling(page: Page, body: Mapping[object, object], kind: str) -> Rolling | None:
    """`accumulate: {window: {days: 7}}`, `{to_date: month}` or `{ever: true}`."""
    if kind != Kind.CUMULATIVE:
        if body:
            page.fault(("accumulate",), "只有 kind: cumulative 才写 accumulate")
        return None
    page.only(body, ("window", "to_date", "ever"), ("accumulate",))
    if len(body) != 1:
        page.fault(("accumulate",), "要写且只写 window、to_date、ever 之一")
        return None
    if "to_date" in body:
        since = str(body["to_date"])
        if since not in _UNTILS[1:]:
            page.fault(("accumulate", "to_date"), f"to_date 不能是 {since}", since, _UNTILS[1:])
            return None
        return Rolling(None, since, "last")
    if "window" in body:
        unit, count = next(iter(_map(body["window"]).items()), ("", 0))
        units = {"days": "day", "months": "month", "quarters": "quarter", "years": "year"}
        if unit not in units or not isinstance(count, int) or count < 1:
            page.fault(("accumulate", "window"), "window 写成 {days: 7} 或 {months: 3}", str(unit), units)
            return None
        return Rolling(Length(count, units[str(unit)]), None, "last")
    return Rolling(None, None, "last")


SNAPSHOTS = ("bed_day", "stock_day")
"""Tables whose rows are a state at a day 时点表: their sums over days mean nothing by themselves."""


def _checks(page: Page, body: Mapping[object, object], kind: str, parts: list[tuple[str, Part | None]], model: Model) -> None:
    """What the words alone do not show: unsafe sums, sensitivity below an input's, a unit that does not fit."""
    unit, multiplier, denominator = str(body.get("unit")), body.get("multiplier", 1), body.get("denominator")
    if kind in (Kind.SIMPLE, Kind.CUMULATIVE) and denominator is None:
        for side, part in parts:
            if part is not None and part.table in SNAPSHOTS and part.aggregate is Aggregate.SUM:
                page.fault((side, "sum"), f"{part.table} 是时点数据，跨日不可相加；kind 用 snapshot，或与床日相除", kind, ("snapshot", "ratio"))
    if unit == "%" and (denominator is None or multiplier != 100):
        page.fault(("unit",), "单位是 % 的指标要有 denominator，且 multiplier: 100")
    if multiplier == 100 and unit not in ("%", "DDDs/百人天") and "百" not in unit:
        page.fault(("unit",), f"multiplier: 100 与单位 {unit} 不符", unit, ("%",))
    counted = [p.measure is None for _, p in parts if p is not None]
    if unit == "元" and denominator is None and counted == [True]:
        page.fault(("unit",), "计数的单位不能是 元", unit, ("人次", "例"))
    wrong = unit_wrong(unit, [p for _, p in parts], multiplier, body.get("per", 1), model)
    if wrong:
        page.fault(("unit",), wrong)
    level = body.get("level", 2)
    for side, part in parts:
        for path in _paths(part):
            column = model.table(path.hop or str(part and part.table)).column(path.column)
            if isinstance(level, int) and column.level > level + 1:
                page.fault((side,), f"用到 {column.level} 级字段 {path}，指标定为 {level} 级；至少 {column.level - 1} 级（汇总可降一级）")


def _paths(part: Part | None) -> tuple[Path, ...]:
    """The columns a part is measured by."""
    if part is None or part.measure is None:
        return ()
    if isinstance(part.measure, Path):
        return (part.measure,)
    return part.measure.terms if isinstance(part.measure, Total) else (part.measure.start, part.measure.end)


def _parameters(page: Page, declared: Mapping[object, object], settings: Mapping[str, object]) -> tuple[Parameter, ...]:
    for asked in settings:
        if asked not in declared:
            page.fault(("parameters",), f"医院设置了没有的参数 {asked}", asked, [str(d) for d in declared])
    found = []
    for name, spec in declared.items():
        given = _map(spec)
        default = _scalars(given.get("value"))
        found.append(Parameter(str(name), str(given.get("label", name)), _scalars(settings[str(name)]) if str(name) in settings else default, default))  # fmt: skip
    return tuple(found)


def _part(
    page: Page,
    side: str,
    spec: Mapping[object, object],
    parameters: Mapping[str, tuple[Scalar, ...]],
    axes: tuple[TimeAxis, ...],
    known: Mapping[str, Dimension],
    model: Model,
) -> Part | None:
    page.only(spec, _PART_WORDS, (side,))
    table = str(spec.get("table"))
    if table not in model.tables:
        page.fault((side, "table"), f"没有表 {table}", table, model.tables)
        return None
    reader = _Reader(page, model, table, parameters)
    aggregates = [a for a in Aggregate if a.value in spec]
    if len(aggregates) != 1:
        page.fault((side,), "要写且只写 count、sum、distinct、median、percentile 之一")
        return None
    aggregate = aggregates[0]
    at: Decimal | None = None
    measured = spec[aggregate.value]
    if aggregate is Aggregate.PERCENTILE:
        told = _map(measured)
        page.only(told, ("of", "at"), (side, "percentile"))
        measured = told.get("of")
        try:
            at = Decimal(str(told.get("at")))
        except ArithmeticError:
            at = Decimal(-1)
        if not 0 < at < 1:
            page.fault((side, "percentile", "at"), f"at 要在 0 与 1 之间，写的是 {told.get('at')}")
    measure = None if aggregate is Aggregate.COUNT else reader.expression(measured, (side, aggregate.value))
    times = {str(axis): reader.path(str(column), (side, "times")) for axis, column in _map(spec.get("times")).items()}
    for axis in axes:
        if axis.id not in times:
            page.fault((side, "times"), f"时间口径 {axis.id} 没有写明是哪一列", axis.id, times)
    own = tuple((str(d), reader.path(str(p), (side, "dimensions"))) for d, p in _map(spec.get("dimensions")).items())
    for name, _ in own:
        if name not in known:
            page.fault((side, "dimensions"), f"没有维度 {name}", name, known)
    return Part(
        say=str(spec.get("say", "")),
        table=table,
        where=tuple(reader.clause(_map(c), (side, "where", i)) for i, c in enumerate(_list(spec.get("where")))),
        aggregate=aggregate,
        measure=measure,
        times=tuple(times.items()),
        moments=tuple((str(a), reader.path(str(c), (side, "moments"))) for a, c in _map(spec.get("moments")).items()),
        dimensions=own,
        ignores=frozenset(str(d) for d in _list(spec.get("ignores"))),
        at=at,
    )


class _Reader:
    """Reads clauses 读条件 of one part against the declared columns."""

    def __init__(self, page: Page, model: Model, table: str, parameters: Mapping[str, tuple[Scalar, ...]]) -> None:
        self.page, self.model, self.table, self.parameters = page, model, table, parameters

    def path(self, text: str, at: tuple[object, ...]) -> Path:
        path = Path.of(text)
        reason = unreachable(self.model, self.table, path)
        if reason:
            owner = path.hop if path.hop in self.model.tables else self.table
            self.page.fault(at, reason, path.column, [c.name for c in self.model.table(str(owner)).columns])
        return path

    def expression(self, spec: object, at: tuple[object, ...]) -> Expression:
        if isinstance(spec, dict):
            word, terms = next(iter(spec.items()))
            paths = [self.path(str(term), at) for term in _list(terms)]
            if word == "total" and paths:
                return Total(tuple(paths))
            if word == "seconds" and len(paths) == 2:
                return Seconds(paths[0], paths[1])
            self.page.fault(at, f"不认识的算式 {word}", str(word), ("total", "seconds"))
        return self.path(str(spec), at)

    def clause(self, spec: Mapping[object, object], at: tuple[object, ...]) -> Clause:
        if "any" in spec:
            found = [self.clause(_map(c), (*at, "any")) for c in _list(spec["any"])]
            return AnyOf(tuple(c for c in found if isinstance(c, Condition)))
        for word in ("followed", "not_followed"):
            if word in spec:
                return self.later(_map(spec[word]), (*at, word), absent=word == "not_followed")
        wanted: object
        if "of" in spec:
            of = self.expression(spec["of"], (*at, "of"))
            wanted = {k: v for k, v in spec.items() if k != "of"}
        else:
            first = next(iter(spec.items()), ("", None))
            of, wanted = self.path(str(first[0]), at), first[1]
        if not isinstance(wanted, dict):
            return Condition(of, "in", _scalars(wanted))
        op, given = next(iter(wanted.items()), ("", None))
        if op not in OPS:
            self.page.fault(at, f"不认识的比较 {op}", str(op), OPS)
        if op in ("is_null", "not_null"):
            return Condition(of, str(op))
        return Condition(of, str(op), self.values(given, at))

    def later(self, spec: Mapping[object, object], at: tuple[object, ...], *, absent: bool) -> Clause:
        """`followed: {table, on, after, at, days, where, other}`: what came later for the same key."""
        self.page.only(spec, ("table", "on", "after", "at", "days", "where", "other"), at)
        table, on, moment, days = str(spec.get("table")), str(spec.get("on")), str(spec.get("at")), spec.get("days")
        if table not in self.model.tables:
            self.page.fault((*at, "table"), f"没有表 {table}", table, self.model.tables)
            return AnyOf(())
        there = self.model.table(table)
        for owner, column in ((self.table, on), (table, on), (table, moment)):
            if not self.model.table(owner).has(column):
                names = [c.name for c in self.model.table(owner).columns]
                self.page.fault(at, f"表 {owner} 没有字段 {column}", column, names)
        if not isinstance(days, int) or isinstance(days, bool) or days < 0:
            self.page.fault((*at, "days"), f"days 要是不小于 0 的整数，写的是 {days}")
            days = 0
        other = bool(spec.get("other", False))
        if other and table != self.table:
            self.page.fault((*at, "other"), "other 只用于同一张表")
        inner = _Reader(self.page, self.model, there.name, self.parameters)
        where = tuple(
            c for i, w in enumerate(_list(spec.get("where"))) if isinstance(c := inner.clause(_map(w), (*at, "where", i)), (Condition, AnyOf))
        )
        return Later(table, on, self.path(str(spec.get("after")), (*at, "after")), moment, days, where, other, absent)

    def values(self, given: object, at: tuple[object, ...]) -> tuple[Scalar | MinutesAgo, ...]:
        if isinstance(given, dict):
            word, inner = next(iter(given.items()))
            if word == "parameter":
                if inner not in self.parameters:
                    self.page.fault(at, f"没有参数 {inner}", str(inner), self.parameters)
                return self.parameters.get(str(inner), ())
            if word == "minutes_ago":
                return tuple(MinutesAgo(Decimal(str(v))) for v in self.values(inner, at))
            self.page.fault(at, f"不认识的值 {word}", str(word), ("parameter", "minutes_ago"))
        return _scalars(given)


def unreachable(model: Model, table: str, path: Path) -> str | None:
    """Why a column cannot be reached 走不到的原因 from a table by at most one to-one hop; None where it can."""
    home = model.table(table)
    if path.hop is None:
        return None if home.has(path.column) else f"表 {table} 没有字段 {path.column}"
    if path.hop not in model.tables:
        return f"没有表 {path.hop}"
    other = model.table(path.hop)
    if not other.has(path.column):
        return f"表 {path.hop} 没有字段 {path.column}"
    if len(other.key) != 1 or not home.has(other.key[0]):
        return f"从表 {table} 到表 {path.hop} 不是多对一，会重复计数"
    return None


def _reach(
    page: Page, side: str, part: Part, allowed: tuple[str, ...], known: Mapping[str, Dimension], model: Model
) -> None:
    for name in allowed:
        dimension = known[name]
        if dimension.grain is not None or name in part.ignores:
            continue
        if dimension.through:
            dimension = known[dimension.through]
        reason = unreachable(model, part.table, dimension.path(part))
        if reason:
            page.fault((side,), f"维度 {name} 走不到：{reason}")


def hospital_settings(files: Iterable[File]) -> tuple[tuple[File, ...], Mapping[str, Mapping[str, object]]]:
    """A hospital's own metric files: those that define (`id`) and those that set parameters (`metric`, `parameters`)."""
    own: list[File] = []
    settings: dict[str, Mapping[str, object]] = {}
    for file in files:
        body = _map(read(file).value)
        if "metric" in body:
            settings[str(body["metric"])] = {str(k): v for k, v in _map(body.get("parameters")).items()}
        else:
            own.append(file)
    return tuple(own), settings


def raised(faults: list[Fault]) -> None:
    if faults:
        raise DefinitionFaults(tuple(faults))


def _map(value: object) -> Mapping[object, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _scalars(value: object) -> tuple[Scalar, ...]:
    return tuple(_scalar(v) for v in _list(value))


def _scalar(value: object) -> Scalar:
    if isinstance(value, float):
        return Decimal(str(value))
    return value if isinstance(value, (bool, int, date)) else str(value)


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _int(page: Page, body: Mapping[object, object], word: str, default: int) -> int:
    value = body.get(word, default)
    if not isinstance(value, int):
        page.fault((word,), f"{word} 要是整数")
        return default
    return value
