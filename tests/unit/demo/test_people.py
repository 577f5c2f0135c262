"""Persons a hospital would believe: right identity numbers, phones out of use, no 测试."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from pathlib import Path

import yaml

from yishu.demo import DemoReceipt
from yishu.demo.population import PHONES
from yishu.demo.structure import CONFIG, structure

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def right(number: str) -> bool:
    return len(number) == 18 and "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False)) % 11] == number[17]


def _patients(hospital: DemoReceipt) -> list[tuple[int, str, str, str, str, str]]:
    source = sqlite3.connect(Path(hospital.home) / "sources" / "his_mz.db")
    rows = source.execute("SELECT PATID, HZXM, SEX, BIRTH, SFZH, LXDH FROM MZ_BRXX").fetchall()
    source.close()
    return rows


def test_known_check_characters() -> None:
    assert right("11010519491231002X") and right("440524188001010014") and not right("440524188001010015")


def test_identity_numbers_agree_with_sex_and_birth(hospital: DemoReceipt, truth: Callable[[str], list[dict[str, str]]]) -> None:
    wrong = {r["key"] for r in truth("defects") if r["family"] == "bad_id" and r["table"] == "MZ_BRXX"}
    for number, _, sex, birth, card, _ in _patients(hospital):
        if str(number) in wrong or not card:
            continue
        assert right(card) and (int(card[16]) % 2 == 1) == (sex == "男")
        assert birth in (card[6:14], "19000101")


def test_planted_wrong_numbers_fail(hospital: DemoReceipt, truth: Callable[[str], list[dict[str, str]]]) -> None:
    wrong = {r["key"] for r in truth("defects") if r["family"] == "bad_id" and r["kind"] == "wrong" and r["table"] == "MZ_BRXX"}
    assert wrong and all(not right(card) for number, _, _, _, card, _ in _patients(hospital) if str(number) in wrong)


def test_names_and_phones(hospital: DemoReceipt) -> None:
    rows = _patients(hospital)
    assert not {name.strip() for _, name, _, _, _, _ in rows} & {"张三", "李四", "王五"}
    assert not [name for _, name, _, _, _, _ in rows if "测试" in name]
    assert all(not phone or (len(phone) == 11 and phone[:3] in PHONES) for _, _, _, _, _, phone in rows)
    assert any(name.startswith("无名氏") for _, name, _, _, _, _ in rows)


def test_the_catalogue_doctors_work_here() -> None:
    s = structure()
    here = {(p.name, s.departments[p.department].name) for p in s.staff}
    assert {("张伟", "心血管内科"), ("李娜", "消化内科"), ("王磊", "骨科"), ("王磊", "泌尿外科"), ("刘洋", "普通外科"), ("陈静", "儿科")} <= here
    assert next(p for p in s.staff if p.id == "S0403002").name == "王磊"


def test_defects_come_at_their_rates(hospital: DemoReceipt, truth: Callable[[str], list[dict[str, str]]]) -> None:
    rates = yaml.safe_load((CONFIG / "defects.yaml").read_text(encoding="utf-8"))
    assert set(hospital.defects) == set(rates)
    planted = [r for r in truth("defects") if r["family"] == "duplicate_person" and r["table"] == "MZ_BRXX"]
    assert abs(len(planted) / (hospital.rows["his_mz"]["MZ_BRXX"] - len(planted)) - 0.06) < 0.002
    with (Path(hospital.home) / "truth" / "truth_person.csv").open(encoding="utf-8") as file:
        cards = [r for r in csv.DictReader(file) if r["source"] == "his_mz"]
    assert len(cards) - len({r["person"] for r in cards}) == len(planted)
