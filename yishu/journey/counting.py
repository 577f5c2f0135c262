"""Counting 计数: orders, groups, quantiles and marks of columns of numbers. Pure: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_BITS = 63
_SECOND = 1_000_000


def time_order(case: Ints, completed: Ints) -> Ints:
    """Rows by case, then time; rows of one moment keep their order."""
    low, when = int(completed.min()), completed
    if not (completed % _SECOND).any():
        when, low = completed // _SECOND, low // _SECOND
    when = when - low
    width = int(when.max()).bit_length()
    if int(case.max()).bit_length() + width > _BITS or int(case.min()) < 0:
        by_time = np.argsort(completed, kind="stable")
        return by_time[np.argsort(case[by_time], kind="stable")].astype(np.int64)
    key = (case << width) | when
    order = np.argsort(key)
    key = key[order]
    new = key[1:] != key[:-1]
    if new.all():
        return order.astype(np.int64)
    # the quick sort shuffles rows of one moment: their row numbers sort once more, group by group
    bits = len(order).bit_length()
    group = np.concatenate(([0], np.cumsum(new)))
    return np.sort((group << bits) | order) & ((1 << bits) - 1)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by group 分组: `rows` sorted by group, each group's in their order; group g is `rows[bounds[g]:bounds[g + 1]]`."""

    rows: Ints
    bounds: Ints

    @property
    def counts(self) -> Ints:
        """How many rows each group has."""
        return np.diff(self.bounds)


def grouped(group: Ints, groups: int) -> Groups:
    """Rows by their group, numbered below `groups`; numbers of two bytes sort in two passes over the rows."""
    narrow = group.astype(np.uint16) if groups <= 1 << 16 else group
    counts = np.bincount(group, minlength=groups)
    return Groups(np.argsort(narrow, kind="stable"), np.concatenate(([0], np.cumsum(counts))))


def quantiles(groups: Groups, value: Ints, at: tuple[float, ...]) -> NDArray[np.float64]:
    """Quantiles of each group's values (linear between two), one row a quantile; not a number where a group is empty."""
    values = value[groups.rows]
    found = np.full((len(at), len(groups.bounds) - 1), np.nan)
    for number in np.flatnonzero(groups.counts).tolist():
        part = values[groups.bounds[number] : groups.bounds[number + 1]]
        places = [q * (len(part) - 1) for q in at]
        part.partition(sorted({k for p in places for k in (int(p), min(int(p) + 1, len(part) - 1))}))
        for row, place in enumerate(places):
            low, high = int(part[int(place)]), int(part[min(int(place) + 1, len(part) - 1)])
            found[row, number] = low + (high - low) * (place - int(place))
    return found


def runs(groups: Groups, member: NDArray[np.int32]) -> tuple[Ints, NDArray[np.int32]]:
    """How many different members each group has, members rising within a group; and those met again in a group."""
    met = member[groups.rows]
    again = np.concatenate((np.zeros(min(1, len(met)), bool), met[1:] == met[:-1]))
    again[groups.bounds[:-1][groups.counts > 0]] = False
    counted = np.concatenate(([0], np.cumsum(~again)))
    return np.diff(counted[groups.bounds]), met[again]


_RANDOM = np.random.default_rng(20260611)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_BACK = np.uint64(pow(int(_BASE), -1, 1 << 64))
_LETTERS = _RANDOM.integers(1, 1 << 63, 4096, dtype=np.uint64)


def marks(letters: Ints, heads: Ints, many: int) -> NDArray[np.uint64]:
    """A 64-bit mark of each case's letters in order: a polynomial over the whole log, each case's part shifted back to its head."""
    book = _LETTERS if many <= len(_LETTERS) else np.random.default_rng(1).integers(1, 1 << 63, many, dtype=np.uint64)
    terms = book[letters]
    terms *= _powers(_BASE, len(letters))
    total = np.cumsum(terms, dtype=np.uint64)
    before = np.where(heads > 0, total[heads - 1], np.uint64(0))
    ends = np.concatenate((heads[1:], [len(letters)])) - 1
    marks: NDArray[np.uint64] = (total[ends] - before) * _powers(_BACK, len(letters))[heads]
    return marks


def _powers(base: np.uint64, count: int) -> NDArray[np.uint64]:
    """base⁰, base¹, … modulo 2⁶⁴."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)
