"""Inpatient 住院: beds with stories in them, one after another; transfers, intensive care, births."""

from __future__ import annotations

import numpy as np

from yishu.demo.outpatient import pool_of
from yishu.demo.pathway import pathways
from yishu.demo.population import age_on, persons
from yishu.demo.world import DAY, NONE, SEASONS, Array, Columns, World, day_number, holidays, month_of, weekday_of

WARM_UP = 40
ICU = "重症医学科"


def beds_of(world: World) -> Columns:
    """Beds 床位: ward, department, number, and the day from which a closed one is closed."""
    ward, department, number, closed = [], [], [], []
    for w in world.structure.wards:
        first = 1
        since = day_number(np.datetime64(w.closure_since).astype(object)) if w.closure_since else 10**6
        for d, count in w.beds:
            scaled = max(1, round(count * world.scale))
            stay_open = max(1, round(w.closure_open * world.scale)) if w.closure_since else scaled
            for n in range(scaled):
                ward.append(w.index)
                department.append(d)
                number.append(first + n)
                closed.append(since if n >= stay_open else 10**6)
            first += scaled
    return {"ward": np.array(ward), "department": np.array(department), "number": np.array(number), "closed": np.array(closed)}


def _fill_beds(world: World, bed: Columns) -> Columns:
    """Stay after stay in every bed 床位更新过程, all beds a step together."""
    rng = world.rng("beds")
    stories = pathways()
    count = len(bed["ward"])
    median = np.array([p.median for p in stories])
    spread = np.array([p.spread for p in stories])
    births = np.array([p.babies > 0 for p in stories])
    urgent_rate = np.array([p.by_emergency for p in stories])
    table = _choice_tables(world)
    typical = np.zeros(len(world.structure.departments))
    for d, (own, cumulative) in table.items():
        typical[d] = float(np.diff(cumulative[0], prepend=0) @ median[own])
    feast = {day for day, (name, kind) in holidays().items() if name == "春节" and kind == "休"}
    feast_days = np.array(sorted(feast) or [0])
    free = world.first_day - WARM_UP + rng.integers(0, 9, count)
    last_time = free * DAY
    made: list[tuple[Array, ...]] = []
    at = np.arange(count)
    while len(at):
        month = month_of(free[at])
        slack = np.array((0.052, 0.055, 0.07, 0.085, 0.095, 0.105, 0.115, 0.115, 0.10, 0.085, 0.07, 0.055))[month]
        gap = rng.geometric(1 / (1 + slack * typical[bed["department"][at]])) - 1
        day = free[at] + gap
        story = np.zeros(len(at), dtype=np.int64)
        u = rng.random(len(at))
        for d, (own, cumulative) in table.items():
            mine = np.nonzero(bed["department"][at] == d)[0]
            if len(mine):
                rows = cumulative[month_of(day[mine])]
                story[mine] = own[np.minimum((rows < u[mine, None]).sum(axis=1), len(own) - 1)]
        urgent = rng.random(len(at)) < urgent_rate[story]
        weekend = (weekday_of(day) >= 5) & ~urgent & (rng.random(len(at)) < 0.6)
        day = np.where(weekend, day + 7 - weekday_of(day), day)
        feasting = np.isin(day, feast_days) & ~urgent & (rng.random(len(at)) < 0.75)
        day = np.where(feasting, day + rng.integers(3, 9, len(at)), day)
        stay = np.rint(median[story] * np.exp(spread[story] * rng.standard_normal(len(at)))).astype(np.int64)
        short = (median[story] <= 3) & ~births[story] & (rng.random(len(at)) < 0.12)
        stay = np.where(short, 0, np.maximum(stay, np.where(births[story], 2, 1)))
        u2 = rng.random(len(at))
        elective_time = (8.6 + 3.2 * rng.random(len(at))) * 3600 + (rng.random(len(at)) < 0.35) * 5 * 3600
        urgent_time = ((7 + 17 * rng.beta(1.6, 1.4, len(at))) % 24) * 3600
        second = np.where(urgent, urgent_time, elective_time)
        second = np.where(stay == 0, (8.2 + 1.5 * u2) * 3600, second).astype(np.int64)
        begin = np.maximum(day * DAY + second, last_time[at] + 2400)
        leave = np.where(u2 < 0.72, (9.3 + 2.4 * rng.random(len(at))) * 3600, (14.0 + 3.2 * rng.random(len(at))) * 3600)
        leave = np.where(stay == 0, 17.2 * 3600 + rng.integers(0, 3600, len(at)), leave).astype(np.int64)
        end = np.maximum((day + stay) * DAY + leave, begin + 5400)
        fits = (day <= world.last_day) & (end // DAY < bed["closed"][at])
        made.append(tuple(x[fits] for x in (at, story, begin, end, urgent.astype(np.int64))))
        free[at] = np.where(fits, end // DAY, 10**6)
        last_time[at] = end
        at = at[fits]
    names = ("bed", "story", "begin", "end", "urgent")
    stays = {n: np.concatenate([m[i] for m in made]) for i, n in enumerate(names)}
    order = np.lexsort((stays["bed"], stays["begin"]))
    stays = {n: v[order] for n, v in stays.items()}
    rng = world.rng("deaths")
    death = np.array([p.death for p in stories])
    stays["dead"] = rng.random(len(order)) < death[stays["story"]]
    keep = stays["end"] >= world.first_day * DAY
    return {n: v[keep] for n, v in stays.items()}


def _choice_tables(world: World) -> dict[int, tuple[Array, Array]]:
    made = {}
    for d in range(len(world.structure.departments)):
        own = [p for p in pathways() if p.department == d]
        if own:
            weight = np.array([[p.weight * SEASONS[p.season][m] for p in own] for m in range(12)])
            made[d] = (np.array([p.index for p in own]), np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True))
    return made


def inpatient(world: World, people: Columns) -> Columns:
    """Stays with their bed segments and persons; returns the people, newborns added."""
    bed = beds_of(world)
    stays = _fill_beds(world, bed)
    stays, segment = _moves(world, bed, stays)
    people = _persons(world, people, stays)
    _describe(world, bed, stays, segment)
    people = _newborns(world, people)
    stay = world.events["stay"]
    last = np.where(stay["dead"] & (stay["end"] <= world.until), 10**6, stay["end"] // DAY + 1)
    world.events["spell"] = {"person": stay["person"], "begin": stay["begin"] // DAY, "end": last}
    return people


def _moves(world: World, bed: Columns, stays: Columns) -> tuple[Columns, Columns]:
    """Intensive care and transfers 转科: a stay that lies in several beds one after another."""
    rng = world.rng("moves")
    count = len(stays["bed"])
    icu = next(d.index for d in world.structure.departments if d.name == ICU)
    department = bed["department"][stays["bed"]]
    order = np.lexsort((stays["begin"], stays["bed"]))
    following = np.full(count, 2**62)
    same = stays["bed"][order[1:]] == stays["bed"][order[:-1]]
    following[order[:-1][same]] = stays["begin"][order[1:][same]]
    care = np.array([p.care for p in pathways()])
    grave = np.array([p.care == 1 and p.babies == 0 and p.age_low > 14 for p in pathways()])
    adult = np.array([p.age_low >= 25 and p.babies == 0 and not p.cycles for p in pathways()])
    gone = np.zeros(count, dtype=bool)
    used = np.zeros(count, dtype=bool)
    pieces: dict[int, list[tuple[int, int, int]]] = {}
    hosts_ok = grave[stays["story"]] & (department != icu) & (care[stays["story"]] == 1) & ~stays["dead"]
    window = 60 * DAY
    for i in np.nonzero((department == icu) & (rng.random(count) < 0.62))[0].tolist():
        begin, end = int(stays["begin"][i]), int(stays["end"][i])
        low, high = np.searchsorted(stays["begin"], (begin - window, begin - DAY // 2))
        near = np.arange(low, high)
        fit = near[hosts_ok[near] & ~used[near] & (stays["end"][near] > (begin + DAY // 4 if stays["dead"][i] else end + DAY // 2))]
        if not len(fit):
            continue
        host = int(fit[rng.integers(0, len(fit))])
        used[host] = gone[i] = True
        own = int(stays["bed"][host])
        pieces[host] = [(own, int(stays["begin"][host]), begin), (int(stays["bed"][i]), begin, end)]
        if stays["dead"][i]:
            stays["dead"][host] = True
            stays["end"][host] = end
        else:
            pieces[host].append((own, end, int(stays["end"][host])))
    movable = adult[stays["story"]] & (department != icu) & ~stays["dead"] & (stays["end"] - stays["begin"] > 2 * DAY)
    by_day: dict[int, list[int]] = {}
    for i in np.nonzero(movable)[0].tolist():
        by_day.setdefault(int(stays["end"][i]) // DAY, []).append(i)
    for j in np.nonzero(movable & (rng.random(count) < 0.035))[0].tolist():
        start = int(stays["begin"][j])
        for i in by_day.get(start // DAY, ()):
            ready = not (used[i] or used[j] or gone[i] or gone[j]) and stays["end"][i] < start and following[i] > start
            if i != j and ready and (department[i] != department[j] or stays["bed"][i] != stays["bed"][j]):
                used[i] = used[j] = gone[j] = True
                pieces[i] = [(int(stays["bed"][i]), int(stays["begin"][i]), start), (int(stays["bed"][j]), start, int(stays["end"][j]))]
                stays["end"][i] = stays["end"][j]
                break
    keep = np.nonzero(~gone)[0]
    new = np.full(count, NONE)
    new[keep] = np.arange(len(keep))
    plain = keep[[i not in pieces for i in keep.tolist()]]
    extra = np.array([(new[i], *piece) for i, parts in pieces.items() for piece in parts], dtype=np.int64).reshape(-1, 4)
    segment = {
        "stay": np.concatenate((new[plain], extra[:, 0])),
        "bed": np.concatenate((stays["bed"][plain], extra[:, 1])),
        "begin": np.concatenate((stays["begin"][plain], extra[:, 2])),
        "end": np.concatenate((stays["end"][plain], extra[:, 3])),
    }
    order = np.lexsort((segment["begin"], segment["stay"]))
    return {n: v[keep] for n, v in stays.items()}, {n: v[order] for n, v in segment.items()}


def _persons(world: World, people: Columns, stays: Columns) -> Columns:
    """Who lies there 谁住院: known people by age and sex, never in two beds at once; cycles come back to plan."""
    rng = world.rng("inpatients")
    count = len(stays["bed"])
    age = age_on(people["birth"], np.full(len(people["birth"]), world.first_day))
    person = np.full(count, NONE)
    pools = {}
    for p in pathways():
        at = np.nonzero(stays["story"] == p.index)[0]
        pool = pools[p.index] = pool_of(people, age, rng, p.sex, max(p.age_low, 0), p.age_high)
        if not len(at):
            continue
        if p.cycles:
            person[at] = _cycles(stays, at, pool)
        else:
            skew = 2.3 if p.id in ("copd", "heart_failure", "cirrhosis", "leukaemia", "lymphoma", "cancer_care", "ckd") else 1.3
            person[at] = pool[np.minimum((rng.random(len(at)) ** skew * len(pool)).astype(np.int64), len(pool) - 1)]
    fixed = np.array([p.cycles for p in pathways()])[stays["story"]]
    for _ in range(12):
        bad = _overlap(stays, person) & ~fixed
        if not bad.any():
            break
        for i in np.nonzero(bad)[0].tolist():
            pool = pools[int(stays["story"][i])]
            person[i] = pool[rng.integers(0, len(pool))]
    bad = np.nonzero(_overlap(stays, person))[0]
    if len(bad):
        low = np.array([max(p.age_low, 1) for p in pathways()])[stays["story"][bad]]
        female = np.array([p.sex == "女" for p in pathways()])[stays["story"][bad]]
        added = persons(world, rng, world.first_day - (low + 4) * 366 - rng.integers(0, 360, len(bad)), female, offset=200)
        person[bad] = len(people["birth"]) + np.arange(len(bad))
        people = {k: np.concatenate((v, added[k])) for k, v in people.items()}
    stays["person"] = person
    return people


def _cycles(stays: Columns, at: Array, pool: Array) -> Array:
    """Chemotherapy cycles 化疗周期: whoever is due comes next, six times, then another."""
    chosen = np.zeros(len(at), dtype=np.int64)
    waiting: list[tuple[int, int, int]] = []  # due, person, cycles done
    fresh = 0
    for n, i in enumerate(at.tolist()):
        begin, end = int(stays["begin"][i]), int(stays["end"][i])
        due = next((w for w in sorted(waiting) if w[0] <= begin), None)
        if due is not None:
            waiting.remove(due)
            who, done = due[1], due[2] + 1
        else:
            who, done = int(pool[fresh % len(pool)]), 1
            fresh += 1
        chosen[n] = who
        if done < 6:
            waiting.append((end + 16 * DAY, who, done))
        waiting = [w for w in waiting if w[0] > begin - 20 * DAY]
    return chosen


def _overlap(stays: Columns, person: Array) -> Array:
    """Stays that begin before the same person's former one has ended, or after his death."""
    order = np.lexsort((stays["begin"], person))
    end = np.where(stays["dead"], 2**40, stays["end"] + DAY)[order]
    p, begin = person[order], stays["begin"][order]
    group = np.cumsum(np.diff(p, prepend=-5) != 0)
    until = np.maximum.accumulate(end + group * 2**42) - group * 2**42
    clash = np.zeros(len(p), dtype=bool)
    clash[1:] = (p[1:] == p[:-1]) & (begin[1:] < until[:-1])
    made = np.zeros(len(p), dtype=bool)
    made[order] = clash
    return made


def _describe(world: World, bed: Columns, stays: Columns, segment: Columns) -> None:
    """Number, doctor, route, insurance and leaving of each stay 住院登记."""
    rng = world.rng("stays")
    s = world.structure
    count = len(stays["bed"])
    first = np.searchsorted(segment["stay"], np.arange(count))
    last = np.searchsorted(segment["stay"], np.arange(count), side="right") - 1
    segment["ward"], segment["department"] = bed["ward"][segment["bed"]], bed["department"][segment["bed"]]
    segment["number"] = bed["number"][segment["bed"]]
    there = stays["begin"] <= world.until
    ended = there & (stays["end"] <= world.until)
    # the last segment that has begun by now
    begun = segment["begin"] <= world.until
    current = np.where(ended, last, first)
    upto = np.searchsorted(segment["stay"][begun], np.arange(count), side="right") - 1
    current = np.where(ended, last, np.nonzero(begun)[0][np.maximum(upto, 0)]) if begun.any() else current
    d = rng.random(count)
    leave = np.where(d < 0.905, 1, np.where(d < 0.93, 2, np.where(d < 0.957, 3, np.where(d < 0.985, 4, 9))))
    leave = np.where(stays["dead"], 5, leave)
    department = segment["department"][current]
    doctors = [np.array([p.index for p in s.doctors_of(x.index)]) for x in s.departments]
    sizes = np.array([len(x) for x in doctors])
    table = np.zeros((len(doctors), int(sizes.max())), dtype=np.int64)
    for i, own in enumerate(doctors):
        table[i, : len(own)] = own
    doctor = table[department, (rng.random(count) ** 1.25 * sizes[department]).astype(np.int64)]
    route = np.where(stays["urgent"] > 0, 1, np.where(rng.random(count) < 0.955, 2, np.where(rng.random(count) < 0.6, 3, 9)))
    stay = {
        "person": stays["person"], "story": stays["story"], "begin": stays["begin"], "end": stays["end"], "dead": stays["dead"],
        "leave": leave, "doctor": doctor, "route": route, "there": there, "ended": ended,
        "first": first, "current": current, "last": last,
        "in_department": segment["department"][first], "in_ward": segment["ward"][first],
        "department": department, "ward": segment["ward"][current],
        "number": 24_000_001 + np.arange(count),
    }  # fmt: skip
    world.events["stay"] = {k: v[there] for k, v in stay.items()}
    shown = there[segment["stay"]] & begun
    world.events["segment"] = {k: v[shown] for k, v in segment.items()}
    shift = np.cumsum(there) - 1
    world.events["segment"]["stay"] = shift[world.events["segment"]["stay"]]
    own = world.events["segment"]["stay"]
    stay = world.events["stay"]
    stay["first"] = np.searchsorted(own, np.arange(len(stay["number"])))
    stay["current"] = np.searchsorted(own, np.arange(len(stay["number"])), side="right") - 1
    stay.pop("last")
    world.events["bed"] = bed


def _newborns(world: World, people: Columns) -> Columns:
    """Newborns 新生儿 of the birth stories, with their mothers; twins are two."""
    stay = world.events["stay"]
    rng = world.rng("newborns")
    babies = np.array([p.babies for p in pathways()])[stay["story"]]
    born = np.minimum(stay["begin"] + rng.integers(3 * 3600, 20 * 3600, len(babies)), stay["end"] - 1800)
    there = (babies > 0) & (born <= world.until)
    mother = np.repeat(np.nonzero(there)[0], babies[there])
    rank = np.arange(len(mother)) - np.searchsorted(mother, mother) + 1
    female = rng.random(len(mother)) < 0.48
    added = persons(world, rng, born[mother] // DAY, female)
    names = np.strings.add(people["name"][stay["person"][mother]], np.where(female, "之女", "之子"))
    twins = babies[mother] > 1
    added["name"] = np.where(twins, np.strings.add(names, np.where(rank == 1, "甲", "乙")), names)
    added["surname"] = people["surname"][stay["person"][mother]]
    added["idcard"] = np.full(len(mother), "", dtype="U18")
    added["phone"], added["address"] = people["phone"][stay["person"][mother]], people["address"][stay["person"][mother]]
    added["insurance"] = np.full(len(mother), 1)
    world.events["newborn"] = {
        "person": len(people["birth"]) + np.arange(len(mother)), "mother": mother, "rank": rank, "born": born[mother], "female": female,
    }  # fmt: skip
    return {k: np.concatenate((v, added[k])) for k, v in people.items()}
