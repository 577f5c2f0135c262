"""Truth 真值: what is true in the simulated world, computed from its own state, never from the stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yishu.demo.defects import Defects
from yishu.demo.pathway import pathways
from yishu.demo.world import DAY, NONE, Array, World
from yishu.demo.write import Moments, write_csv


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums 合计 by day and department: key = day × 128 + department + 1 (0 the whole hospital), ascending."""

    key: Array
    value: Array

    def at(self, keys: Array) -> Array:
        """Values at these keys, 0 where there is none."""
        if not len(self.key):
            return np.zeros(len(keys), dtype=np.int64)
        where = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return np.where(self.key[where] == keys, self.value[where], 0)

    def over(self, divisor: int) -> Sums:
        return Sums(self.key, self.value / divisor)

    def since(self, day: int) -> Sums:
        keep = self.key >= day * 128
        return Sums(self.key[keep], self.value[keep])


class Book:
    """The book 真值簿: metric → day × department → numerator and denominator."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.metrics: list[str] = []
        self.parts: list[tuple[Array, Array, Array, bool]] = []
        self.names = [d.name for d in world.structure.departments]

    def sums(self, day: Array, department: Array, numerator: Array | None = None) -> Sums:
        """Sums by day and department, and for the whole hospital; integers throughout (money in cents)."""
        if not len(day):
            return Sums(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        low = int(day.min())
        at = (day - low) * 128 + department + 1
        size = (int(day.max()) - low + 1) * 128
        rows = np.bincount(at, minlength=size).reshape(-1, 128)
        total = rows if numerator is None else np.rint(np.bincount(at, numerator, size)).astype(np.int64).reshape(-1, 128)
        for table in (rows, total) if numerator is not None else (rows,):
            table[:, 0] = table.sum(axis=1)  # department -1 is nobody's: column 0 holds those rows, then the whole hospital's
        seen = np.nonzero(rows.ravel())[0]
        return Sums(seen + low * 128, total.ravel()[seen])

    def middle(self, day: Array, department: Array, value: Array) -> Sums:
        """Medians 中位数 by day and department, and for the whole hospital."""
        key = np.concatenate((day * 128 + department + 1, day * 128))
        both = np.concatenate((value, value))
        order = np.lexsort((both, key))
        groups, start, size = np.unique(key[order], return_index=True, return_counts=True)
        both = both[order]
        return Sums(groups, (both[start + (size - 1) // 2] + both[start + size // 2]) / 2)

    def put(self, metric: str, numerator: Sums, denominator: Sums | None = None, *, scale: int = 1) -> None:
        """Enter a metric; the two parts may fall on different days."""
        key = numerator.key if denominator is None else np.union1d(numerator.key, denominator.key)
        top = numerator.at(key) / scale if scale != 1 else numerator.at(key)
        bottom = np.zeros(len(key)) if denominator is None else denominator.at(key)
        self.metrics.append(metric)
        self.parts.append((key, top.astype(float), bottom.astype(float), denominator is not None))

    def write(self, path: Path, moments: Moments) -> int:
        """`truth_metric.csv`, by date, department and metric."""
        sizes = [len(p[0]) for p in self.parts]
        key = np.concatenate([p[0] for p in self.parts])
        ranks = np.argsort(np.argsort(["", *self.names], kind="stable"), kind="stable")
        metric = np.repeat(np.argsort(np.argsort(self.metrics, kind="stable"), kind="stable"), sizes)
        order = np.lexsort((metric, ranks[key % 128], key // 128))
        top, bottom = (np.concatenate([p[i] for p in self.parts])[order] for i in (1, 2))
        divided = np.repeat([p[3] for p in self.parts], sizes)[order]
        names = np.array(["", *self.names], dtype=object)[key[order] % 128]
        metrics_in_order = np.array(sorted(self.metrics), dtype=object)[metric[order]]
        shown = _numbers(bottom)
        columns = (moments.day10(key[order] // 128).tolist(), names.tolist(), metrics_in_order.tolist(), _numbers(top), [n if d else "" for n, d in zip(shown, divided.tolist(), strict=True)])
        return write_csv(path, ("date", "department", "metric", "numerator", "denominator"), columns)


def _numbers(values: Array) -> list[str]:
    return [str(int(v)) if v.is_integer() else repr(v) for v in values.tolist()]


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


def bed_days(world: World) -> tuple[Array, Array, Array, Array, Array]:
    """(day, ward, department, open, occupied) for every day whose midnight has passed."""
    day, ward, department, _ = first_day_bed(world)
    seen, count = np.unique((day * 128 + ward) * 128 + department, return_counts=True)
    bed = world.events["bed"]
    days = np.arange(world.first_day, max((world.until + 1) // DAY, world.first_day))
    pair, of_bed = np.unique(bed["ward"] * 128 + bed["department"], return_inverse=True)
    opened = np.zeros((len(days), len(pair)), dtype=np.int64)
    for closed in np.unique(bed["closed"]).tolist():
        beds = np.bincount(of_bed[bed["closed"] == closed], minlength=len(pair))
        opened += (days < closed)[:, None] * beds
    at, which = np.nonzero(opened)
    key = days[at] * 16384 + pair[which]
    return days[at], pair[which] // 128, pair[which] % 128, opened[at, which], Sums(seen, count).at(key)


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
        book.put(metric, book.sums(clinic_day[mine], department[mine]))
    seen = visit["seen"]
    book.put("total_visits", book.sums(clinic_day[seen], department[seen]))
    came = visit["came"]
    book.put("registration_refund_rate", book.sums(visit["register"][came] // DAY, department[came], visit["refunded"][came].astype(np.int64)), book.sums(visit["register"][came] // DAY, department[came]))
    over = seen & ~visit["urgent"] & ~visit["refunded"] & (visit["finish"] <= world.until)
    book.put("consultation_minutes", book.sums(clinic_day[over], department[over], (visit["finish"] - visit["start"])[over]), book.sums(clinic_day[over], department[over]), scale=60)
    wait = visit["start"] - visit["arrive"]
    mine = visit["seen"] & ~visit["urgent"] & visit["checked"] & (wait >= 0) & (wait <= 480 * 60)
    book.put("wait_minutes", book.sums(clinic_day[mine], department[mine], wait[mine]), book.sums(clinic_day[mine], department[mine]), scale=60)
    due = booking["state"] >= 2
    at = booking["visit"][due]
    missed = (booking["state"][due] == 3).astype(np.int64)
    day = booking["slot"][due] // DAY
    booked = booking["visit"]
    slot_day = booking["slot"] // DAY
    cancelled = (booking["state"] == 1).astype(np.int64)
    book.put("appointment_cancel_rate", book.sums(slot_day, department[booked], cancelled), book.sums(slot_day, department[booked]))
    book.put("no_show_rate", book.sums(day, department[at], missed), book.sums(day, department[at]))


def _stays(world: World, book: Book) -> None:
    stay = world.events["stay"]
    book.put("admissions", book.sums(stay["begin"] // DAY, stay["in_department"]))
    out = stay["ended"]
    day, where = stay["end"][out] // DAY, stay["department"][out]
    length = np.maximum(day - stay["begin"][out] // DAY, 1)
    count = book.sums(day, where)
    book.put("discharges", count)
    book.put("avg_length_of_stay", book.sums(day, where, length), count)
    d, _, department, opened, used = bed_days(world)
    opened_beds = book.sums(d, department, opened)
    book.put("bed_occupancy_rate", book.sums(d, department, used), opened_beds)
    book.put("bed_turnover", count.since(world.first_day), opened_beds)
    book.put("open_bed_days", opened_beds)
    book.put("occupied_bed_days", book.sums(d, department, used))
    _transfers(world, book)
    given = world.events["dispense"]
    ddd = np.array([d.ddd_per_unit if d.anti_level and d.systemic else 0.0 for d in world.structure.drugs])[given["drug"]]
    mine = (ddd > 0) & (given["take_home"] == 0)
    # the department is the stay's own (出院科室, today's for those still here), as for the bed days it is divided by
    own = stay["department"][given["stay"][mine]]
    top = book.sums(given["time"][mine] // DAY, own, np.rint(given["quantity"][mine] * ddd[mine] * 10_000).astype(np.int64))
    book.put("antibiotic_ddd", top.over(10_000), book.sums(day, where, length))


def _transfers(world: World, book: Book) -> None:
    """Transfers 转科: into and out of a department, within one stay."""
    segment = world.events["segment"]
    moved = np.nonzero((segment["stay"][1:] == segment["stay"][:-1]) & (segment["department"][1:] != segment["department"][:-1]))[0] + 1
    day = segment["begin"][moved] // DAY
    book.put("transfers_in", book.sums(day, segment["department"][moved]))
    book.put("transfers_out", book.sums(day, segment["department"][moved - 1]))


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
    total = book.sums(day, department, cents)
    book.put("revenue", total, scale=100)
    whole = total.over(100)
    drugs = np.isin(category, [names.index("西药"), names.index("中成药")])
    book.put("drug_cost_ratio", book.sums(day[drugs], department[drugs], cents[drugs]), whole, scale=100)
    material = category == names.index("卫生材料")
    book.put("consumable_ratio", book.sums(day[material], department[material], cents[material]), whole, scale=100)
    medical = np.isin(category, [names.index(n) for n in ("挂号", "诊察", "床位", "治疗", "护理", "手术", "药事服务")])
    book.put("service_revenue_share", book.sums(day[medical], department[medical], cents[medical]), whole, scale=100)
    tested = np.isin(category, [names.index("检查"), names.index("化验")])
    book.put("exam_lab_revenue_share", book.sums(day[tested], department[tested], cents[tested]), whole, scale=100)
    for metric, part in (("outpatient_drug_ratio", outpatient), ("inpatient_drug_ratio", ~outpatient)):
        some = drugs & part
        book.put(metric, book.sums(day[some], department[some], cents[some]), book.sums(day[part], department[part], cents[part]).over(100), scale=100)
    visit = world.events["visit"]
    seen = visit["seen"]
    every = outpatient & np.isin(category, [names.index(n) for n in ("西药", "中成药", "中药饮片")])
    book.put("avg_outpatient_drug_cost", book.sums(day[every], department[every], cents[every]), book.sums(visit["day"][seen], visit["department"][seen]), scale=100)
    book.put(
        "avg_outpatient_cost", book.sums(day[outpatient], department[outpatient], cents[outpatient]),
        book.sums(visit["day"][seen], visit["department"][seen]), scale=100,
    )  # fmt: skip


def write(world: World, defects: Defects, home: Path, moments: Moments, told: Book | None = None) -> dict[str, int]:
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
            moments.day10(beds[0]).tolist(), np.array([w.name for w in s.wards], dtype=object)[beds[1]].tolist(),
            np.array([d.name for d in s.departments], dtype=object)[beds[2]].tolist(), beds[3].tolist(), beds[4].tolist(),
        ],
    )  # fmt: skip
    book = Book(world)
    if told is not None:
        book.metrics, book.parts = list(told.metrics), list(told.parts)
    metrics(world, book)
    rows["truth_metric"] = book.write(folder / "truth_metric.csv", moments)
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
