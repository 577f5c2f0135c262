"""The default model hospital over whole years: every yearly figure beside its band, per seed; other seeds stay inside the same bands."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.proof import Outcome
from tests.demo_bands import banded
from yishu.demo import make

TITLE = "模拟医院全年数字在真实感区间内（500 张床，自前年 1 月 1 日起，每个完整年与全窗口）"
UNIT = "个数字"
UNTIL = datetime(2026, 11, 24, 10, 30)


def run(seed: int, seconds: float) -> Outcome:
    """One hospital a seed, as many as fit; prints value beside band."""
    until = time.monotonic() + seconds
    count = failures = 0
    rows: list[int] = []
    while not rows or time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            rows.append(make(home, seed=seed + len(rows), until=UNTIL, defects="full", systems=None).total)
            for year in ("", "2024", "2025"):
                for b in banded(home, year):
                    ok = b.inside()
                    count, failures = count + 1, failures + (not ok)
                    print(f"{'✓' if ok else '✗'} {year or '全窗口':<5} {b.low:>8g} ≤ {b.value if b.value is None else round(b.value, 4)!s:>10} ≤ {b.high:<8g} {b.say}", file=sys.stderr)
    return Outcome(count, failures, {"hospitals": len(rows), "rows": rows[0]})
