"""Proof 十六个窗口同时登记一个新人: one person, every time."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

from bench.proof import Outcome
from yishu.identity import Index, Registration
from yishu.kernel.citizen import check_character
from yishu.kernel.store import open_store

TITLE = "16 个窗口同时登记一名新患者只成一人"
UNIT = "名患者"
WINDOWS = 16
AT = datetime(2026, 6, 1, 8)


def _person(draw: random.Random, number: int) -> tuple[str, str, date, str, str]:
    born = date(1930 + draw.randrange(90), 1 + draw.randrange(12), 1 + draw.randrange(28))
    first = f"3401{draw.randrange(2, 25):02d}{born:%Y%m%d}{1 + number % 998:03d}"
    name = draw.choice("王李张刘陈杨赵黄周吴徐孙") + draw.choice("建国秀英志明海燕晓东文") + draw.choice("华军平芳丽强涛敏静磊霞勇")
    return name, draw.choice("男女"), born, first + check_character(first), f"138{draw.randrange(10**8):08d}"


def run(seed: int, seconds: float, most: int = 10_000) -> Outcome:
    """People until the time is up, each registered by sixteen threads at one moment; half of the threads share a second index."""
    draw = random.Random(seed)
    until = time.monotonic() + seconds
    failures = count = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WINDOWS) as windows:
        home = Path(folder)
        engine = open_store(home)
        counters = (Index(engine, home), Index(engine, home))
        barrier = threading.Barrier(WINDOWS)

        def register(window: int, number: int, who: tuple[str, str, date, str, str]) -> int:
            name, gender, born, card, phone = who
            barrier.wait()
            source, local = ("his", f"{number}") if window % 8 == 0 else (f"w{window}", f"{number}")
            return counters[window % 2].register(Registration(source, local, name, gender, born, card if window % 3 else None, phone, None, None), AT).person_id

        while time.monotonic() < until and count < most:
            who = _person(draw, count)
            failures += len(set(windows.map(lambda w: register(w, count, who), range(WINDOWS)))) != 1  # noqa: B023 - consumed at once
            count += 1
        for each in counters:
            each.close()
        engine.dispose()
    return Outcome(count, failures, {"windows": WINDOWS})
