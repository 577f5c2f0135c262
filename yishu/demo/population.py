"""Population 人群: persons with names, right identity numbers, phones out of use, addresses, families."""

from __future__ import annotations

import numpy as np

from yishu.demo import people_names
from yishu.demo import text as text_of
from yishu.demo.world import Array, Columns, World

COUNTIES = (
    "440103", "440104", "440105", "440106", "440111", "440112", "440113", "440114", "440303", "440304", "440305", "440306",
    "430102", "430103", "430104", "430111", "430121", "450102", "450103", "360102", "360103", "420102", "420103", "420104",
    "350102", "350103", "330102", "330106", "320102", "320104", "510104", "510105", "500103", "410102", "410103", "340102",
    "110105", "110108", "310104", "310115", "610102", "210102", "370102", "130102",
)  # fmt: skip
PHONES = ("154", "161", "163", "164", "168", "194")
DISTRICTS = ("临江区", "青浦里区", "东屏区", "西岭区", "南渡区", "北湾区", "高新区", "云溪县", "石桥县", "安河市")
ROADS = ("人民路", "解放路", "建设路", "中山路", "和平路", "滨江大道", "学院路", "朝阳街", "文化路", "新华街", "迎宾大道", "育才路", "桂花巷", "长青街")
WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
CHECK = np.array(list("10X98765432"))


def identity_numbers(county: Array, birth: Array, female: Array, offset: int = 0) -> Array:
    """Citizen numbers 公民身份号码 (GB 11643-1999): unique, right sex digit and check character."""
    ymd = text_of.replace(birth.astype("datetime64[D]").astype("U10"), "-", "")
    group = np.lexsort((female, birth, county))
    sorted_key = np.stack((county[group].astype(np.int64), birth[group], female[group].astype(np.int64)))
    new = np.ones(len(group), dtype=bool)
    new[1:] = np.any(sorted_key[:, 1:] != sorted_key[:, :-1], axis=0)
    start = np.maximum.accumulate(np.where(new, np.arange(len(group)), 0))
    rank = np.empty(len(group), dtype=np.int64)
    rank[group] = np.arange(len(group)) - start
    serial = ((birth * 7 + county.astype(np.int64) * 13 + rank + offset) % 499) * 2 + np.where(female, 2, 1)
    first = np.strings.add(np.strings.add(county, ymd), text_of.zfill(serial.astype("U3"), 3))
    digits = np.ascontiguousarray(first.astype("U17")).view(np.uint32).reshape(-1, 17).astype(np.int64) - ord("0")
    return np.strings.add(first, CHECK[(digits @ WEIGHTS) % 11])


def people(world: World, count: int, stream: str = "people") -> Columns:
    """Persons 人: as many as asked, ages as in the town."""
    rng = world.rng(stream)
    band = rng.choice(5, count, p=(0.15, 0.36, 0.21, 0.19, 0.09))
    low, high = np.array((0, 15, 45, 60, 75)), np.array((15, 45, 60, 75, 96))
    age = low[band] + rng.random(count) * (high - low)[band]
    birth = (world.first_day - 1 - age * 365.2425).astype(np.int64)
    return persons(world, rng, birth, rng.random(count) < np.where(age > 70, 0.55, 0.51))


def persons(world: World, rng: np.random.Generator, birth: Array, female: Array, offset: int = 0) -> Columns:
    """Persons 人 with given birth days and sexes; `offset` keeps a later group's identity numbers apart."""
    count = len(birth)
    county = np.array(COUNTIES)[np.minimum((rng.random(count) ** 2 * len(COUNTIES)).astype(np.int64), len(COUNTIES) - 1)]
    insurance = world.structure.raw["insurance"]
    share = np.array([i["share"] for i in insurance], dtype=float)
    old = (world.first_day - birth) < 18 * 365
    chosen = rng.choice(len(insurance), count, p=share / share.sum())
    chosen = np.where(old & (chosen == 0), 1, chosen)
    phone = np.strings.add(np.array(PHONES)[rng.integers(0, len(PHONES), count)], text_of.zfill(rng.permutation(100_000_000 if count > 500_000 else max(count * 37, 10))[:count].astype("U8"), 8)) if count else np.array([], "U11")
    address = np.strings.add(
        np.strings.add(np.array(DISTRICTS)[rng.integers(0, len(DISTRICTS), count)], np.array(ROADS)[rng.integers(0, len(ROADS), count)]),
        np.strings.add(np.strings.add(rng.integers(1, 300, count).astype("U3"), "号"), np.strings.add(rng.integers(1, 33, count).astype("U2"), "栋")),
    )
    surname = people_names.surnames(rng, count)
    return {
        "birth": birth,
        "female": female,
        "surname": surname,
        "name": np.strings.add(surname, people_names.given(rng, female)),
        "idcard": identity_numbers(county, birth, female, offset),
        "phone": phone,
        "address": np.strings.add("江临市", address),
        "insurance": chosen.astype(np.int64),
    }


def age_on(birth: Array, day: Array) -> Array:
    """Full years 周岁."""
    b, d = birth.astype("datetime64[D]"), day.astype("datetime64[D]")
    by, dy = b.astype("datetime64[Y]"), d.astype("datetime64[Y]")
    bm, dm = b.astype("datetime64[M]"), d.astype("datetime64[M]")
    month_b, month_d = bm.astype(np.int64) % 12, dm.astype(np.int64) % 12
    day_b, day_d = (b - bm).astype(np.int64), (d - dm).astype(np.int64)
    before = (month_d < month_b) | ((month_d == month_b) & (day_d < day_b))
    return np.asarray(dy.astype(np.int64) - by.astype(np.int64) - before)
