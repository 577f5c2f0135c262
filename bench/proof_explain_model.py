"""Proof 为什么: causes planted in a model hospital that the demo made and the loader loaded; its own months are the background."""

from __future__ import annotations

import random
import shutil
import time
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from bench.explain_model import KINDS, NOW, plant
from bench.proof import Outcome
from yishu import flow
from yishu.demo.make import make
from yishu.kernel import Settings
from yishu.web import open_house

TITLE = "为什么：模拟医院里种原因（整体变动 20～50 %），须排第一；贡献之和等于差。失败为没有排第一的，要求不超过 5 %"
UNIT = "个原因"
PLANTS = 200
FOLDER = Path(__file__).parents[1] / "hospitals" / "model"


def run(seed: int, seconds: float) -> Outcome:
    """Make a model hospital, then plant until there are enough or the time is up."""
    until, home = time.monotonic() + seconds, Path(mkdtemp(prefix="yishu-explain-"))
    try:
        moment = datetime.fromisoformat(NOW)
        make(home, seed=seed, until=moment, days=100, scale=0.06, defects="none")
        settings = Settings.of(FOLDER, home, {"YISHU_NOW": NOW})
        receipt = flow.load(settings)
        assert receipt.failed == (), [s.error for s in receipt.failed]
        house = open_house(settings)
        r, metrics = random.Random(seed), list(KINDS)
        seen: list[tuple[bool, dict[str, Any]]] = []
        try:
            while len(seen) < PLANTS and time.monotonic() < until:
                seen.append(plant(house, r, metrics[len(seen) % len(metrics)]))
        finally:
            house.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    first = sum(right for right, _ in seen)
    worst = max((told["gap"] for _, told in seen), default=0.0)
    detail = {"first": first, "rate": round(first / max(1, len(seen)), 4), "worst_gap": worst, "missed": [told for right, told in seen if not right][:12]}
    return Outcome(len(seen), len(seen) - first, detail)
