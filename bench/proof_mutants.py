"""Mutants 变异: every change made to the guard is noticed by its probes or tests, or listed with the reason it cannot matter."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

from bench.mutate_guard import EXCUSED, each, mutants
from bench.proof import LINES, Outcome

TITLE = "变异：改动行权代码的每一处都被发觉，或写明为何无关"
UNIT = "个变异"


def run(seed: int, seconds: float) -> Outcome:
    """All mutants from where the last run stopped, as many as the time allows."""
    until, longest, listed = time.monotonic() + seconds, 0.0, mutants()
    start = _start() % len(listed)
    by: Counter[str] = Counter()
    left, done, began = [], 0, time.monotonic()
    for result in each([*listed[start:], *listed[:start]]):
        done += 1
        by[result.by or ("gone" if result.by is None else "nobody")] += 1
        if result.survives:
            left.append(result.mutant.name)
            sys.stderr.write(f"survives: {result.mutant.name}\n")
        longest, began = max(longest, time.monotonic() - began), time.monotonic()
        if began + longest > until:
            break
    detail = {"of": len(listed), "next": (start + done) % len(listed), "noticed_by": dict(by), "survive": left, "excused": EXCUSED}
    return Outcome(done, len(left), detail)


def _start() -> int:
    """Where the last recorded run stopped."""
    path = LINES / "mutants.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return int(json.loads(lines[-1])["detail"].get("next", 0)) if lines else 0
