"""Block 候选分组: several keys a record; only records that share a key are compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from yishu.identity.normalise import Kind

Pairs = NDArray[np.int64]   # shape (n, 2), left < right
LARGEST_BLOCK = 400
PAIRS_PER_RECORD = 120


def candidates(fields: Mapping[str, Sequence[str]], kinds: Mapping[str, Kind], source: NDArray[np.int8] | None = None) -> Pairs:
    """Pairs that agree on one selective field or on two fields together.

    `fields`: column → normal form per record. Keys are taken from the most selective on, until their pairs would exceed
    PAIRS_PER_RECORD a record; blocks over LARGEST_BLOCK are left to other keys. `source`: 0/1 per record when two files
    are matched; then only pairs across are given.
    """
    count = len(next(iter(fields.values())))
    coded = {name: _codes(values) for name, values in fields.items() if kinds[name] is not Kind.SEX}
    coded |= {f"{name}~": _codes([_sketch(v, kinds[name]) for v in values]) for name, values in fields.items()
              if kinds[name] in (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME, Kind.ADDRESS)}
    keys = [codes for name, codes in coded.items() if not name.endswith("~")]
    for (one, a), (two, b) in combinations(coded.items(), 2):
        if one.rstrip("~") != two.rstrip("~"):
            keys.append(np.where((a < 0) | (b < 0), -1, a * (int(b.max(initial=0)) + 1) + b))
    sized = sorted(((_pairs_of(key), index) for index, key in enumerate(keys)))
    budget = PAIRS_PER_RECORD * count
    found: list[Pairs] = []
    for size, index in sized:
        if size == 0:
            continue
        budget -= size
        if budget < 0 and found:
            break
        found.append(_pairs(keys[index]))
    if not found:
        return np.empty((0, 2), dtype=np.int64)
    every = np.concatenate(found)
    if source is not None:
        every = every[source[every[:, 0]] != source[every[:, 1]]]
    flat = np.unique(every[:, 0] * count + every[:, 1])
    return np.stack([flat // count, flat % count], axis=1)


def _codes(values: Sequence[str]) -> NDArray[np.int64]:
    distinct, codes = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
    out: NDArray[np.int64] = codes.astype(np.int64)
    if len(distinct) and distinct[0] == "":
        out = out - 1
    return out


def _sketch(value: str, kind: Kind) -> str:
    """What survives a slip of the pen: the consonants' outline of a Latin word, the first characters of an address."""
    if kind is Kind.ADDRESS:
        return value[:6]
    if value.isascii():
        outline = value[:1] + "".join(c for c in value[1:] if c not in "aeiouhwy ")
        return outline[:4]
    return value[:1]


def _pairs_of(key: NDArray[np.int64]) -> int:
    _, counts = np.unique(key[key >= 0], return_counts=True)
    counts = counts[counts <= LARGEST_BLOCK].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _pairs(key: NDArray[np.int64]) -> Pairs:
    order = np.argsort(key, kind="stable")
    order = order[key[order] >= 0]
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
