"""Department board 科室看板: the cockpit's figures for one department, with its beds and what waits to be done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from yishu.analytics.board import CARDS, Board, CardList, periods
from yishu.analytics.cockpit import drawn
from yishu.analytics.desk import Desk, Query, last_complete_day
from yishu.kernel import InputError, NotPermitted
from yishu.security import bound, scope
from yishu.security.policy import Rows

FRONT_PAGE_DAYS = 7
LONG_STAY_DAYS = 30
MOST_CARDS = 9
OTHERS: CardList = tuple(
    (name, ()) for name in (
        "stock_value", "imaging_exams", "lab_tat_minutes", "critical_value_timely_rate", "antibiotic_ddd", "wait_minutes",
        "no_show_rate", "satisfaction", "avg_outpatient_cost", "avg_inpatient_cost", "mortality_rate", "bed_turnover",
    )
)  # fmt: skip
"""What fills the board of a department that has no beds or no clinic, in this order."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed 床位, without names."""

    bed: str
    ward: str | None
    occupied: bool
    gender: str | None = None
    days: int | None = None
    note: str | None = None
    extra: bool | None = None


@dataclass(frozen=True, slots=True)
class Todo:
    """Something to do 待办, how many, and the door to them."""

    kind: str
    say: str
    count: int
    link: str | None
    query: Query | None
    cell: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class DepartmentBoard:
    """The department board 科室看板."""

    board: Board
    department: Mapping[str, str]
    beds: tuple[Bed, ...]
    todo: tuple[Todo, ...]

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return self.board.as_json() | {
            "department": dict(self.department),
            "beds": [asdict(bed) for bed in self.beds],
            "todo": [asdict(line) for line in self.todo],
        }


def department(desk: Desk, asked: str | None = None) -> DepartmentBoard:
    """The board of a department by id or name; one's own where none is named."""
    id, name = _which(desk, asked)
    own = desk.narrowed("department", id)
    return DepartmentBoard(
        board=drawn(own, "ward", fitting(own)),
        department={"id": id, "name": name},
        beds=beds(desk, id),
        todo=todo(own, desk.clock().date()),
    )


def fitting(desk: Desk) -> CardList:
    """The cards 卡片 that say something of this department this year; a pharmacy has stock and no discharges."""
    start, end = periods(last_complete_day(desk, None))["year"]
    names = [name for name, _ in (*CARDS, *OTHERS)]
    values = {name: table.value(name) for name, table in desk.answers(names, start, end).items()}
    telling = tuple(card for card in (*CARDS, *OTHERS) if values.get(card[0]))
    return telling[:MOST_CARDS] if telling else CARDS


def beds(desk: Desk, department: str) -> tuple[Bed, ...]:
    """The bed map 床位图: the beds open today and who lies in them; a bed in use that is not open is an extra one."""
    stays, first = bound(scope(desk.viewer, "stay", desk.model))
    opened, second = bound(scope(desk.viewer, "ward_bed", desk.model))
    today = desk.clock().date()
    ward = desk.viewer.ward
    with desk.reading() as connection:
        lying = connection.execute(
            f"SELECT ward, bed, gender, admitted_at::DATE FROM ({stays}) WHERE status = '在院' AND department = $asked "
            "AND NOT coalesce(newborn, false) AND bed IS NOT NULL ORDER BY ward, bed",
            first | {"asked": department},
        ).fetchall()
        known = connection.execute(
            f"SELECT ward, bed, sum(open_beds)::INTEGER FROM ({opened}) WHERE department = $asked AND since <= $today "
            "AND (until IS NULL OR until >= $today) GROUP BY ALL ORDER BY ward, bed",
            second | {"asked": department, "today": today},
        ).fetchall()
    names = {w.id: w.name for w in desk.profile.wards}
    found: list[Bed] = []
    for place in sorted({row[0] for row in (*lying, *known)}, key=str):
        if ward is not None and place != ward:
            continue
        here = [row for row in lying if row[0] == place]
        listed = {bed for where, bed, _ in known if where == place and bed}
        room = sum(count for where, _, count in known if where == place)
        taken = {row[1] for row in here}
        for at, (_, bed, gender, since) in enumerate(here):
            days = max((today - since).days, 0) if since else None
            note = f"住院 {days} 天" if days is not None and days > LONG_STAY_DAYS else None
            extra = bed not in listed if listed else at >= room
            found.append(Bed(bed, names.get(place, place), True, gender, days, note, extra or None))
        free = sorted(listed - taken) if listed else ["空床"] * max(room - len(here), 0)
        found += [Bed(bed, names.get(place, place), False) for bed in free]
    return tuple(sorted(found, key=lambda b: (b.ward, b.bed)) if any(bed for _, bed, _ in known) else found)


def todo(desk: Desk, today: date) -> tuple[Todo, ...]:
    """What waits 待办, each a metric of its own and therefore a door; only what there is."""
    start = today - timedelta(days=90)
    late = today - timedelta(days=FRONT_PAGE_DAYS)
    asked = (
        ("critical", "unhandled_critical_values", start, today, "危急值已通报、尚未处置"),
        ("front_page", "missing_front_pages", start, late, f"出院超过 {FRONT_PAGE_DAYS} 天，病案首页未完成"),
        ("complaint", "overdue_complaints", start, today, "投诉已过期未办结"),
    )
    found = []
    for kind, metric, first, last, say in asked:
        tables = desk.answers([metric], first, last)
        count = tables[metric].value(metric) if metric in tables else None
        if count:
            spot = desk.spot(metric, first, last, count)
            link = "/evidence?" + urlencode({"q": json.dumps(spot.query), "cell": json.dumps(spot.cell)})
            found.append(Todo(kind, f"{say} {int(count)} 例", int(count), link, spot.query, spot.cell))
    return tuple(found)


def _which(desk: Desk, asked: str | None) -> tuple[str, str]:
    known = {d.id: d.name for d in desk.profile.departments}
    viewer = desk.viewer
    whole = viewer.granted.rows is Rows.ALL
    if asked is None:
        own = sorted(viewer.departments & known.keys())
        if own:
            return own[0], known[own[0]]
        if not whole:
            raise NotPermitted("department.none", "您的账号没有所属科室", hint="请信息科在 people.yaml 里写上科室")
        first = next((d for d in desk.profile.departments if d.clinical), None)
        if first is None:
            raise InputError("department.none", "本院没有登记科室", hint="在 hospital.yaml 里写 departments", status=404)
        return first.id, first.name
    id = next((d.id for d in desk.profile.departments if asked in (d.id, d.name, *d.aliases)), None)
    if id is None or not (whole or id in viewer.departments):
        raise NotPermitted("department.other", "没有这个科室，或您看不到它", hint="科室看板只看本科室", status=403)
    return id, known[id]
