"""A load that is killed at any moment 断电演练 and run again leaves the warehouse an undisturbed load leaves."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.flow import tiny_hospital
from yishu import hospital
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

FIRST, SECOND = "2025-01-08T08:00:00", "2025-01-09T08:00:00"
CHANGE = "UPDATE RY SET CY = '2025-01-08 18:00:00', ZT = '8' WHERE ZYH = 101"


def _start(settings: Settings, now: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "yishu.cli", "--hospital", str(settings.hospital), "--home", str(settings.home), "load"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, env=os.environ | {"YISHU_NOW": now}, stdout=quiet, stderr=quiet, cwd=Path(__file__).parents[2])


def _whole(settings: Settings, now: str) -> float:
    began = time.monotonic()
    assert _start(settings, now).wait() == 0
    return time.monotonic() - began


def _checksum(settings: Settings) -> dict[str, str]:
    connection = warehouse_instance(settings.home)
    try:
        return hospital.checksum(connection)
    finally:
        connection.close()


def _finished(settings: Settings) -> int:
    """How many loads came to their end; one killed later than that has nothing left to do."""
    try:
        with sqlite3.connect(f"file:{settings.home / 'platform.db'}?mode=ro", uri=True) as store:
            count: int = store.execute("SELECT count(*) FROM load_run WHERE NOT open").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    store.close()
    return count


def _two_loads(folder: Path, kill: int | None, after: float) -> tuple[dict[str, str], float]:
    """Two loads with a change between; load number `kill` is killed `after` seconds and run again."""
    settings = tiny_hospital.build(folder)
    lasted = 0.0
    for number, now in enumerate((FIRST, SECOND)):
        if number:
            tiny_hospital.change(folder, "zy", CHANGE)
        if kill == number:
            process = _start(settings, now)
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            if _finished(settings) > number:
                continue
        lasted = _whole(settings, now)
    return _checksum(settings), lasted


def test_a_killed_load_run_again_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    expected, lasted = _two_loads(tmp_path / "calm", None, 0)
    assert int(expected["history.stay"].split(":")[0]) == 1
    chance = random.Random(int(os.environ.get("YISHU_SEED", "7")))
    for number in range(int(os.environ.get("YISHU_KILLS", "3"))):
        folder = tmp_path / f"kill{number}"
        folder.mkdir()
        moment = chance.uniform(0.2, 1.1) * lasted
        found, _ = _two_loads(folder, number % 2, moment)
        assert found == expected, f"killed after {moment:.3f} s of load {number % 2 + 1}"
