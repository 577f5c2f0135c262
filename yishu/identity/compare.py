"""Compare 字段比较: two normal forms of one kind → an agreement level.

Levels are small integers, higher = closer; -1 = one side is absent. Pure, vectorised over pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from yishu.identity.normalise import Kind

Levels = NDArray[np.int8]

# 0 different · then by kind, the last = equal
LEVELS: dict[Kind, tuple[str, ...]] = {
    Kind.GIVEN: ("不同", "略似", "相近", "差一字", "相同"),
    Kind.SURNAME: ("不同", "略似", "相近", "差一字", "相同"),
    Kind.FULL_NAME: ("不同", "略似", "相近", "差一字", "相同"),
    Kind.BIRTH: ("不同", "两处相同", "差一位", "相同"),
    Kind.SEX: ("不同", "相同"),
    Kind.PHONE: ("不同", "差两位", "差一位", "相同"),
    Kind.ID: ("不同", "差两位", "差一位", "相同"),
    Kind.POSTCODE: ("不同", "差一位", "相同"),
    Kind.ADDRESS: ("不同", "略似", "相近", "相同"),
    Kind.CITY: ("不同", "略似", "相近", "相同"),
    Kind.EMAIL: ("不同", "略似", "相近", "相同"),
    Kind.OTHER: ("不同", "略似", "相近", "相同"),
}


def levels(kind: Kind, left: Sequence[str], right: Sequence[str]) -> Levels:
    """The agreement level of each pair (left[i], right[i]); shape (n,), dtype int8."""
    a = np.asarray(left, dtype=object)
    b = np.asarray(right, dtype=object)
    top = len(LEVELS[kind]) - 1
    out: Levels = np.zeros(len(a), dtype=np.int8)
    equal = a == b
    out[equal] = top
    rest = np.flatnonzero(~equal)
    if len(rest):
        out[rest] = _near(kind, a[rest].tolist(), b[rest].tolist())
    out[(a == "") | (b == "")] = -1
    return out


def _near(kind: Kind, a: list[str], b: list[str]) -> Levels:
    out: Levels = np.zeros(len(a), dtype=np.int8)
    if kind is Kind.SEX:
        return out
    if kind in (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME):
        near = cpdist(a, b, scorer=JaroWinkler.normalized_similarity)
        edits = cpdist(a, b, scorer=OSA.distance)
        out[near >= 0.72] = 1
        out[near >= 0.85] = 2
        shorter = np.minimum([len(x) for x in a], [len(x) for x in b])
        out[(edits == 1) & (shorter >= 2)] = 3
        return out
    if kind is Kind.BIRTH:
        edits = cpdist(a, b, scorer=OSA.distance)
        same_parts = np.array([_date_parts(x, y) for x, y in zip(a, b, strict=True)], dtype=np.int8)
        out[same_parts >= 2] = 1
        out[edits == 1] = 2
        out[np.array([_day_month_swapped(x, y) for x, y in zip(a, b, strict=True)])] = 2
        return out
    if kind in (Kind.PHONE, Kind.ID, Kind.POSTCODE):
        edits = cpdist(a, b, scorer=OSA.distance)
        if kind is Kind.POSTCODE:
            out[edits == 1] = 1
            return out
        out[edits == 2] = 1
        out[edits == 1] = 2
        return out
    near = cpdist(a, b, scorer=JaroWinkler.normalized_similarity)
    out[near >= 0.75] = 1
    out[near >= 0.9] = 2
    return out


def _date_parts(x: str, y: str) -> int:
    if len(x) != 8 or len(y) != 8:
        return 0
    return (x[:4] == y[:4]) + (x[4:6] == y[4:6]) + (x[6:] == y[6:])


def _day_month_swapped(x: str, y: str) -> bool:
    return len(x) == len(y) == 8 and x[:4] == y[:4] and x[4:6] == y[6:] and x[6:] == y[4:6]
