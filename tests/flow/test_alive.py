"""此刻 moves: what the model hospital lives after it was loaded comes through the inbox and is placed; nothing is loaded again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.model_hospital import settings_of
from yishu import flow, metrics, security
from yishu.commands.demo.alive import Alive, lived
from yishu.demo import make
from yishu.flow import letters
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

UNTIL = datetime(2026, 6, 30, 9, 30)
NOW = ("now_registered", "now_waiting", "now_inpatients")


def _now(settings: Settings, moment: datetime) -> dict[str, float]:
    connection = warehouse_instance(settings.home, read_only=True)
    centre = metrics.centre(settings.hospital)
    viewer = security.viewer(settings.hospital, "director")
    found = {
        m: metrics.measure(viewer, metrics.MetricQuery.parse({"metrics": [m]}), centre, connection, lambda: moment).as_json()["rows"] for m in NOW
    }
    connection.close()
    return {m: float(rows[0][-1] or 0) if rows else 0.0 for m, rows in found.items()}


def test_patients_register_and_beds_change_while_the_demo_is_open(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, UNTIL)
    make(tmp_path, seed=4, until=UNTIL, days=6, scale=0.25, defects="none", systems=("lis",))
    assert {s.source for s in flow.load(settings, ("his_mz", "his_zy", "lis")).failed} == set()
    before = _now(settings, UNTIL)
    later = UNTIL + timedelta(hours=5)
    here = replace(settings, clock=lambda: later)
    alive = Alive(here, 4, 0.25)
    sent = sum(alive.tick(UNTIL + timedelta(minutes=m), UNTIL + timedelta(minutes=m + 30)) for m in range(0, 300, 30))
    assert sent > 100 and lived(tmp_path) == later
    with letters.placing(here) as taker:
        states = Counter(r.state for r in taker.drain())
    assert states["placed"] > 0.95 * sent, states
    after = _now(settings, later)
    assert after["now_registered"] > before["now_registered"] + 30
    assert after["now_inpatients"] != before["now_inpatients"]
