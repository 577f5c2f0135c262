"""One small hospital for all tests of this room 一家小医院."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from yishu.demo import DemoReceipt, make

UNTIL = datetime(2026, 6, 30, 10, 30)
Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> DemoReceipt:
    return make(tmp_path_factory.mktemp("demo"), seed=7, until=UNTIL, days=40, scale=1.0, defects="full")


@pytest.fixture(scope="session")
def truth(hospital: DemoReceipt) -> Callable[[str], Rows]:
    def read(name: str) -> Rows:
        with (Path(hospital.home) / "truth" / f"truth_{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
