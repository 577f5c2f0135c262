"""A small part of the fuzz of the doors 入口模糊测试: the same changes without atheris; nothing but our own refusals."""

from __future__ import annotations

import random

import pytest

from bench.fuzz_doors import Doors, change, seeds


def a_byte(raw: bytes, longest: int) -> bytes:
    """One byte changed."""
    return (raw[:-1] + b"\xff")[:longest]


@pytest.mark.parametrize("door", ["hl7", "xml", "soap"])
def test_doors_refuse_and_never_crash(door: str) -> None:
    rng, doors = random.Random(7), Doors(door)
    kept = seeds(door)
    for _ in range(600):
        raw = change(door, rng.choice(kept), rng, a_byte)
        kept = [*kept, raw][-40:] + seeds(door)
        doors(raw)
    assert (doors.crashes, doors.changed) == ({}, 0)
    assert 0 < doors.refused < doors.count
