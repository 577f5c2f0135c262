"""Block 候选分组: several keys a record; only records that share a key are compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from yishu.identity.column import Codes, Column
from yishu.identity.han import is_han, sound
from yishu.identity.normalise import Kind, baby

Pairs = NDArray[np.int64]   # shape (n, 2), left < right
LARGEST_BLOCK = 400
SMALL = 20_000
LARGE_KEY = 2.5
"""In a large table no key may bring more pairs a record than this."""
EVERY_PAIR_UP_TO = 1_500
"""A table this small is compared whole."""
NAMES = (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME)


def budget(count: int) -> int:
    """How many pairs are worth comparing: many a record in a small table, few in a large one."""
    return 120 * count if count <= SMALL else max(120 * SMALL, 16 * count)


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
    flat: list[NDArray[np.int64]] = []
    for key in _chosen(columns, count, budget(count) if most is None else most):
        pairs = _pairs(key)
        if source is not None:
            pairs = pairs[source[pairs[:, 0]] != source[pairs[:, 1]]]
        flat.append(pairs[:, 0] * count + pairs[:, 1])
    if not flat:
        return np.empty((0, 2), dtype=np.int64)
    once = np.sort(np.concatenate(flat))
    once = once[np.r_[True, once[1:] != once[:-1]]] if len(once) else once
    return np.stack([once // count, once % count], axis=1)


def _chosen(columns: Mapping[str, Column], count: int, most: int) -> list[Codes]:
    """The keys to use, the most selective first, as far as the budget of pairs goes.

    A small table takes every key it can afford. A large one leaves out what another key holds already: two fields together where
    one of them stands alone, and an exact form where the coarser one is affordable too.
    """
    forms = _forms(columns)
    large = count > SMALL
    limit = LARGE_KEY * count if large else most
    sized = {(place,): _pairs_of(codes) for place, (_, _, codes) in enumerate(forms)}
    single = {place[0] for place, size in sized.items() if size <= limit} if large else {place for place, (_, exact, _) in enumerate(forms) if exact}
    wanted: dict[tuple[int, ...], int] = {(place,): sized[place,] for place in single}
    joint: dict[tuple[int, ...], Codes] = {}
    for (x, (one, _, a)), (y, (two, _, b)) in combinations(enumerate(forms), 2):
        if one != two and not (large and (x in single or y in single)):
            both = _joint(a, b)
            wanted[x, y] = _pairs_of(both)
            if not large:
                joint[x, y] = both
    if large:
        wanted = {key: size for key, size in wanted.items() if size <= limit}
        wanted = {key: size for key, size in wanted.items() if not any(_coarser(other, key, forms) for other in wanted)}
    out: list[Codes] = []
    for key, size in sorted(wanted.items(), key=lambda item: (item[1], item[0])):
        if size == 0:
            continue
        most -= size
        if most < 0 and out:
            break
        out.append(forms[key[0]][2] if len(key) == 1 else joint[key] if key in joint else _joint(forms[key[0]][2], forms[key[1]][2]))
    return out


Form = tuple[str, bool, Codes]
"""A column, whether exact, its codes."""


def _forms(columns: Mapping[str, Column]) -> list[Form]:
    forms: list[Form] = []
    for name, column in columns.items():
        if column.kind is not Kind.SEX:
            forms.append((name, True, column.codes))
            forms += [(name, False, codes) for codes in _sketches(column)]
    return forms


def _coarser(other: tuple[int, ...], key: tuple[int, ...], forms: Sequence[Form]) -> bool:
    """Whether every pair of `key` is a pair of `other`: the same columns, one form coarser, none finer."""
    if len(other) != len(key) or other == key:
        return False
    return all(o == k or (forms[o][0] == forms[k][0] and forms[k][1]) for o, k in zip(other, key, strict=True))


def _joint(a: Codes, b: Codes) -> Codes:
    return np.where((a < 0) | (b < 0), -1, a * (int(b.max(initial=0)) + 1) + b)


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
