"""Truth 真值: what is true in the simulated world, computed from its own state, never from the stores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from yishu.demo.defects import Defects
from yishu.demo.pathway import pathways
from yishu.demo.world import DAY, NONE, Array, World
from yishu.demo.write import Moments, write_csv


class Book:
    """The book 真值簿: metric → day × department → numerator and denominator."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[tuple[str, str, str, str, str]] = []
        self.names = [d.name for d in world.structure.departments]

    def sums(self, metric: str, day: Array, department: Array, numerator: Array | None = None, *, places: int = 0) -> dict[tuple[int, int], float]:
        """Sums by day and department, department −1 the whole hospital; integers throughout (money in cents: places 2)."""
        value = np.ones(len(day), dtype=np.int64) if numerator is None else numerator
        made: dict[tuple[int, int], float] = {}
        for where in (department, np.full(len(day), -1)):
            key, inverse = np.unique(day * 128 + where + 1, return_inverse=True)
            total = np.zeros(len(key), dtype=value.dtype)
            np.add.at(total, inverse, value)
            made.update({(int(k) // 128, int(k) % 128 - 1): t for k, t in zip(key.tolist(), total.tolist(), strict=True)})
        del metric, places
        return made

    def put(self, metric: str, numerator: dict[tuple[int, int], float], denominator: dict[tuple[int, int], float] | None = None, *, scale: int = 1) -> None:
        """Enter a metric; the two parts may fall on different days."""
        base = np.datetime64(0, "D")
        for day, where in sorted(set(numerator) | set(denominator or {})):
            top = numerator.get((day, where), 0)
            bottom = "" if denominator is None else _number(denominator.get((day, where), 0))
            shown = _number(top / scale if scale != 1 else top)
            self.rows.append((str(base + day), self.names[where] if where >= 0 else "", metric, shown, bottom))


def _number(value: float) -> str:
    if isinstance(value, int) or float(value).is_integer():
        return str(int(value))
    return repr(float(value))


def first_day_bed(world: World) -> tuple[Array, Array, Array, Array]:
    """(day, ward, department, occupied) rows of the midnight census with same-day stays 床日."""
    stay, segment = world.events["stay"], world.events["segment"]
    end = np.minimum(segment["end"], np.where(stay["ended"], stay["end"], 2**40)[segment["stay"]])
    last = np.zeros(len(segment["stay"]), dtype=bool)
    last[stay["current"]] = True
    open_end = last & ~stay["ended"][segment["stay"]]
    # a midnight counts when it has come: the census of today is not yet taken
    census_end = (world.until + 1) // DAY
    first = segment["begin"] // DAY
    until = np.where(open_end, census_end, end // DAY)
    nights = np.maximum(np.minimum(until, census_end) - first, 0)
    same = last & stay["ended"][segment["stay"]] & (stay["begin"][segment["stay"]] // DAY == stay["end"][segment["stay"]] // DAY)
    counts = np.where(same, 1, nights)
    which = np.repeat(np.arange(len(first)), counts)
    day = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    keep = (day >= world.first_day) & (day < max(census_end, world.first_day))
    return day[keep], segment["ward"][which][keep], segment["department"][which][keep], np.ones(int(keep.sum()), dtype=np.int64)


def bed_days(world: World) -> list[tuple[int, int, int, int, int]]:
    """(day, ward, department, open, occupied) for every day whose midnight has passed."""
    day, ward, department, _ = first_day_bed(world)
    counted: dict[tuple[int, int, int], int] = {}
    key, count = np.unique((day * 128 + ward) * 128 + department, return_counts=True)
    for k, c in zip(key.tolist(), count.tolist(), strict=True):
        counted[k // 16384, k // 128 % 128, k % 128] = c
    bed = world.events["bed"]
    rows = []
    for d in range(world.first_day, (world.until + 1) // DAY):
        there = bed["closed"] > d
        pairs, opened = np.unique(bed["ward"][there] * 128 + bed["department"][there], return_counts=True)
        for p, n in zip(pairs.tolist(), opened.tolist(), strict=True):
            rows.append((d, p // 128, p % 128, n, counted.get((d, p // 128, p % 128), 0)))
    return rows


def metrics(world: World, book: Book) -> None:
    """The metrics of the two HIS; the other systems enter theirs beside their stores."""
    _outpatient(world, book)
    _stays(world, book)
    _money(world, book)
    for enter in world.truths:
        enter(book)


def _outpatient(world: World, book: Book) -> None:
    visit, booking = world.events["visit"], world.events["appointment"]
    clinic_day, department = visit["day"], visit["department"]
    for metric, mine in (("outpatient_visits", visit["seen"] & ~visit["urgent"]), ("emergency_visits", visit["seen"] & visit["urgent"])):
        book.put(metric, book.sums(metric, clinic_day[mine], department[mine]))
    wait = visit["start"] - visit["arrive"]
    mine = visit["seen"] & ~visit["urgent"] & visit["checked"] & (wait >= 0) & (wait <= 480 * 60)
    book.put("wait_minutes", book.sums("", clinic_day[mine], department[mine], wait[mine]), book.sums("", clinic_day[mine], department[mine]), scale=60)
    due = booking["state"] >= 2
    at = booking["visit"][due]
    missed = (booking["state"][due] == 3).astype(np.int64)
    day = booking["slot"][due] // DAY
    book.put("no_show_rate", book.sums("", day, department[at], missed), book.sums("", day, department[at]))


def _stays(world: World, book: Book) -> None:
    stay = world.events["stay"]
    book.put("admissions", book.sums("", stay["begin"] // DAY, stay["in_department"]))
    out = stay["ended"]
    day, where = stay["end"][out] // DAY, stay["department"][out]
    length = np.maximum(day - stay["begin"][out] // DAY, 1)
    count = book.sums("", day, where)
    book.put("discharges", count)
    book.put("avg_length_of_stay", book.sums("", day, where, length), count)
    rows = bed_days(world)
    d, department, opened, used = (np.array([r[i] for r in rows], dtype=np.int64) for i in (0, 2, 3, 4))
    opened_beds = book.sums("", d, department, opened)
    book.put("bed_occupancy_rate", book.sums("", d, department, used), opened_beds)
    book.put("bed_turnover", {k: v for k, v in count.items() if k[0] >= world.first_day}, opened_beds)
    given = world.events["dispense"]
    ddd = np.array([d.ddd_per_unit if d.anti_level and d.systemic else 0.0 for d in world.structure.drugs])[given["drug"]]
    mine = (ddd > 0) & (given["take_home"] == 0)
    # the department is the stay's own (出院科室, today's for those still here), as for the bed days it is divided by
    own = stay["department"][given["stay"][mine]]
    top = book.sums("", given["time"][mine] // DAY, own, np.rint(given["quantity"][mine] * ddd[mine] * 10_000).astype(np.int64))
    book.put("antibiotic_ddd", {k: v / 10_000 for k, v in top.items()}, book.sums("", day, where, length))


def charges(world: World) -> tuple[Array, Array, Array, Array, Array]:
    """Every charge line of the hospital 全部收费: (time, ordering department, cents, category index, outpatient)."""
    s = world.structure
    names = [c[0] for c in s.raw["fin_categories"]]
    of_item = np.array([names.index(i.category) for i in s.items] + [-1])
    of_drug = np.array([names.index(d.kind) for d in s.drugs] + [-1])
    visit, rx, line, refund, charge = (world.events[k] for k in ("visit", "prescription", "line", "refund", "charge"))
    fee = np.nonzero(visit["came"] & (visit["fee"] > 0))[0]
    paid = rx["paid"][line["prescription"]]
    head = line["prescription"][paid]
    kind = np.where(line["drug"] >= 0, of_drug[line["drug"]], of_item[line["item"]])
    red_at = np.full(len(rx["number"]), NONE)
    red_at[refund["prescription"]] = refund["time"]
    back = red_at[line["prescription"]] != NONE
    b_head = line["prescription"][back]
    c_kind = np.where(charge["drug"] >= 0, of_drug[charge["drug"]], of_item[charge["item"]])
    where = visit["department"]
    time = np.concatenate((visit["register"][fee], rx["paid_at"][head], red_at[b_head], charge["time"]))
    department = np.concatenate((where[fee], where[rx["visit"][head]], where[rx["visit"][b_head]], charge["department"]))
    cents = np.concatenate((visit["fee"][fee], line["amount"][paid], -line["amount"][back], charge["cents"]))
    category = np.concatenate((np.full(len(fee), names.index("诊察")), kind[paid], kind[back], c_kind))
    return time, department, cents, category, np.arange(len(time)) < len(time) - len(charge["stay"])


def _money(world: World, book: Book) -> None:
    names = [c[0] for c in world.structure.raw["fin_categories"]]
    time, department, cents, category, outpatient = charges(world)
    day = time // DAY
    total = book.sums("", day, department, cents)
    book.put("revenue", total, scale=100)
    whole = {k: v / 100 for k, v in total.items()}
    drugs = np.isin(category, [names.index("西药"), names.index("中成药")])
    book.put("drug_cost_ratio", book.sums("", day[drugs], department[drugs], cents[drugs]), whole, scale=100)
    material = category == names.index("卫生材料")
    book.put("consumable_ratio", book.sums("", day[material], department[material], cents[material]), whole, scale=100)
    visit = world.events["visit"]
    seen = visit["seen"]
    book.put(
        "avg_outpatient_cost", book.sums("", day[outpatient], department[outpatient], cents[outpatient]),
        book.sums("", visit["day"][seen], visit["department"][seen]), scale=100,
    )  # fmt: skip


def write(world: World, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write `truth/truth_*.csv` (design §5.1) and the planted causes."""
    folder = home / "truth"
    s = world.structure
    rows: dict[str, int] = {}
    card, stay, newborn = (world.events[k] for k in ("card", "stay", "newborn"))
    _, first = np.unique(stay["brid"], return_index=True)
    person = np.concatenate((card["person"], stay["person"][first], newborn["person"]))
    local = np.concatenate((card["number"], stay["brid"][first], newborn["brid"]))
    source = ["his_mz"] * len(card["number"]) + ["his_zy"] * (len(first) + len(newborn["person"]))
    rows["truth_person"] = write_csv(folder / "truth_person.csv", ("person", "source", "local_id"), ((person + 1).tolist(), source, local.tolist()))
    mapped = [
        (system, str(code), d.name)
        for d in s.departments for c, campus in enumerate(s.campuses) if campus.id in d.at
        for system, code in (("his_mz", d.mz(c)), ("his_zy", d.zy(c)), ("ssmz", d.zy(c)), ("lis", d.lis(c)), ("emr_basy", d.hqms()), ("hrp", d.hr()))
    ]  # fmt: skip
    mapped = sorted(set(mapped))
    rows["truth_dept_map"] = write_csv(folder / "truth_dept_map.csv", ("source", "code", "department"), list(zip(*mapped, strict=True)))
    beds = bed_days(world)
    rows["truth_bed_day"] = write_csv(
        folder / "truth_bed_day.csv", ("date", "ward", "department", "open", "occupied"),
        [
            moments.day10(np.array([b[0] for b in beds], dtype=np.int64)).tolist() if beds else [], [s.wards[b[1]].name for b in beds],
            [s.departments[b[2]].name for b in beds], [b[3] for b in beds], [b[4] for b in beds],
        ],
    )  # fmt: skip
    book = Book(world)
    metrics(world, book)
    book.rows.sort()
    rows["truth_metric"] = write_csv(folder / "truth_metric.csv", ("date", "department", "metric", "numerator", "denominator"), list(zip(*book.rows, strict=True)))
    listed = [(f, src, t, k, c, kind) for f, src, t, keys, c, kind in defects.rows for k in keys]
    columns: list[Sequence[object]] = [list(range(1, len(listed) + 1)), *[[r[i] for r in listed] for i in range(6)]]
    rows["truth_defects"] = write_csv(folder / "truth_defects.csv", ("id", "family", "source", "table", "key", "column", "kind"), columns)
    causes = world.causes
    rows["truth_cause"] = write_csv(
        folder / "truth_cause.csv", ("id", "start", "end", "department", "metric", "cause"),
        [list(range(1, len(causes) + 1)), *([c[i] for c in causes] for i in range(5))],
    )  # fmt: skip
    return rows


def stories() -> int:
    return len(pathways())
