"""A model hospital for tests 模拟医院: made and loaded once a session and set of arguments."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.needs import ROOT
from yishu import flow
from yishu.demo.make import make
from yishu.kernel import Settings

UNTIL = datetime(2026, 6, 30, 10)
FOLDER = ROOT / "hospitals" / "model"


def settings_of(home: Path, until: datetime = UNTIL) -> Settings:
    """Settings of the model hospital with its state in `home` and the clock at `until`."""
    return Settings.of(FOLDER, home, {"YISHU_NOW": until.isoformat()})


@cache
def a_model_hospital(*, days: int = 45, scale: float = 0.5, defects: str = "none", seed: int = 1) -> Path:
    """The home of a model hospital, made and loaded."""
    home = Path(mkdtemp(prefix="yishu-model-"))
    make(home, seed=seed, until=UNTIL, days=days, scale=scale, defects=defects)
    receipt = flow.load(settings_of(home))
    assert receipt.failed == (), [s.error for s in receipt.failed]
    return home
