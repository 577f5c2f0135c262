"""The default model hospital over whole years: every yearly figure beside its band, per seed; other seeds stay inside the same bands."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bench.proof import LINES, Outcome
from tests.demo_bands import Banded, banded_by_window
from yishu.demo import make
from yishu.demo.structure import CONFIG

TITLE = "模拟医院全年数字在真实感区间内（500 张床，自前年 1 月 1 日起，每个完整年与全窗口）"
UNIT = "个数字"
UNTIL = datetime(2026, 11, 24, 10, 30)
WINDOWS = ("", "2024", "2025")
SEEDS = 5     # hospitals a run makes where time allows
TABLE = LINES / "bands.md"


def run(seed: int, seconds: float) -> Outcome:
    """Up to five hospitals, the first with this run's seed; a further one only where it still fits. Prints and keeps the table, value beside band."""
    began = time.monotonic()
    seen: dict[int, dict[str, list[Banded]]] = {}
    rows: dict[int, int] = {}
    longest = 0.0
    while not seen or (len(seen) < SEEDS and time.monotonic() - began + longest < seconds * 1.05):
        start, at = time.monotonic(), (seed - 1) * SEEDS + len(seen) + 1
        with tempfile.TemporaryDirectory() as folder:
            rows[at] = make(Path(folder), seed=at, until=UNTIL, defects="full").total
            seen[at] = banded_by_window(Path(folder), WINDOWS)
        longest = max(longest, time.monotonic() - start)
        print(f"种子 {at}：{rows[at]:,} 行，{time.monotonic() - start:.0f} 秒，出界 {_outside(seen[at])}", file=sys.stderr)
    table = _table(seen)
    print(table, file=sys.stderr)
    TABLE.write_text(table, encoding="utf-8")
    figures = [b for windows in seen.values() for many in windows.values() for b in many]
    detail: dict[str, Any] = {"seeds": list(seen), "rows": rows, "outside": [f"{b.name}={b.value}" for b in figures if not b.inside()]}
    return Outcome(len(figures), sum(not b.inside() for b in figures), detail)


def _outside(windows: dict[str, list[Banded]]) -> int:
    return sum(not b.inside() for many in windows.values() for b in many)


def _table(seen: dict[int, dict[str, list[Banded]]]) -> str:
    """One line a band: low, high, the whole window's value of each seed, the least and the greatest of every window, and where the band comes from."""
    source = {name: band["source"] for name, band in yaml.safe_load((CONFIG / "bands.yaml").read_text(encoding="utf-8")).items()}
    out = ["# 真实感区间：数值在区间旁", "", "由 `make proof NAME=bands` 写出；缺省规模与时间窗，每个种子一列为全窗口，最小与最大取自所有种子的全窗口与每个完整年。", ""]
    out += ["| 数字 | 下限 | " + " | ".join(f"种子 {s}" for s in seen) + " | 最小 | 最大 | 上限 | 出处 |", "|---|" + "---:|" * (len(seen) + 4) + "---|"]
    for n, band in enumerate(next(iter(seen.values()))[""]):
        values = [windows[w][n].value for windows in seen.values() for w in WINDOWS]
        known = [v for v in values if v is not None]
        ends = [_word(min(known)), _word(max(known))] if known else ["-", "-"]
        mark = "" if all(windows[w][n].inside() for windows in seen.values() for w in WINDOWS) else " ✗"
        cells = [band.say + mark, f"{band.low:g}", *(_word(windows[""][n].value) for windows in seen.values()), *ends, f"{band.high:g}", source[band.name]]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out) + "\n"


def _word(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}" if value < 1000 else f"{value:,.0f}"
