"""Profile 医院概况: hospital.yaml, the hospital's name, departments, wards, beds and calendar."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from yishu.hospital.errors import HospitalFaults, near
from yishu.hospital.text import Text, read


@dataclass(frozen=True, slots=True)
class Campus:
    """A campus 院区."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department 科室."""

    id: str
    name: str
    group: str
    catalog: str
    clinical: bool
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beds:
    """Open beds 开放床位 of a department in a ward over a time."""

    department: str
    since: date
    until: date | None
    open: int


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward 病区 and its beds."""

    id: str
    name: str
    campus: str
    department: str
    beds: tuple[Beds, ...]
    approved: int | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holiday:
    """A named day 节假日: 休 free or 班 worked."""

    day: date
    name: str
    workday: bool


@dataclass(frozen=True, slots=True)
class HospitalProfile:
    """What hospital.yaml says 医院概况."""

    name: str
    demo: bool
    time_zone: str
    week_start: str
    small_cell: int
    known_to: str
    holidays: tuple[Holiday, ...]
    campuses: tuple[Campus, ...]
    departments: tuple[Department, ...]
    wards: tuple[Ward, ...]
    parameters: Mapping[str, object]
    ask: Mapping[str, object] = field(default_factory=dict)
    """What 问数 is set to: `model` names the optional language model."""


_WORDS = ("name", "demo", "time_zone", "week_start", "small_cell", "calendar", "campuses", "departments", "wards", "parameters", "ask", "limits")  # fmt: skip
_KNOWN_TO = ("time", "day", "year", "shifted")
_DEPARTMENT = ("id", "name", "group", "catalog", "clinical", "aliases")
_WARD = ("id", "name", "campus", "department", "beds", "approved", "aliases")
_BEDS = ("department", "since", "until", "open")


def profile(folder: Path) -> HospitalProfile:
    """Read hospital.yaml; every fault with file, line and nearest word."""
    text = read(folder / "hospital.yaml")
    if not isinstance(text.value, dict):
        text.fault((), "hospital.yaml 应写 name、campuses、departments、wards")
        raise HospitalFaults(tuple(text.faults))
    body: dict[str, object] = text.value
    _known(text, (), body, _WORDS)
    campuses = tuple(
        Campus(str(item.get("id", "")), str(item.get("name", ""))) for _, item in _items(text, body, "campuses", ("id", "name"))
    )
    departments = tuple(_department(item) for _, item in _items(text, body, "departments", _DEPARTMENT))
    _twice(text, "departments", [d.id for d in departments])
    _twice(text, "campuses", [c.id for c in campuses])
    known = {"campus": [c.id for c in campuses], "department": [d.id for d in departments]}
    wards = tuple(_ward(text, place, item, known) for place, item in _items(text, body, "wards", _WARD))
    _twice(text, "wards", [w.id for w in wards])
    calendar = body.get("calendar")
    calendar = calendar if isinstance(calendar, dict) else {}
    known_to = str(calendar.get("known_to", "time"))
    if known_to not in _KNOWN_TO:
        text.fault(("calendar", "known_to"), f"known_to 只能是 {'、'.join(_KNOWN_TO)}，写的是 {known_to}", near(known_to, _KNOWN_TO))
    holidays = _holidays(text, folder, calendar.get("holidays"))
    parameters = body.get("parameters")
    asking = body.get("ask")
    small_cell = body.get("small_cell", 5)
    if not isinstance(small_cell, int):
        text.fault(("small_cell",), f"small_cell 应是整数，写的是 {small_cell}")
        small_cell = 5
    limits = body.get("limits")
    if isinstance(limits, dict):
        _known(text, ("limits",), limits, ("rows",))
        if not isinstance(limits.get("rows", 1), int) or limits.get("rows", 1) < 1:
            text.fault(("limits", "rows"), f"limits.rows 应是正整数，写的是 {limits.get('rows')}")
    elif limits is not None:
        text.fault(("limits",), "limits 写成 {rows: 200000}")
    if text.faults:
        raise HospitalFaults(tuple(text.faults))
    return HospitalProfile(
        name=str(body.get("name", folder.name)),
        demo=bool(body.get("demo", False)),
        time_zone=str(body.get("time_zone", "Asia/Shanghai")),
        week_start=str(body.get("week_start", "monday")),
        small_cell=small_cell,
        known_to=known_to,
        holidays=holidays,
        campuses=campuses,
        departments=departments,
        wards=wards,
        parameters=MappingProxyType(dict(parameters) if isinstance(parameters, dict) else {}),
        ask=MappingProxyType(dict(asking) if isinstance(asking, dict) else {}),
    )


def _known(text: Text, path: tuple[object, ...], body: Mapping[str, object], words: tuple[str, ...]) -> None:
    for word in body:
        if word not in words:
            text.fault((*path, word), f"不认识 {word}", near(str(word), words))


def _items(
    text: Text, body: Mapping[str, object], name: str, words: tuple[str, ...]
) -> list[tuple[int, dict[str, object]]]:
    value = body.get(name) or []
    if not isinstance(value, list):
        text.fault((name,), f"{name} 应是列表")
        return []
    result: list[tuple[int, dict[str, object]]] = []
    for place, item in enumerate(value):
        if not isinstance(item, dict) or "id" not in item:
            text.fault((name, place), f"{name} 的每一项应有 id")
            continue
        _known(text, (name, place), item, words)
        result.append((place, item))
    return result


def _twice(text: Text, name: str, ids: list[str]) -> None:
    for place, item in enumerate(ids):
        if item in ids[:place]:
            text.fault((name, place), f"{name} 里 {item} 写了两次")


def _department(item: dict[str, object]) -> Department:
    return Department(
        id=str(item["id"]),
        name=str(item.get("name", item["id"])),
        group=str(item.get("group", "")),
        catalog=str(item.get("catalog", "")),
        clinical=bool(item.get("clinical", True)),
        aliases=_aliases(item),
    )


def _aliases(item: dict[str, object]) -> tuple[str, ...]:
    aliases = item.get("aliases")
    return tuple(str(a) for a in aliases) if isinstance(aliases, list) else ()


def _ward(text: Text, place: int, item: dict[str, object], known: Mapping[str, list[str]]) -> Ward:
    path = ("wards", place)
    for word in ("campus", "department"):
        _exists(text, (*path, word), word, item.get(word), known)
    beds: list[Beds] = []
    declared = item.get("beds") or []
    for at, bed in enumerate(declared if isinstance(declared, list) else []):
        here = (*path, "beds", at)
        if not isinstance(bed, dict):
            text.fault(here, "beds 的每一项应写 {department, since, until, open}")
            continue
        _known(text, here, bed, _BEDS)
        _exists(text, (*here, "department"), "department", bed.get("department"), known)
        since, until, number = _day(bed.get("since")), _day(bed.get("until")), bed.get("open", 0)
        if not isinstance(since, date) or not (until is None or isinstance(until, date)) or not isinstance(number, int):
            text.fault(here, "since、until 应是日期（2024-01-01），open 应是整数")
            continue
        beds.append(Beds(str(bed.get("department")), since, until, number))
    approved = item.get("approved")
    return Ward(
        id=str(item["id"]),
        name=str(item.get("name", item["id"])),
        campus=str(item.get("campus", "")),
        department=str(item.get("department", "")),
        beds=tuple(beds),
        approved=approved if isinstance(approved, int) else None,
        aliases=_aliases(item),
    )


def _day(value: object) -> object:
    """A date, written bare or in quotes; anything else as it is, for the fault."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def _exists(text: Text, path: tuple[object, ...], word: str, value: object, known: Mapping[str, list[str]]) -> None:
    if value is not None and str(value) not in known[word]:
        text.fault(path, f"没有{'院区' if word == 'campus' else '科室'} {value}", near(str(value), known[word]))


def _holidays(text: Text, folder: Path, name: object) -> tuple[Holiday, ...]:
    if not name:
        return ()
    file = folder / str(name)
    if not file.is_file():
        text.fault(("calendar", "holidays"), f"节假日文件不存在：{name}")
        return ()
    result: list[Holiday] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                kind = (row.get("kind") or "").strip()
                if kind not in ("休", "班"):
                    raise ValueError(kind)
                result.append(Holiday(date.fromisoformat((row.get("date") or "").strip()), (row.get("name") or "").strip(), kind == "班"))
            except ValueError:
                text.fault(("calendar", "holidays"), f"{file.name}:{number} 应写 日期,名称,休|班")
    return tuple(result)
