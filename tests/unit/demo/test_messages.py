"""The messages tell the same life as the stores: ids, orders, bookings and money are those of the source rows."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from yishu.demo import make
from yishu.demo.messages import CHANNELS

Segments = list[list[str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("messages")
    make(home, seed=12, until=datetime(2026, 6, 30, 16), days=9, scale=0.3, defects="red_entry,duplicate_person", systems=("lis",))
    return home


def _listed(home: Path) -> list[dict[str, str]]:
    with (home / "truth" / "truth_message.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read(home: Path, row: dict[str, str]) -> Segments:
    """By bytes, not by MSH-18: strict UTF-8, else GB18030."""
    raw = (home / "sources" / "messages" / row["channel"] / row["file"]).read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    return [s.split("|") for s in text.split("\r") if s]


def _field(segments: Segments, name: str, at: int, component: int = 0) -> str:
    found = next(s for s in segments if s[0] == name)
    return found[at].split("~")[0].split("^")[component] if len(found) > at else ""


def _rows(home: Path, store: str, table: str, key: str) -> dict[str, sqlite3.Row]:
    connection = sqlite3.connect(home / "sources" / f"{store}.db")
    connection.row_factory = sqlite3.Row
    made = {str(r[key]): r for r in connection.execute(f"SELECT * FROM {table}")}
    connection.close()
    return made


def test_every_file_is_listed_once_and_every_kind_is_there(home: Path) -> None:
    listed = _listed(home)
    files = {(p.parent.name, p.name) for p in (home / "sources" / "messages").rglob("*.*")}
    assert files == {(r["channel"], r["file"]) for r in listed} and len(files) == len(listed)
    assert len({r["control_id"] for r in listed}) == len(listed)
    assert {r["channel"] for r in listed} == {*CHANNELS, "fhir"}
    kinds = {r["type"] for r in listed}
    assert kinds >= {f"ADT^{t}" for t in ("A01", "A03", "A04", "A08", "A11", "A28", "A31", "A40")}
    assert kinds >= {"ORM^O01", "ORU^R01", "DFT^P03", "SIU^S12", "SIU^S14", "SIU^S15", "SIU^S26"}


def test_character_sets_are_mixed_and_some_are_declared_wrongly(home: Path) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for row in _listed(home):
        raw = (home / "sources" / "messages" / row["channel"] / row["file"]).read_bytes()
        fields = raw.split(b"\r")[0].split(b"|")
        declared = fields[17].decode() if len(fields) > 17 else ""
        try:
            raw.decode("utf-8")
            codec = "utf-8"
        except UnicodeDecodeError:
            raw.decode("gb18030")
            codec = "gb18030"
        seen[codec, declared] += 1
    total = sum(seen.values())
    wrong = seen["utf-8", "GB 18030-2000"] + seen["gb18030", "UNICODE UTF-8"]
    assert 0.04 < wrong / total < 0.12
    assert seen["gb18030", "GB 18030-2000"] > total / 3 and seen["utf-8", "UNICODE UTF-8"] > total / 4
    assert seen["utf-8", ""] and seen["gb18030", ""]


def test_registrations_and_bookings_are_the_rows_of_the_clinic(home: Path) -> None:
    visits, bookings = _rows(home, "his_mz", "MZ_GHZD", "XH"), _rows(home, "his_mz", "YY_YYXX", "YYXH")
    checked = 0
    for row in _listed(home):
        if row["type"] == "ADT^A04":
            m, r = _read(home, row), visits[row["key"]]
            assert (_field(m, "PV1", 19), _field(m, "PID", 3)) == (str(r["XH"]), str(r["PATID"]))
            assert _field(m, "PV1", 10) == r["KSDM"]
            assert _field(m, "PV1", 44) == r["GHRQ"].replace(":", "")
            checked += 1
        elif row["channel"] == "his_siu":
            m, r = _read(home, row), bookings[row["key"]]
            assert (_field(m, "SCH", 2), _field(m, "PID", 3), _field(m, "AIL", 3)) == (str(r["YYXH"]), str(r["PATID"]), r["KSDM"])
            assert _field(m, "SCH", 11, 3) == r["HYSJ"].replace(":", "")
            assert (row["type"] == "SIU^S15") <= (r["ZT"] == "1") and (row["type"] == "SIU^S26") <= (r["ZT"] == "3")
            checked += 1
    assert checked > 500


def test_money_is_the_money_of_both_systems(home: Path) -> None:
    stored = {k: (str(r["YPDM"] or r["XMDM"]), round(r["ZJE"] * 100)) for k, r in _rows(home, "his_mz", "MZ_CFMXK", "XH").items()}
    stored |= {k: (str(r["YPXH"] or r["FYXH"]), round(r["ZJJE"] * 100)) for k, r in _rows(home, "his_zy", "ZY_FYMX", "JLXH").items()}
    told: dict[str, tuple[str, int]] = {}
    for row in _listed(home):
        if row["channel"] == "his_dft":
            for s in _read(home, row):
                if s[0] == "FT1":
                    assert s[2] not in told and (s[6] == "CR") == s[11].startswith("-")
                    told[s[2]] = (s[7].split("^")[0], round(float(s[11]) * 100))
    assert len(told) > 1000
    assert {k: (v, stored.get(k)) for k, v in told.items() if stored.get(k) != v} == {}
    connection = sqlite3.connect(home / "sources" / "his_zy.db")
    lately = {str(k) for (k,) in connection.execute("SELECT JLXH FROM ZY_FYMX WHERE FYRQ > '2026-06-28 16:00:00'")}
    connection.close()
    assert lately <= set(told)


def test_orders_and_reports_are_the_rows_of_ward_and_laboratory(home: Path) -> None:
    wards, lines = _rows(home, "his_zy", "ZY_BQYZ", "YZXH"), _rows(home, "his_mz", "MZ_CFMXK", "XH")
    connection = sqlite3.connect(home / "sources" / "lis.db")
    results = {(a, b): c for a, b, c in connection.execute("SELECT report_id, item_code, result FROM lis_result")}
    connection.close()
    checked: Counter[str] = Counter()
    for row in _listed(home):
        if row["channel"] == "his_orm":
            m = _read(home, row)
            for s in m:
                if s[0] == "ORC":
                    number, store = s[2].split("^")
                    r = wards[number] if store == "HIS_ZY" else lines[number]
                    assert (str(r["ZYH"]) == row["visit"]) if store == "HIS_ZY" else (str(r["CFXH"]) == row["key"])
                    checked[store] += 1
        elif row["channel"] == "lis_oru":
            told = {s[3].split("^")[0]: s[5] for s in _read(home, row) if s[0] == "OBX"}
            key = row["key"].removesuffix("V2")
            assert told == {b: c for (a, b), c in results.items() if a == key} if checked["LIS"] < 40 else told
            checked["LIS"] += 1
    assert min(checked[k] for k in ("HIS_ZY", "HIS_MZ", "LIS")) > 100


def test_every_move_of_the_last_two_days_is_told(home: Path) -> None:
    connection = sqlite3.connect(home / "sources" / "his_zy.db")
    kinds = {1: "ADT^A01", 2: "ADT^A02", 3: "ADT^A02", 9: "ADT^A03"}
    moves = {(str(n), kinds[k]) for n, k in connection.execute("SELECT JLXH, ZKLX FROM ZY_ZKJL WHERE ZKSJ > '2026-06-28 16:00:00'")}
    connection.close()
    assert moves == {(r["key"], r["type"]) for r in _listed(home) if r["table"] == "ZY_ZKJL"}
