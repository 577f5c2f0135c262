"""Counting 计数 against plain Python: orders with ties, quantiles, different members, marks of ways; wide numbers too."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from yishu.journey.counting import grouped, marks, quantiles, runs, time_order

WIDE = st.one_of(st.integers(0, 5), st.integers(0, 5).map(lambda s: s * 1_000_000), st.integers(-(1 << 52), 1 << 52))
ROWS = st.lists(st.tuples(st.one_of(st.integers(0, 3), st.integers(0, 1 << 30)), WIDE), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_by_case_then_time_and_ties_keep_their_order(rows: list[tuple[int, int]]) -> None:
    case, moment = (np.array(part, np.int64) for part in zip(*rows, strict=True))
    said = sorted(range(len(rows)), key=lambda n: (rows[n][0], rows[n][1], n))
    assert time_order(case, moment).tolist() == said


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), WIDE), max_size=60), st.sampled_from([5, 70_000]))
def test_quantiles_are_numpys(rows: list[tuple[int, int]], groups: int) -> None:
    group, value = (np.array([r[n] for r in rows], np.int64) for n in (0, 1))
    held = grouped(group, groups)
    found = quantiles(held, value, (0.5, 0.9))
    for number in range(5):
        mine = value[group == number]
        assert held.counts[number] == len(mine)
        if len(mine):
            np.testing.assert_allclose(found[:, number], np.quantile(mine.astype(float), [0.5, 0.9]), rtol=1e-12, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=60))
def test_different_members_of_a_group(rows: list[tuple[int, int]]) -> None:
    rows = sorted(rows, key=lambda r: r[1])
    group, member = np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows], np.int32)
    owners, again = runs(grouped(group, 5), member)
    assert owners.tolist() == [len({m for g, m in rows if g == number}) for number in range(5)]
    assert set(again.tolist()) == {m for g, m in rows if rows.count((g, m)) > 1}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5000), min_size=1, max_size=6), min_size=1, max_size=12))
def test_equal_ways_have_equal_marks_wherever_they_stand(ways: list[list[int]]) -> None:
    letters = np.array([letter for way in ways for letter in way], np.int64)
    heads = np.cumsum([0, *map(len, ways[:-1])])
    found = marks(letters, heads, 5001).tolist()
    for way, mark in zip(ways, found, strict=True):
        assert [mark == other for other in found] == [way == other for other in ways]
