"""Compare 字段比较: two normal forms of one kind → an agreement level.

Levels are small integers, higher = closer; -1 = one side is absent. Pure, vectorised over pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from yishu.identity import prepared
from yishu.identity.column import Codes, Column
from yishu.identity.han import is_han, like_shape, like_sound, split_name
from yishu.identity.normalise import Kind

Levels = NDArray[np.int8]
NAMES = (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME)
CHUNK = 250_000
WORKERS = 2
"""Large tables are compared by two threads: numpy and the string distances work outside the interpreter's lock."""

_NAME = ("不同", "略似或仅同姓", "相近或差一字", "少一字或颠倒", "同音、形近或差一字母", "相同")
_TEXT = ("不同", "略似", "相近", "相同")
# 0 different · then by kind, the last = equal
LEVELS: dict[Kind, tuple[str, ...]] = {
    Kind.GIVEN: _NAME,
    Kind.SURNAME: _NAME,
    Kind.FULL_NAME: _NAME,
    Kind.BIRTH: ("不同", "相差一年内", "两处相同或相差一月内", "差一位或月日颠倒", "相同"),
    Kind.SEX: ("不同", "相同"),
    Kind.PHONE: ("不同", "差两位", "差一位", "相同"),
    Kind.ID: ("不同", "差两位", "差一位", "相同"),
    Kind.POSTCODE: ("不同", "差一位", "相同"),
    Kind.ADDRESS: ("不同", "略似", "相近", "很近", "相同"),
    Kind.CITY: _TEXT,
    Kind.EMAIL: ("不同", "略似", "同用户名或同域名", "差一两位", "相同"),
    Kind.OTHER: _TEXT,
}


def column_levels(column: Column, left: Codes, right: Codes) -> Levels:
    """The level of each pair of codes of one column."""
    top = len(LEVELS[column.kind]) - 1
    out: Levels = np.full(len(left), -1, dtype=np.int8)
    both = (left >= 0) & (right >= 0)
    equal = both & (left == right)
    out[equal] = top
    rest = np.flatnonzero(both & ~equal)
    if not len(rest):
        return out
    if column.kind is Kind.SEX:
        out[rest] = 0
        return out
    parts = [rest[start : start + CHUNK] for start in range(0, len(rest), CHUNK)]
    if len(parts) == 1:
        out[rest] = _unlike(column, left[rest], right[rest])
        return out
    _unlike(column, left[rest[:1]], right[rest[:1]])   # tables of the distinct values are made once, before the threads
    with ThreadPoolExecutor(WORKERS) as pool:
        for part, found in zip(parts, pool.map(lambda part: _unlike(column, left[part], right[part]), parts), strict=True):
            out[part] = found
    return out


def _unlike(column: Column, left: Codes, right: Codes) -> Levels:
    """Levels of pairs of different values."""
    if column.kind is Kind.BIRTH:
        return prepared.birth_levels(column, left, right)
    values = column.made.setdefault("values", np.asarray(column.values, dtype=object))
    if column.kind not in NAMES:
        return _near(column.kind, values[left].tolist(), values[right].tolist())
    out: Levels = np.zeros(len(left), dtype=np.int8)
    han = prepared.han(column)
    both = han[left] & han[right]
    out[both] = prepared.name_levels(column, left[both], right[both])
    rest = ~both
    if rest.any():
        out[rest] = _near(column.kind, values[left[rest]].tolist(), values[right[rest]].tolist())
    return out


def levels(kind: Kind, left: Sequence[str], right: Sequence[str]) -> Levels:
    """The agreement level of each pair of normal forms (left[i], right[i]); shape (n,), dtype int8."""
    out: Levels = np.full(len(left), -1, dtype=np.int8)
    top = len(LEVELS[kind]) - 1
    unlike = []
    for at, (a, b) in enumerate(zip(left, right, strict=True)):
        if a and b:
            if a == b:
                out[at] = top
            else:
                unlike.append(at)
    if unlike:
        out[unlike] = _near(kind, [left[i] for i in unlike], [right[i] for i in unlike])
    return out


