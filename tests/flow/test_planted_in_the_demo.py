"""What the demo plants 模拟医院种下的原因 is found by 今日异动 and by "why"; many seeds and full size: `make proof NAME=causes`."""

from __future__ import annotations

from bench.proof_causes import in_home
from tests.model_hospital import a_model_hospital, settings_of


def test_the_silent_laboratory_and_the_epidemic_week_are_found() -> None:
    found = in_home(settings_of(a_model_hospital()))
    # six weeks are too few for the movement of the epidemic week and for the drift, which began before them
    mine = {(f.way, f.cause.metric): f for f in found}
    for way, metric in (("今日异动", "lab_tat_minutes"), ("为什么", "outpatient_visits")):
        assert mine[way, metric].right, mine[way, metric]
