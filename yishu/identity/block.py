"""Block 候选分组: several keys a record; only records that share a key are compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from yishu.identity.column import Codes, Column
from yishu.identity.han import is_han, sound
from yishu.identity.normalise import Kind, baby

Pairs = NDArray[np.int64]   # shape (n, 2), left < right
LARGEST_BLOCK = 400
EVERY_PAIR_UP_TO = 1_500
"""A table this small is compared whole."""
NAMES = (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME)


def budget(count: int) -> int:
    """How many pairs are worth comparing: many a record in a small table, few in a large one."""
    return min(120 * count, 600_000 + 6 * count)


def candidates(columns: Mapping[str, Column], source: NDArray[np.int8] | None = None, most: int | None = None) -> Pairs:
    """Pairs that agree on one selective field or on two fields together, the most selective keys first.

    Keys are taken until their pairs would exceed the budget; blocks over LARGEST_BLOCK are left to other keys.
    `source`: 0/1 per record when two files are matched; then only pairs across are given.
    """
    count = len(next(iter(columns.values())).codes)
    if count <= EVERY_PAIR_UP_TO:
        said = np.any([column.codes >= 0 for column in columns.values()], axis=0)  # a record without any value matches nobody
        left, right = np.triu_indices(count, 1)
        every: Pairs = np.stack([left, right], axis=1).astype(np.int64)
        every = every[said[left] & said[right]]
        return every if source is None else every[source[every[:, 0]] != source[every[:, 1]]]
    keys = _keys(columns)
    sized = sorted(((_pairs_of(key), index) for index, key in enumerate(keys)))
    left_over = budget(count) if most is None else most
    flat: list[NDArray[np.int64]] = []
    for size, index in sized:
        if size == 0:
            continue
        left_over -= size
        if left_over < 0 and flat:
            break
        pairs = _pairs(keys[index])
        if source is not None:
            pairs = pairs[source[pairs[:, 0]] != source[pairs[:, 1]]]
        flat.append(pairs[:, 0] * count + pairs[:, 1])
    if not flat:
        return np.empty((0, 2), dtype=np.int64)
    once = np.sort(np.concatenate(flat))
    once = once[np.r_[True, once[1:] != once[:-1]]] if len(once) else once
    return np.stack([once // count, once % count], axis=1)


def _keys(columns: Mapping[str, Column]) -> list[Codes]:
    """Single fields, and every two fields of different columns in their exact and coarser forms."""
    forms: list[tuple[str, Codes]] = []
    keys: list[Codes] = []
    for name, column in columns.items():
        if column.kind is Kind.SEX:
            continue
        forms.append((name, column.codes))
        keys.append(column.codes)
        forms += [(name, codes) for codes in _sketches(column)]
    for (one, a), (two, b) in combinations(forms, 2):
        if one != two:
            keys.append(np.where((a < 0) | (b < 0), -1, a * (int(b.max(initial=0)) + 1) + b))
    return keys


def _sketches(column: Column) -> list[Codes]:
    """Coarser forms of a field: what survives a slip of the pen."""
    if column.kind in NAMES:
        return [column.sketch(sound_of)] + ([column.sketch(surname_of)] if column.kind is Kind.FULL_NAME else [])
    if column.kind is Kind.ADDRESS:
        return [column.sketch(lambda value: value[:6])]
    if column.kind is Kind.BIRTH:
        return [column.sketch(lambda value: value[:6]), column.sketch(lambda value: value[4:] if len(value) == 8 else "")]
    if column.kind is Kind.ID:
        return [column.sketch(lambda value: value[6:17] if len(value) == 18 else "")]
    if column.kind is Kind.EMAIL:
        return [column.sketch(lambda value: value.partition("@")[0])]
    return []


def sound_of(value: str) -> str:
    """The sound of a Chinese name; the consonants' outline of a Latin word."""
    if not value.isascii() and any(is_han(c) for c in value):
        return "" if "?" in value else "".join(sound(c) for c in value)
    return (value[:1] + "".join(c for c in value[1:] if c not in "aeiouhwy "))[:4]


def surname_of(value: str) -> str:
    """The surname's sound; the mother's for a newborn."""
    born = baby(value)
    return sound((born[0] if born else value)[0])


def _pairs_of(key: Codes) -> int:
    ranked = np.sort(key)
    ranked = ranked[np.searchsorted(ranked, 0) :]
    if not len(ranked):
        return 0
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sizes = np.diff(np.r_[starts, len(ranked)])
    sizes = sizes[sizes <= LARGEST_BLOCK].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _pairs(key: Codes) -> Pairs:
    order = np.argsort(key, kind="stable")
    order = order[np.searchsorted(key[order], 0) :]
    ranked = key[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sizes = np.diff(np.r_[starts, len(ranked)])
    out: list[Pairs] = []
    for size in np.unique(sizes):
        if size < 2 or size > LARGEST_BLOCK:
            continue
        rows = starts[sizes == size][:, None] + np.arange(size)[None, :]
        members = np.sort(order[rows], axis=1)
        left, right = np.triu_indices(int(size), 1)
        out.append(np.stack([members[:, left].ravel(), members[:, right].ravel()], axis=1))
    return np.concatenate(out).astype(np.int64) if out else np.empty((0, 2), dtype=np.int64)