def _near(kind: Kind, a: list[str], b: list[str]) -> Levels:
    match kind:
        case Kind.SEX:
            return np.zeros(len(a), dtype=np.int8)
        case Kind.GIVEN | Kind.SURNAME | Kind.FULL_NAME:
            return _near_names(kind, a, b)
        case Kind.BIRTH:
            return np.fromiter((birth_level(x, y) for x, y in zip(a, b, strict=True)), np.int8, len(a))
        case Kind.PHONE | Kind.ID | Kind.POSTCODE:
            edits = cpdist(a, b, scorer=OSA.distance, score_cutoff=2)
            ladder = np.array([0, 1, 0, 0] if kind is Kind.POSTCODE else [0, 2, 1, 0], dtype=np.int8)
            return np.asarray(ladder[np.minimum(edits, 3)], dtype=np.int8)
        case Kind.EMAIL:
            return _near_mail(a, b)
        case _:
            near = cpdist(a, b, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
            bounds = [0.75, 0.88, 0.95] if kind is Kind.ADDRESS else [0.75, 0.9]
            return np.searchsorted(np.array(bounds), near, side="right").astype(np.int8)


def _near_names(kind: Kind, a: list[str], b: list[str]) -> Levels:
    out: Levels = np.zeros(len(a), dtype=np.int8)
    han = np.fromiter((not (x.isascii() and y.isascii()) and is_han(x[0]) and is_han(y[0]) for x, y in zip(a, b, strict=True)), bool, len(a))
    for at in np.flatnonzero(han):
        out[at] = han_level(a[at], b[at], kind)
    rest = np.flatnonzero(~han)
    if len(rest):
        x, y = [a[i] for i in rest], [b[i] for i in rest]
        near = cpdist(x, y, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
        edits = cpdist(x, y, scorer=OSA.distance, score_cutoff=1)
        shorter = np.fromiter((min(len(p), len(q)) for p, q in zip(x, y, strict=True)), np.int64, len(x))
        level = np.searchsorted(np.array([0.72, 0.85]), near, side="right").astype(np.int8)
        level[np.fromiter((_same_words(p, q) for p, q in zip(x, y, strict=True)), bool, len(x))] = 3
        if kind is Kind.FULL_NAME:
            level[np.fromiter((_other_given(p, q) for p, q in zip(x, y, strict=True)), bool, len(x))] = 1
        level[(edits == 1) & (shorter >= 2)] = 4
        out[rest] = level
    return out


def _other_given(a: str, b: str) -> bool:
    """One word the same and another quite unlike: a family, not a person."""
    one, other = a.split(), b.split()
    common = set(one) & set(other)
    if not common or len(one) < 2 or len(other) < 2:
        return False
    rest, there = " ".join(w for w in one if w not in common), " ".join(w for w in other if w not in common)
    return bool(rest and there) and len(rest) > 1 < len(there) and JaroWinkler.normalized_similarity(rest, there) < 0.85


def _same_words(a: str, b: str) -> bool:
    """The same words in another order, or one is an initial or a beginning of the other."""
    if " " in a or " " in b:
        return sorted(a.split()) == sorted(b.split())
    short, long = sorted((a, b), key=len)
    return len(short) != 2 and long.startswith(short)


@lru_cache(maxsize=500_000)
def han_level(a: str, b: str, kind: Kind = Kind.FULL_NAME) -> int:
    """How near two Chinese names are: 4 alike in sound or shape, 3 one missing or turned, 2 one other, 1 surname only."""
    if len(a) == len(b):
        unlike = [(x, y) for x, y in zip(a, b, strict=True) if x != y and x != "?" and y != "?"]
        if not unlike:
            return 4
        if all(like_sound(x, y) for x, y in unlike) or (len(unlike) == 1 and like_shape(*unlike[0])):
            return 4
        if Counter(a) == Counter(b):
            return 3
        if len(unlike) == 1 and (len(a) > 2 or kind is not Kind.FULL_NAME) and (kind is not Kind.FULL_NAME or a[0] == b[0]):
            return 2
    else:
        short, long = sorted((a, b), key=len)
        if len(long) - len(short) == 1 and len(short) >= 2 and _without_one(short, long):
            return 3
        if len(short) >= 4 and long.startswith(short):
            return 3
    if kind is Kind.FULL_NAME and split_name(a)[0] == split_name(b)[0]:
        return 1
    return 0


def _without_one(short: str, long: str) -> bool:
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


@lru_cache(maxsize=500_000)
def birth_level(x: str, y: str) -> int:
    """How near two different dates of birth are (yyyymmdd)."""
    if len(x) != 8 or len(y) != 8:
        return 3 if OSA.distance(x, y) == 1 else 0
    if x[:4] == y[:4] and x[4:6] == y[6:] and x[6:] == y[4:6]:
        return 3
    if OSA.distance(x, y, score_cutoff=1) == 1:
        return 3
    if (x[:4] == y[:4]) + (x[4:6] == y[4:6]) + (x[6:] == y[6:]) >= 2:
        return 2
    try:
        apart = abs((date(int(x[:4]), int(x[4:6]), int(x[6:])) - date(int(y[:4]), int(y[4:6]), int(y[6:]))).days)
    except ValueError:
        return 0
    return 2 if apart <= 31 else 1 if apart <= 400 else 0


def _near_mail(a: list[str], b: list[str]) -> Levels:
    edits = cpdist(a, b, scorer=OSA.distance, score_cutoff=2)
    near = cpdist(a, b, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
    out: Levels = (near >= 0.85).astype(np.int8)
    for at, (x, y) in enumerate(zip(a, b, strict=True)):
        (user, _, home), (other, _, there) = x.partition("@"), y.partition("@")
        if user == other or (home and home == there and "-" in home):
            out[at] = 2
    out[edits <= 2] = 3
    return out
