"""Board 看板: the pieces that cockpit and department board are drawn from, and how each is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from yishu.analytics.desk import Desk, Number, Query, Spot, Table
from yishu.analytics.movement import Movement

EARLY = 8
"""Before this hour the strip speaks of yesterday: today has hardly begun."""

SPARKLINE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Moment:
    """A figure 此刻 of the strip."""

    id: str
    label: str
    value: Number
    unit: str | None
    as_of: str | None
    query: Query | None
    cell: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A figure 期间值 over one period with 同比 over the same days."""

    value: Number
    yoy: Number
    yoy_diff: Number
    query: Query | None
    cell: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part 其中 of a card: this month's."""

    id: str
    label: str
    value: Number
    unit: str | None
    query: Query | None
    cell: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Card:
    """A card 卡片: one metric over 昨日, 本月累计, 本年累计."""

    id: str
    label: str
    unit: str
    better: str
    target: Mapping[str, object] | None
    columns: Mapping[str, Standing]
    progress: Number
    sparkline: tuple[Mapping[str, object], ...]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranking 排名 by department, ward or doctors' group."""

    metric: str
    label: str
    unit: str
    better: str
    by: str
    metrics: tuple[Mapping[str, str], ...]
    columns: tuple[Mapping[str, str], ...]
    rows: tuple[tuple[object, ...], ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Board:
    """A board 看板 as it is drawn."""

    strip: tuple[Moment, ...]
    cards: tuple[Card, ...]
    movements: tuple[Movement, ...]
    ranking: Ranking | None
    data_through: str | None
    speaks_of: str | None

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return asdict(self)


CardList = tuple[tuple[str, tuple[str, ...]], ...]
Tables = Mapping[str, Table]
CARDS: CardList = (
    ("total_visits", ("outpatient_visits", "emergency_visits")),
    ("discharges", ("admissions",)),
    ("surgeries", ("level34_surgery_share",)),
    ("bed_occupancy_rate", ()),
    ("avg_length_of_stay", ()),
    ("revenue", ("service_revenue_share",)),
    ("drug_cost_ratio", ("consumable_ratio",)),
    ("consumable_ratio", ()),
    ("cmi", ()),
)
RANKED = (
    "revenue", "total_visits", "discharges", "surgeries", "bed_occupancy_rate", "avg_length_of_stay", "drug_cost_ratio",
    "consumable_ratio", "cmi",
)  # fmt: skip


def periods(day: date) -> dict[str, tuple[date, date]]:
    """昨日, 本月累计, 本年累计 as of the day spoken of."""
    return {"yesterday": (day, day), "month": (day.replace(day=1), day), "year": (day.replace(month=1, day=1), day)}


def strip(desk: Desk) -> tuple[tuple[Moment, ...], datetime | None]:
    """The strip 此刻 and how far the data reaches."""
    now = desk.clock()
    early = now.hour < EARLY
    day = now.date() - timedelta(days=1) if early else now.date()
    word = "昨日" if early else "今日"
    flows = [("now_registered", f"{word}已挂号"), ("total_visits", f"{word}已就诊"), ("now_waiting", "候诊"),
             ("admissions", f"{word}入院"), ("discharges", f"{word}出院")]  # fmt: skip
    apart = (("now_registered", "total_visits", "now_waiting"), ("admissions",), ("discharges",))  # each says how far its own data reaches
    current, beds, *flowing = desk.together(
        lambda: desk.answers(["now_inpatients", "now_operating"], None, None),
        lambda: desk.answers(["open_beds"], None, None),
        *(partial(desk.answers, names, day, day) for names in apart),
    )
    daily = {name: table for tables in flowing for name, table in tables.items()}
    throughs = [t.answer.data_through for t in (*current.values(), *daily.values()) if t.answer.data_through is not None]
    through = max(throughs) if throughs else None
    as_of = (min(through, now) if through else now).isoformat(timespec="minutes")
    found: list[Moment] = []

    def add(name: str, label: str, spot: Spot) -> None:
        if spot.value is None and through is not None and through.date() >= day:
            spot = replace(spot, value=0, cell=None)  # its source has arrived and names nobody yet: no row to show
        found.append(Moment(name, label, spot.value, desk.centre.metric(name).unit, as_of, spot.query, spot.cell))

    patients = current["now_inpatients"].value("now_inpatients") if "now_inpatients" in current else None
    if "now_inpatients" in current:
        add("now_inpatients", "在院人数", desk.spot("now_inpatients", None, None, patients))
    if "open_beds" in beds:
        opened = beds["open_beds"].value("open_beds")
        free = max(opened - patients, 0) if opened is not None and patients is not None else None
        found.append(
            Moment("free_beds", "空床", free, "张", as_of, desk.query(["open_beds", "now_inpatients"]), {"metric": "open_beds", "member": {}})
        )
    for name, label in flows:
        if name in daily:
            add(name, label, desk.spot(name, day, day, daily[name].value(name)))
    if "now_operating" in current:
        add("now_operating", "手术进行中", desk.spot("now_operating", None, None, current["now_operating"].value("now_operating")))
    return tuple(found), through


@dataclass(frozen=True, slots=True)
class Figures:
    """What the cards are made from 卡片数据: each period with its 同比, this month's parts, day by day."""

    periods: Mapping[str, Tables]
    parts: Tables
    daily: Mapping[str, Mapping[str, Number]]


def cards(desk: Desk, day: date, figures: Figures, wanted: CardList = CARDS) -> tuple[Card, ...]:
    """The cards 卡片 with this desk's figures; a metric that cannot be asked here has no card."""
    asked, inner, history = figures.periods, figures.parts, figures.daily
    start, end = periods(day)["month"]
    found = []
    for name, listed in wanted:
        if not all(name in asked[period] for period in asked):
            continue
        metric = desk.centre.metric(name)
        standing = {period: _standing(desk, name, span, asked[period][name]) for period, span in periods(day).items()}
        target = {"value": float(metric.target.value), "source": metric.target.source} if metric.target else None
        notes = dict.fromkeys(
            f"{PERIODS[period]}{i.say}" for period in ("month", "year") for i in asked[period][name].answer.incomplete if i.metric == name
        )
        found.append(
            Card(
                id=name, label=metric.label, unit=metric.unit, better=metric.better.value, target=target,
                columns=standing,
                progress=progress(standing["year"].value, target, metric.better.value),
                sparkline=_sparkline(day, history.get(name, {})),
                notes=tuple(notes),
                parts=tuple(_part(desk, part, start, end, inner[part]) for part in listed if part in inner),
            )
        )  # fmt: skip
    return tuple(found)


PERIODS = {"month": "本月", "year": "本年"}


def progress(value: Number, target: Mapping[str, object] | None, better: str) -> Number:
    """How far the year's figure is on its way to the target 完成度, in %; falling is good where less is better."""
    if value is None or target is None:
        return None
    goal = float(str(target["value"]))
    if better == "down":
        return goal / value * 100 if value else None
    return value / goal * 100 if goal else None


def ranking(desk: Desk, day: date, by: str) -> Ranking | None:
    """The ranking 排名 of this month; where nobody has said who forms a group, doctors stand for themselves."""
    found = _ranking(desk, day, by)
    if by == "doctor_group" and (found is None or all(row[0] is None for row in found.rows)):
        alone = _ranking(desk, day, "doctor")
        return replace(alone, by=by) if alone else None
    return found


def _ranking(desk: Desk, day: date, by: str) -> Ranking | None:
    """The first metric that can be asked by `by`."""
    if by not in desk.centre.dimensions:
        return None
    first = ("discharges",) if by == "ward" else ()  # revenue of outpatients has no ward
    able = [n for n in dict.fromkeys((*first, *RANKED)) if desk.knows(n) and by in desk.centre.allowed(desk.centre.metric(n))]
    start, end = periods(day)["month"]
    for name in able:
        words = {"dimensions": [by], "order": {"by": name, "dir": "desc"}, "compare": ["yoy"]}
        tables = desk.answers([name], start, end, **words)
        if name not in tables:
            continue
        answer, metric = tables[name].answer, desk.centre.metric(name)
        listed = tuple({"id": n, "label": desk.centre.metric(n).label} for n in able)
        query = desk.query([name], start, end, **words)
        return Ranking(name, metric.label, metric.unit, metric.better.value, by, listed,
                       tuple(c.as_json() for c in answer.columns), answer.rows, query)  # fmt: skip
    return None


def daily(desk: Desk, names: Iterable[str], start: date, end: date) -> dict[str, dict[str, Number]]:
    """Day by day figures 逐日值 of several metrics."""
    tables = desk.answers(names, start, end, dimensions=["day"])
    return {name: table.series("day", name) for name, table in tables.items()}


def _standing(desk: Desk, name: str, span: tuple[date, date], table: Table) -> Standing:
    spot = desk.spot(name, *span, table.value(name))
    return Standing(spot.value, table.value(f"{name}.yoy"), table.value(f"{name}.yoy_diff"), spot.query, spot.cell)


def _part(desk: Desk, name: str, start: date, end: date, table: Table) -> Part:
    metric, spot = desk.centre.metric(name), desk.spot(name, start, end, table.value(name))
    return Part(name, metric.label, spot.value, metric.unit, spot.query, spot.cell)


def _sparkline(day: date, series: Mapping[str, Number]) -> tuple[Mapping[str, object], ...]:
    days = [(day - timedelta(days=back)).isoformat() for back in reversed(range(SPARKLINE_DAYS))]
    return tuple({"day": each, "value": series.get(each)} for each in days)
