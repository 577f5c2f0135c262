"""Make 造院: the whole hospital in order, store by store, with progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yishu.demo import (
    billing,
    his_mz,
    his_zy,
    imaging,
    inpatient,
    lab,
    messages,
    outpatient,
    population,
    quality,
    record,
    stores,
    theatre,
    truth,
)
from yishu.demo.beside import Beside
from yishu.demo.defects import Defects
from yishu.demo.world import Array, Columns, World, to_day
from yishu.demo.write import Moments


@dataclass(frozen=True, slots=True)
class DemoReceipt:
    """What was made 造院回执: rows by system and table, defects by family, seconds by step."""

    home: Path
    seed: int
    first_day: str
    until: str
    rows: dict[str, dict[str, int]]
    truth: dict[str, int]
    messages: dict[str, int]
    defects: dict[str, int]
    seconds: dict[str, float]

    @property
    def total(self) -> int:
        return sum(sum(tables.values()) for tables in self.rows.values())


def quiet(_said: str, _share: float) -> None:
    """No progress 不报进度."""


def make(
    home: Path,
    *,
    seed: int = 1,
    until: datetime,
    days: int | None = None,
    scale: float = 1.0,
    defects: str = "full",
    progress: Callable[[str, float], None] = quiet,
    systems: tuple[str, ...] | None = None,
) -> DemoReceipt:
    """Write `home/sources/...` and `home/truth/truth_*.csv`; the same bytes for the same arguments."""
    world = World.of(seed, until, days, scale, defects, progress)
    planted = Defects(world)
    wanted = systems or tuple(WRITERS)
    seconds: dict[str, float] = {}
    clock = [time.perf_counter()]

    def step(said: str, share: float) -> None:
        now = time.perf_counter()
        seconds[said] = round(now - clock[0], 2)
        clock[0] = now
        progress(said, share)

    progress("人群", 0.02)
    visits = outpatient.expected_visits(world)
    people = population.people(world, int(min(visits * 0.75, 45_000 * scale + visits * 0.22)) + 2_000)
    outpatient.outpatient(world, people)
    step("门诊排班与就诊", 0.12)
    people = inpatient.inpatient(world, people)
    step("床位与住院", 0.2)
    outpatient.settle(world, people)
    outpatient.unnamed(world, people)
    billing.billing(world)
    his_mz.red_entries(world, planted)
    his_zy.red_entries(world, planted)
    his_mz.cards(world, people, planted)
    his_zy.patients(world, people, planted)
    his_zy.voids(world)
    his_zy.moves(world)
    _causes(world)
    step("医嘱与费用", 0.32)
    moments = Moments()
    others = tuple(s for s in WRITERS if s != "his_mz" and (s in wanted or s == "his_zy"))
    there = Beside(lambda: _others(world, people, planted, home, moments, others))
    rows = {"his_mz": his_mz.write(world, people, planted, home, moments)}
    step("his_mz", 0.7)
    posted = [messages.post(world, people, home, channel) for channel in messages.CHANNELS if channel != "lis_oru"]
    step("消息", 0.75)
    done = there.result()
    rows |= done.rows
    seconds |= done.seconds
    planted.rows += done.defects
    world.causes += done.causes
    said = messages.write_truth([*posted, *done.posted], home)
    step("其余系统", 0.9)
    book = truth.Book(world)
    book.metrics, book.parts = done.metrics, done.parts
    written = truth.write(world, planted, home, moments, book)
    step("真值", 1.0)
    counted: dict[str, int] = {}
    for family, _, _, keys, _, _ in planted.rows:
        counted[family] = counted.get(family, 0) + len(keys)
    return DemoReceipt(home, seed, str(to_day(world.first_day)), until.isoformat(), rows, written, said, counted, seconds)


WRITERS: dict[str, Callable[..., dict[str, int]]] = {
    "his_mz": his_mz.write,
    "his_zy": his_zy.write,
    "lis": lab.write,
    "ris_pacs": imaging.write,
    "emr_ba": record.write,
    "ssmz": theatre.write,
    "hrp": stores.write,
    "zlk": quality.write,
}


@dataclass(frozen=True, slots=True)
class Others:
    """What the other systems' writer hands back 其余系统的回执."""

    rows: dict[str, dict[str, int]]
    seconds: dict[str, float]
    posted: list[messages.Posted]
    metrics: list[str]
    parts: list[tuple[Array, Array, Array, bool]]
    defects: list[tuple[str, str, str, list[str], str, str]]
    causes: list[tuple[str, str, str, str, str]]


def _others(world: World, people: Columns, planted: Defects, home: Path, moments: Moments, systems: tuple[str, ...]) -> Others:
    """Write every store but the outpatient one; they share no table with it."""
    defects, causes = len(planted.rows), len(world.causes)
    rows, seconds = {}, {}
    for system in systems:
        began = time.perf_counter()
        rows[system] = WRITERS[system](world, people, planted, home, moments)
        seconds[system] = round(time.perf_counter() - began, 2)
        world.progress(system, 0.5)
    began = time.perf_counter()
    posted = [messages.post(world, people, home, "lis_oru"), *(messages.shelve(world, people, home, channel) for channel in messages.SHELVES)]
    seconds["文档与资源"] = round(time.perf_counter() - began, 2)
    book = truth.Book(world)
    for enter in world.truths:
        enter(book)
    world.truths.clear()
    new_defects, new_causes = planted.rows[defects:], world.causes[causes:]
    del planted.rows[defects:], world.causes[causes:]
    return Others(rows, seconds, posted, book.metrics, book.parts, new_defects, new_causes)


def _causes(world: World) -> None:
    """Planted causes 植入的原因, for whoever asks why."""
    first, last = outpatient.epidemic_days(world)
    if first >= world.first_day:
        world.causes.append((str(to_day(first)), str(to_day(last)), "儿科", "outpatient_visits", "流感高峰周：儿科、呼吸科与急诊就诊增多"))
    drift = world.last_day - billing.DRIFT_DAYS + 1
    if drift >= world.first_day:
        name = world.structure.departments[world.structure.department(billing.DRIFTING)].name
        world.causes.append((str(to_day(drift)), str(to_day(world.last_day)), name, "consumable_ratio", "更换耗材品规，单台手术耗材用量翻倍"))
    for w in world.structure.wards:
        if w.closure_since and w.closure_since <= str(to_day(world.last_day)):
            department = world.structure.departments[w.beds[0][0]].name
            world.causes.append((w.closure_since, str(to_day(world.last_day)), department, "bed_occupancy_rate", f"{w.name}维修，开放床位减至{w.closure_open}张"))
