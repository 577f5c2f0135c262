"""Prepared tables 备好的表: Chinese names and dates as arrays of numbers, so that millions of pairs compare at once.

The same answers as `compare.han_level` and `compare.birth_level`, which say it pair by pair (a property test holds them together).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from yishu.identity.column import Codes, Column
from yishu.identity.han import is_han, shapes, sounds, split_name
from yishu.identity.normalise import Kind

LONGEST = 8
READINGS = 4
SHAPES = 6



@dataclass(frozen=True, slots=True)
class Names:
    """Distinct names as numbers: `letters` index the distinct characters, from the left and from the right."""

    front: NDArray[np.int32]
    back: NDArray[np.int32]
    length: NDArray[np.int8]
    bag: NDArray[np.int64]
    family: NDArray[np.int64]
    sounds: NDArray[np.int32]
    shapes: NDArray[np.int32]


def han(column: Column) -> NDArray[np.bool_]:
    """Which distinct names begin with a Han character and are not too long."""
    if "han" not in column.made:
        column.made["han"] = np.fromiter((len(v) <= LONGEST and is_han(v[0]) for v in column.values), bool, len(column.values))
    made: NDArray[np.bool_] = column.made["han"]
    return made


def _names(column: Column) -> Names:
    if "names" not in column.made:
        column.made["names"] = _prepare(column.values, han(column))
    made: Names = column.made["names"]
    return made


def _prepare(values: list[str], usable: NDArray[np.bool_]) -> Names:
    letters: dict[str, int] = {"": 0, "?": 1}
    front = np.zeros((len(values), LONGEST), dtype=np.int32)
    back = np.zeros((len(values), LONGEST), dtype=np.int32)
    length = np.zeros(len(values), dtype=np.int8)
    bags: dict[str, int] = {}
    families: dict[str, int] = {}
    bag = np.zeros(len(values), dtype=np.int64)
    family = np.zeros(len(values), dtype=np.int64)
    for at in np.flatnonzero(usable).tolist():
        value = values[at]
        codes = [letters.setdefault(char, len(letters)) for char in value]
        front[at, : len(codes)] = codes
        back[at, LONGEST - len(codes) :] = codes
        length[at] = len(codes)
        bag[at] = bags.setdefault("".join(sorted(value)), len(bags))
        family[at] = families.setdefault(split_name(value)[0], len(families))
    heard: dict[str, int] = {}
    sound = np.full((len(letters), READINGS), -1, dtype=np.int32)
    shape = np.full((len(letters), SHAPES), -1, dtype=np.int32)
    looks = shapes()
    for char, code in letters.items():
        if code > 1:
            said = [heard.setdefault(reading, len(heard)) for reading in sorted(sounds(char))][:READINGS]
            sound[code, : len(said)] = said
            groups = sorted(looks.get(char, ()))[:SHAPES]
            shape[code, : len(groups)] = groups
    return Names(front, back, length, bag, family, sound, shape)


def name_levels(column: Column, left: Codes, right: Codes) -> NDArray[np.int8]:
    """Levels of pairs of different Chinese names (see `compare.LEVELS`)."""
    names, full = _names(column), column.kind is Kind.FULL_NAME
    a, b = names.front[left], names.front[right]
    one, two = names.length[left], names.length[right]
    equal = (a == b) | (a == 1) & (b != 0) | (b == 1) & (a != 0)
    unlike = ~equal
    alike = equal | _shared(names.sounds, a, b)
    missed = unlike.sum(axis=1)
    even = one == two
    out = np.zeros(len(left), dtype=np.int8)
    family = names.family[left] == names.family[right]
    if full:
        out[family] = 1
    first = a[:, 0] == b[:, 0]
    out[even & (missed == 1) & ((first & (one > 2)) if full else True)] = 2
    out[even & (names.bag[left] == names.bag[right])] = 3
    shorter = np.minimum(one, two)
    plain = a == b
    ahead = np.cumprod(plain, axis=1).sum(axis=1)
    ahead = np.minimum(ahead, shorter)
    behind = np.cumprod((names.back[left] == names.back[right])[:, ::-1], axis=1).sum(axis=1)
    out[~even & (np.abs(one - two) == 1) & (shorter >= 2) & (ahead + np.minimum(behind, shorter) >= shorter)] = 3
    out[~even & (shorter >= 4) & (ahead >= shorter)] = 3
    lone = even & (missed == 1)
    rows = np.flatnonzero(lone)
    places = np.argmax(unlike[rows], axis=1)
    looks = _shared(names.shapes, a[rows, places][:, None], b[rows, places][:, None])[:, 0]
    out[rows[looks]] = 4
    out[even & alike.all(axis=1)] = 4
    return out


def _shared(table: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether two characters have one entry of their rows in common."""
    out = np.zeros(a.shape, dtype=bool)
    for x in range(table.shape[1]):
        mine = table[a, x]
        if not (mine >= 0).any():
            break
        for y in range(table.shape[1]):
            theirs = table[b, y]
            out |= (mine >= 0) & (mine == theirs)
    return out


def _dates(column: Column) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Digits of each date, and its day number (far off where it is no date)."""
    if "dates" not in column.made:
        digits = np.zeros((len(column.values), 8), dtype=np.uint8)
        days = np.zeros(len(column.values), dtype=np.int64)
        for at, value in enumerate(column.values):
            if len(value) != 8:
                continue
            digits[at] = np.frombuffer(value.encode(), dtype=np.uint8) if value.isascii() else 0
            try:
                days[at] = date(int(value[:4]), int(value[4:6]), int(value[6:])).toordinal()
            except ValueError:
                days[at] = -1_000_000 * (at + 2)
        column.made["dates"] = (digits, days)
    made: tuple[NDArray[np.uint8], NDArray[np.int64]] = column.made["dates"]
    return made


def birth_levels(column: Column, left: Codes, right: Codes) -> NDArray[np.int8]:
    """Levels of pairs of different dates (see `compare.LEVELS`)."""
    digits, days = _dates(column)
    a, b = digits[left], digits[right]
    whole = (a[:, 0] > 0) & (b[:, 0] > 0)
    unlike = a != b
    missed = unlike.sum(axis=1)
    apart = np.abs(days[left] - days[right])
    out = np.zeros(len(left), dtype=np.int8)
    out[apart <= 400] = 1
    same = [~unlike[:, part].any(axis=1) for part in (slice(0, 4), slice(4, 6), slice(6, 8))]
    out[(apart <= 31) | (np.sum(same, axis=0) >= 2)] = 2
    out[missed == 1] = 3
    for at in range(7):
        out[(missed == 2) & (a[:, at] == b[:, at + 1]) & (a[:, at + 1] == b[:, at]) & unlike[:, at]] = 3
    out[same[0] & (a[:, 4:6] == b[:, 6:8]).all(axis=1) & (a[:, 6:8] == b[:, 4:6]).all(axis=1)] = 3
    out[~whole] = 0
    return out
