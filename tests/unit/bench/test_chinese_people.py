"""The Chinese matching benchmark: one seed one file, honest truth, every kind of trouble present."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bench.chinese_people import MAP, make

EXPECTED = {
    "homophone", "lookalike", "dropped", "turned", "spaced", "traditional", "wildcard", "unnamed", "no_id", "id_15", "id_digit", "id_turned", "id_filler",
    "id_of_kin", "id_written", "new_passport", "no_phone", "phone_digit", "desk_phone", "home_phone", "phone_written", "no_address", "address_short",
    "address_written", "address_digit", "no_birth", "birth_near", "birth_turned", "birth_year", "birth_january", "no_sex", "sex_wrong", "renamed", "moved",
    "renumbered", "twin", "newborn", "foreign",
}  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    path = tmp_path_factory.mktemp("people") / "people.csv"
    made = make(path, rows=20_000, noise="high", seed=7)
    found = _read(path)
    assert made["rows"] == len(found) == 20_000
    assert made["people"] == len({r["person"] for r in found})
    assert (path.parent / "MAP.yaml").read_text(encoding="utf-8") == MAP == Path("bench/link_maps/chinese_people.yaml").read_text(encoding="utf-8")
    return found


def test_every_kind_of_trouble_is_there(rows: list[dict[str, str]]) -> None:
    assert Counter(kind for r in rows for kind in r["noise"].split(";") if kind).keys() == EXPECTED


def test_clean_id_cards_are_valid_and_belong_to_one(rows: list[dict[str, str]]) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["id_type"] == "身份证" and "id_" not in row["noise"]:
            number = row["id_no"]
            assert number[17] == "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False)) % 11]
            if "birth" not in row["noise"]:
                assert number[6:14] == row["birth"].replace("-", "")
            if "sex" not in row["noise"]:
                assert int(number[16]) % 2 == (row["sex"] == "男")
            owners[number].add(row["person"])
    assert len(owners) > 5_000
    assert all(len(people) == 1 for people in owners.values())


def test_twins_and_families_share_what_they_share(rows: list[dict[str, str]]) -> None:
    by_phone: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_phone[row["phone"]].add(row["person"])
        if not row["noise"].replace("twin", ""):
            names[row["person"]].add(row["name"])
    assert sum(len(p) > 1 for p in by_phone.values()) > 500
    assert max(len(p) for phone, p in by_phone.items() if phone) > 20
    # person numbers of twins are 8h+2 and 8h+3
    pairs = [(p, f"P{int(p[1:]) + 1}") for p in names if int(p[1:]) % 8 == 2]
    both = [(names[a], names[b]) for a, b in pairs if b in names and any(r["person"] == a and "twin" in r["noise"] for r in rows)]
    assert both
    assert all(a.isdisjoint(b) for a, b in both)


def test_one_seed_one_file(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        make(tmp_path / f"{name}.csv", rows=2_000, seed=seed)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()
