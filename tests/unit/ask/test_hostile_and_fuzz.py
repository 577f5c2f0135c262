"""Hostile questions and noise 恶意与乱问: no leak, no crash, the department's filter never lost."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "proof"))
from ask_fuzz import fuzz, hostile


def test_hostile_questions_are_turned_away() -> None:
    assert hostile(200, 3) == []


def test_noise_never_crashes() -> None:
    fuzz(20_000, 11)
