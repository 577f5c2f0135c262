"""A small part of `make proof NAME=journey-scope` 全流程的范围."""

import pytest

from bench import proof_journey_scope as proof
from yishu.journey import looking


def test_random_people_see_maps_edges_and_patients_of_their_own_copy_only() -> None:
    counts, failures = proof.probe(7, 110)
    assert not failures, failures[0]
    assert set(counts) == {kind for kind, _, _ in proof.KINDS}


def test_the_probe_finds_a_guard_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "bound", _whole)
    _, failures = proof.probe(7, 40)
    assert {f["kind"] for f in failures} >= {"map", "edge"}


def _whole(relation: object) -> tuple[str, dict[str, object]]:
    """The table without the rule."""
    copy = relation.copy()  # type: ignore[attr-defined]
    copy.set("where", None)
    return copy.sql(dialect="duckdb"), {}
