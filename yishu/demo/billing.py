"""Billing 住院费用与医嘱: what every stay is charged, dispensed, ordered and operated."""

from __future__ import annotations

import numpy as np

from yishu.demo.pathway import Pathway, pathways
from yishu.demo.world import DAY, NONE, Array, Columns, World

DRIFTING, DRIFT_DAYS = "D0404", 35  # a department whose consumables drift upwards
STEP = 10  # days between postings of bed, nursing and ward round


class Sheet:
    """A growing sheet 流水: parts of columns, put together at the end."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.parts: list[tuple[Array, ...]] = []

    def add(self, count: int, **columns: Array | int) -> None:
        if count:
            self.parts.append(tuple(np.broadcast_to(np.asarray(columns[n]), (count,)) for n in self.names))

    def columns(self, *order: str) -> Columns:
        made = {n: np.concatenate([p[i] for p in self.parts]) if self.parts else np.zeros(0, np.int64) for i, n in enumerate(self.names)}
        at = np.lexsort(tuple(made[n] for n in reversed(order)))
        return {n: v[at] for n, v in made.items()}


def billing(world: World) -> None:
    """Charges, dispensing, orders and operations of all stays, into `world.events`."""
    charge = Sheet("stay", "time", "item", "drug", "quantity", "cents", "exec")
    dispense = Sheet("stay", "time", "drug", "quantity", "cents", "take_home")
    order = Sheet("stay", "time", "stop", "long", "kind", "drug", "item", "text")
    surgery = Sheet("stay", "story", "requested", "scheduled", "enter", "anaesthesia", "start", "finish", "leave", "state", "level", "urgency", "reason")
    stay = world.events["stay"]
    rng = world.rng("billing")
    for p in pathways():
        at = np.nonzero(stay["story"] == p.index)[0]
        if len(at):
            _postings(world, p, at, charge)
            _medicines(world, rng, p, at, charge, dispense, order)
            _tests(world, rng, p, at, charge, order)
            _operation(world, rng, p, at, charge, order, surgery)
    made = charge.columns("time", "stay", "item", "drug")
    _place(world, made)
    world.events["charge"] = made
    made = dispense.columns("time", "stay", "drug")
    _place(world, made)
    world.events["dispense"] = made
    made = order.columns("time", "stay", "kind", "drug", "item")
    _place(world, made)
    world.events["order"] = made
    made = surgery.columns("requested", "stay")
    _surgeries(world, made)
    _settle(world)


def place(world: World, stay: Array, time: Array) -> Array:
    """The bed segment in which a stay lies at a moment 当时床位."""
    segment = world.events["segment"]
    key = segment["stay"] * 2**32 + segment["begin"]
    at = np.searchsorted(key, stay * 2**32 + time, side="right") - 1
    return np.maximum(at, np.searchsorted(segment["stay"], stay))


def _place(world: World, made: Columns) -> None:
    segment = world.events["segment"]
    at = place(world, made["stay"], made["time"])
    made["department"], made["ward"] = segment["department"][at], segment["ward"][at]
    if "exec" in made:
        made["exec"] = np.where(made["exec"] == NONE, made["department"], made["exec"])
    made["doctor"] = world.events["stay"]["doctor"][made["stay"]]


def _postings(world: World, p: Pathway, at: Array, charge: Sheet) -> None:
    """Bed, nursing and ward round, posted every few days and at the end."""
    s = world.structure
    stay = world.events["stay"]
    first, last = stay["begin"][at] // DAY, stay["end"][at] // DAY
    days = np.maximum(last - first, 1)
    times = -(-days // STEP)
    which = np.repeat(np.arange(len(at)), times)
    rank = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    quantity = np.minimum(STEP, days[which] - rank * STEP)
    moment = (first[which] + rank * STEP + quantity - 1) * DAY + 22 * 3600 + which % 3000
    final = rank == times[which] - 1
    moment = np.where(final, stay["end"][at][which] - 1800 - which % 600, moment)
    moment = np.maximum(moment, stay["begin"][at][which] + 900)
    real = moment <= world.until
    which, quantity, moment = at[which[real]], quantity[real], moment[real]
    bed = s.item("F0011" if p.care == 3 else "F0010")
    nursing = s.item({1: "F0401", 2: "F0402", 3: "F0403"}[p.care])
    for item in (bed, nursing, s.item("F0005")):
        charge.add(len(which), stay=which, time=moment, item=item.index, drug=NONE, quantity=quantity, cents=_cents(item.price, quantity), exec=NONE)


def _cents(price: float, quantity: Array) -> Array:
    return np.rint(quantity * price * 100).astype(np.int64)


def _medicines(world: World, rng: np.random.Generator, p: Pathway, at: Array, charge: Sheet, dispense: Sheet, order: Sheet) -> None:
    """Medicines 用药: dispensed every half week or so for as long as he stays; antibiotics for their days."""
    s = world.structure
    pharmacy = s.department("D9900")
    given = [(d, units, 99, False) for d, units in p.drugs]
    if p.antibiotic:
        given.append((*p.antibiotic, True))
    elif p.surgery:
        given.append((s.drug("头孢呋辛").index, 3.0, 3, True))
    elif p.age_low > 14:
        given.append((s.drug("哌拉西林他唑巴坦").index, 3.0, 6, False))
    given.append((s.drug("氯化钠").index, 2.0, 99, False))
    stay = world.events["stay"]
    for d, units, most, anti in given:
        share = 0.92 if anti else (0.66 if s.drugs[d].anti_level else 0.82)
        mine = at[rng.random(len(at)) < share]
        whole = np.maximum((stay["end"][mine] - stay["begin"][mine]) / DAY, 0.5)
        length = np.minimum(whole, most)
        step = 4 if s.drugs[d].anti_level else 12
        times = np.maximum(-(-length // step), 1).astype(np.int64)
        which = np.repeat(np.arange(len(mine)), times)
        rank = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        part = np.minimum(step, length[which] - rank * step)
        quantity = np.maximum(np.rint(part * units * (0.85 + 0.3 * rng.random(len(which)))), 1).astype(np.int64)
        moment = (stay["begin"][mine][which] + rank * step * DAY + 5400 + rng.integers(0, 5400, len(which))).astype(np.int64)
        moment = np.minimum(moment, stay["end"][mine][which] - 900)
        real = moment <= world.until
        which, rank, quantity, moment = mine[which[real]], rank[real], quantity[real], moment[real]
        cents = _cents(s.drugs[d].price, quantity)
        charge.add(len(which), stay=which, time=moment, item=NONE, drug=d, quantity=quantity, cents=cents, exec=pharmacy)
        dispense.add(len(which), stay=which, time=moment, drug=d, quantity=quantity, cents=cents, take_home=0)
        begun = rank == 0
        stop = np.where(stay["ended"][which[begun]], stay["end"][which[begun]], NONE)
        order.add(int(begun.sum()), stay=which[begun], time=moment[begun] - 3600, stop=stop, long=1, kind=1, drug=d, item=NONE, text=NONE)
    home = [d for d, _ in p.drugs if s.drugs[d].unit in ("片", "粒", "丸")][:1]
    for d in home:
        mine = at[stay["ended"][at] & (stay["leave"][at] != 5) & (rng.random(len(at)) < 0.4)]
        quantity = np.full(len(mine), max(7, s.drugs[d].pack))
        moment = stay["end"][mine] - 1200
        cents = _cents(s.drugs[d].price, quantity)
        charge.add(len(mine), stay=mine, time=moment, item=NONE, drug=d, quantity=quantity, cents=cents, exec=pharmacy)
        dispense.add(len(mine), stay=mine, time=moment, drug=d, quantity=quantity, cents=cents, take_home=1)


def _tests(world: World, rng: np.random.Generator, p: Pathway, at: Array, charge: Sheet, order: Sheet) -> None:
    """Tests, exams and treatments 检验检查治疗 with their orders."""
    s = world.structure
    stay = world.events["stay"]
    begin, end = stay["begin"][at], stay["end"][at]
    for n, i in enumerate((*p.labs[: 2 if p.median >= 8 else 1], s.item("F0116").index)):
        moment = begin + 1800 + rng.integers(0, 3600, len(at))
        again = begin + ((end - begin) * (0.35 + 0.4 * rng.random(len(at)))).astype(np.int64)
        for when, rate in ((moment, 1.0), (again, 0.3 if n < min(2, len(p.labs)) else 0.0)):
            mine = np.nonzero((rng.random(len(at)) < rate) & (when < end - 1800) & (when <= world.until))[0]
            item = s.items[i]
            one = np.ones(len(mine), dtype=np.int64)
            charge.add(len(mine), stay=at[mine], time=when[mine], item=i, drug=NONE, quantity=one, cents=_cents(item.price, one), exec=item.exec_department)
            if n == 0:
                order.add(len(mine), stay=at[mine], time=when[mine] - 600, stop=when[mine], long=0, kind=2, drug=NONE, item=i, text=NONE)
    for i in p.exams:
        moment = begin + 2 * 3600 + (rng.random(len(at)) * np.minimum(end - begin - 9000, 2 * DAY)).clip(0).astype(np.int64)
        mine = np.nonzero((rng.random(len(at)) < 0.85) & (moment < end - 1800) & (moment <= world.until))[0]
        item = s.items[i]
        one = np.ones(len(mine), dtype=np.int64)
        charge.add(len(mine), stay=at[mine], time=moment[mine], item=i, drug=NONE, quantity=one, cents=_cents(item.price, one), exec=item.exec_department)
        order.add(len(mine), stay=at[mine], time=moment[mine] - 1200, stop=moment[mine], long=0, kind=3, drug=NONE, item=i, text=NONE)
    materials = (s.item("F0601").index, s.item("F0602").index, s.item("F0609").index)
    daily = (s.item("F0312").index, s.item("F0612").index, *((s.item("F0311").index,) if p.care != 2 else ()))
    for i in (*p.treatments, *daily, materials[0]):
        item = s.items[i]
        days = np.maximum((end - begin) // DAY, 1)
        rate = {"F0306": 3 / 7, "F0602": 0.3, "F0609": 0.4}.get(item.code, 1.0)
        quantity = np.maximum(np.rint(days * rate), 1).astype(np.int64)
        moment = begin + ((end - begin) * (0.5 + 0.4 * rng.random(len(at)))).astype(np.int64)
        mine = np.nonzero(moment <= world.until)[0]
        charge.add(len(mine), stay=at[mine], time=moment[mine], item=i, drug=NONE, quantity=quantity[mine], cents=_cents(item.price, quantity[mine]), exec=NONE)


def _operation(world: World, rng: np.random.Generator, p: Pathway, at: Array, charge: Sheet, order: Sheet, surgery: Sheet) -> None:
    """The operation 手术, if the story has one and the stay is long enough."""
    if p.surgery is None:
        return
    s = world.structure
    o = p.surgery
    stay = world.events["stay"]
    mine = at[rng.random(len(at)) < o.rate]
    begin, end = stay["begin"][mine], stay["end"][mine]
    room = np.maximum((end - begin) // DAY - 1, 0)
    wait = np.minimum(o.wait_days + (rng.random(len(mine)) < 0.3), room)
    elective = (begin // DAY + wait) * DAY + (8.4 * 3600 + rng.random(len(mine)) * 7.5 * 3600).astype(np.int64)
    urgent = begin + 5400 + rng.integers(0, 4 * 3600, len(mine))
    start = urgent if o.urgency == 2 and o.wait_days == 0 else elective
    hours = o.hours * np.exp(0.22 * rng.standard_normal(len(mine)))
    finish = start + (hours * 3600).astype(np.int64)
    start = np.where(start < begin + 3600, begin + 3600 + 2400, start)
    if o.urgency != 2:
        # who is admitted in the evening is operated on the next working hours, not at night
        late = start % DAY > 17.5 * 3600
        start = np.where(late, (start // DAY + 1) * DAY + (8.4 * 3600 + rng.random(len(mine)) * 5 * 3600).astype(np.int64), start)
        wait = wait + late
    finish = np.maximum(np.where(finish < start + 1200, start + (hours * 3600).astype(np.int64), finish), start + 1200)
    fits = finish + 1800 < end
    mine, start, finish, wait = mine[fits], start[fits], finish[fits], wait[fits]
    scheduled = start - rng.integers(-900, 2700, len(mine))
    requested = np.maximum(scheduled - np.where(wait > 0, 20 * 3600, 3000), stay["begin"][mine] + 600)
    known = requested <= world.until
    mine, start, finish, scheduled, requested = (a[known] for a in (mine, start, finish, scheduled, requested))
    cancelled = (rng.random(len(mine)) < 0.018) & (o.urgency != 2)
    done = ~cancelled & (finish <= world.until)
    state = np.where(cancelled, 9, np.where(done, 3, np.where(start <= world.until, 2, 1)))
    reason = np.where(cancelled, rng.integers(0, 4, len(mine)), NONE)
    enter = start - rng.integers(1500, 2700, len(mine))
    surgery.add(
        len(mine), stay=mine, story=p.index, requested=requested, scheduled=scheduled, enter=enter,
        anaesthesia=enter + rng.integers(300, 900, len(mine)), start=start, finish=finish, leave=finish + rng.integers(600, 2400, len(mine)),
        state=state, level=o.level, urgency=o.urgency, reason=reason,
    )  # fmt: skip
    order.add(len(mine), stay=mine, time=requested, stop=NONE, long=0, kind=5, drug=NONE, item=NONE, text=p.index)
    mine, finish = mine[done], finish[done]
    theatre = s.department("D2600")
    one = np.ones(len(mine), dtype=np.int64)
    fee, gas = s.item(f"F050{o.level}"), s.item("F0510")
    for item, quantity in ((fee, one), (gas, one)):
        charge.add(len(mine), stay=mine, time=finish, item=item.index, drug=NONE, quantity=quantity, cents=_cents(item.price, quantity), exec=theatre)
    for i, units in o.materials:
        quantity = np.maximum(np.rint(units * np.exp(0.25 * rng.standard_normal(len(mine))) + rng.random(len(mine)) - 0.5), 0).astype(np.int64)
        if p.department == s.department(DRIFTING):
            quantity = np.where(finish // DAY > world.last_day - DRIFT_DAYS, quantity * 2, quantity)
        some = quantity > 0
        charge.add(int(some.sum()), stay=mine[some], time=finish[some], item=i, drug=NONE, quantity=quantity[some], cents=_cents(s.items[i].price, quantity[some]), exec=theatre)


def _surgeries(world: World, made: Columns) -> None:
    """Surgeon, room and department 术者与手术间."""
    s = world.structure
    rng = world.rng("surgeons")
    stay = world.events["stay"]
    count = len(made["stay"])
    made["surgeon_department"] = np.array([p.department for p in pathways()])[made["story"]]
    doctors = [np.array([p.index for p in s.doctors_of(x.index)]) for x in s.departments]
    at_home = stay["department"][made["stay"]] == made["surgeon_department"]
    other = np.array([own[0] if len(own) else NONE for own in doctors])[made["surgeon_department"]]
    second = np.array([own[min(1, len(own) - 1)] if len(own) else NONE for own in doctors])[made["surgeon_department"]]
    other = np.where(rng.random(count) < 0.5, other, second)
    made["surgeon"] = np.where(at_home, stay["doctor"][made["stay"]], other)
    made["room"] = rng.integers(1, 13, count)
    made["asa"] = np.where(made["level"] >= 4, rng.integers(2, 5, count), rng.integers(1, 4, count))
    made["number"] = 70_000_001 + np.arange(count)
    at = place(world, made["stay"], made["requested"])
    made["department"], made["ward"] = world.events["segment"]["department"][at], world.events["segment"]["ward"][at]
    world.events["surgery"] = made


def _settle(world: World) -> None:
    """The bill at leaving 出院结算, within an hour or two; and the stay's cost."""
    rng = world.rng("settle")
    stay, charge = world.events["stay"], world.events["charge"]
    charge["number"] = 100_000_001 + np.arange(len(charge["stay"]))
    ended = np.nonzero(stay["ended"])[0]
    at = stay["end"][ended] + rng.integers(900, 5400, len(ended))
    known = at <= world.until
    settled = np.full(len(stay["number"]), NONE)
    settled[ended[known]] = at[known]
    stay["settled_at"] = settled
    stay["cost"] = np.bincount(charge["stay"], charge["cents"], len(stay["number"])).astype(np.int64)
