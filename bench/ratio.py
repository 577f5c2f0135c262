"""Ratios 比值: two things timed in turn in the same minute; the median of their pairwise ratios is quoted."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Paired:
    """Seconds of ours and of the other, in turn, and their ratio (median of pairs)."""

    ours: float
    other: float
    ratio: float
    runs: int
    load: float

    def as_json(self) -> dict[str, Any]:
        return {
            "ours_s": round(self.ours, 4),
            "other_s": round(self.other, 4),
            "ratio": round(self.ratio, 3),
            "runs": self.runs,
            "load_average": round(self.load, 2),
        }


def paired(ours: Callable[[], object], other: Callable[[], object], runs: int = 5) -> Paired:
    """Time both in turn `runs` times after one warm-up of each."""
    ours()
    other()
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(runs):
        mine.append(_seconds(ours))
        theirs.append(_seconds(other))
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    return Paired(statistics.median(mine), statistics.median(theirs), statistics.median(ratios), runs, os.getloadavg()[0])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
