"""A tiny hospital with accounts, loaded and open 开着的小医院; for tests of the front door."""

from __future__ import annotations

import warnings
from pathlib import Path

from argon2 import PasswordHasher

from tests.flow.tiny_hospital import build
from yishu import flow
from yishu.kernel import Settings
from yishu.security.login import Accounts
from yishu.web import House, open_house
from yishu.web.app import app

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # starlette would rather have a successor of httpx
    warnings.simplefilter("ignore", UserWarning)
    from starlette.testclient import TestClient

__all__ = ["TestClient"]

PEOPLE = """
people:
- {name: director, display: 院长, role: director}
- {name: finance, display: 财务科, role: finance}
- {name: quality, display: 质控科, role: quality}
- {name: it, display: 信息科, role: it}
- {name: head, display: 内科主任, role: head, department: D01}
- {name: doctor, display: 外科医生, role: doctor, department: D02}
- {name: nurse, display: 一病区护士, role: nurse, department: D01, ward: W01}
- {name: pharmacist, display: 药学部, role: pharmacist}
- {name: auditor, display: 审计, role: auditor}
"""
ROLES = ("director", "finance", "quality", "it", "head", "doctor", "nurse", "pharmacist", "auditor")
PASSWORD = "一句很长的口令 2025"
CANARIES = ("张三丰", "李四", "王五", "赵六", "11010519900307881X", "13812345678", "13900000001", "13700000002")
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def loaded(folder: Path) -> Settings:
    """The tiny hospital after its first load, with accounts in its folder."""
    settings = build(folder)
    (settings.hospital / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    flow.load(settings)
    return settings


def opened(settings: Settings, *, demo: bool = False) -> House:
    """The house open, with cheap hashing; every account has the same password."""
    house = open_house(settings, demo=demo)
    house.accounts = Accounts(house.store, settings.clock, demo=demo, hasher=CHEAP)
    for name in ROLES:
        house.accounts.set_password(name, PASSWORD)
    return house


def client(house: House) -> TestClient:
    """A browser that speaks https, as the cookie asks."""
    return TestClient(app(house), base_url="https://yishu.test", raise_server_exceptions=True)


def logged_in(house: House, name: str) -> TestClient:
    """A browser in which this person has logged in."""
    browser = client(house)
    answer = browser.post("/api/v1/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return browser
