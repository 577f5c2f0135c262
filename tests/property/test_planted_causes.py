"""A small part of the proof that a planted cause is named first (`python -m bench.proof_explain`)."""

from __future__ import annotations

from bench.proof_explain import KINDS, run


def test_planted_causes_are_named_first_and_parts_add_up() -> None:
    found = run(7, 600, plants=len(KINDS))
    assert found.count == len(KINDS) == found.detail["add_up"], found
    assert found.failures <= 1, found.detail["missed"]
