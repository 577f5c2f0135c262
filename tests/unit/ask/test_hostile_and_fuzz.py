"""Hostile questions and noise 恶意与乱问: no leak, no crash, the department's filter never lost."""

from __future__ import annotations

from bench.proof_ask_fuzz import fuzz
from bench.proof_ask_hostile import hostile, leaks, planted


def test_hostile_questions_are_turned_away() -> None:
    assert leaks(planted(), hostile(400, 3)) == []


def test_noise_never_crashes() -> None:
    fuzz(4_000, 11)
