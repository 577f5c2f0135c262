"""Short runs of the guard's big proofs 行权: what everybody sees, what hidden rows cannot change, the head's number and the director's.

The long ones: `make proof NAME=guard`, `noninterference`, `head-is-director`.
"""

from __future__ import annotations

import random

import pytest

from bench import proof_guard, proof_head_is_director, proof_noninterference
from tests.hospital_rows import warehouse
from yishu import metrics


@pytest.mark.parametrize("seed", [11, 12])
def test_everybody_sees_his_filtered_copy(seed: int) -> None:
    ground, r = proof_guard.Ground(seed), random.Random(seed)
    wrong, asked = [], 0
    for _ in range(110):
        person = r.choice(ground.people)
        kind, told = proof_guard.probe(r, ground, person)
        asked += len(told)
        wrong += [(person["name"], kind, w) for w in told if w]
    ground.connection.close()
    assert not wrong and asked > 250 and ground.keep.hits > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_hidden_rows_change_nothing(seed: int) -> None:
    hospital = proof_guard.full_hospital(seed)
    base = warehouse(hospital)
    pair = proof_noninterference.Pair(random.Random(seed), hospital, base, metrics.centre(), 0)
    told = list(pair.probes(150))
    for connection in (base, pair.sides[1].connection):
        connection.close()
    assert [t[:2] for t in told if not t[2]] == [] and pair.hidden > 100 and {k for k, _, _ in told} >= {"query", "table", "failing"}


def test_the_heads_number_is_the_directors() -> None:
    centre, r = metrics.centre(), random.Random(5)
    connection, keep = warehouse(proof_guard.full_hospital(5)), metrics.Keep("5")
    told = [
        proof_head_is_director.compared(connection, keep, centre, r.choice(sorted(proof_guard.LABELS)), metric, r.choice(proof_head_is_director.PERIODS))
        for metric in proof_head_is_director.asked(centre)
    ]
    connection.close()
    assert all(same for _, same in told) and sum(n for n, _ in told) > 200
