"""Kill `yishu load` at random moments, run it again: the warehouse has the checksums of an undisturbed load, history included."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from bench.proof import Outcome
from tests.flow.test_kill_load import _two_loads

TITLE = "装载 kill -9 后重跑：与未受扰的装载校验和相同"
UNIT = "次中断"


def run(seed: int, seconds: float) -> Outcome:
    """As many kills as fit in `seconds`, in turn in the first and in the second of two loads."""
    until = time.monotonic() + seconds
    chance = random.Random(seed)
    kills = failures = 0
    with tempfile.TemporaryDirectory() as folder:
        calm = Path(folder) / "calm"
        calm.mkdir()
        expected, lasted = _two_loads(calm, None, 0)
        while time.monotonic() < until:
            home = Path(folder) / f"kill{kills}"
            home.mkdir()
            found, _ = _two_loads(home, kills % 2, chance.uniform(0.2, 1.1) * lasted)
            kills += 1
            failures += found != expected
    return Outcome(kills, failures, {"load_s": round(lasted, 2)})
