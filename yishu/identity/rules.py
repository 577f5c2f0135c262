"""Rules 否决规则: what no weight may overrule. Two valid ids, newborns, nameless patients, twins, shared contacts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from yishu.identity.column import Codes, Column
from yishu.identity.compare import LEVELS, Levels
from yishu.identity.normalise import Kind, baby, unnamed
from yishu.kernel.citizen import citizen_number

CONTACT_MOST = 10.0
"""Bits that phone, address and postcode together may add: a family shares them all."""
NOTHING, ASK, NEVER = 0, 1, 2
"""A pair may be merged by itself; only by a person; not at all."""

WHY = {"two_ids": "两个不同的有效证件号", "newborn": "新生儿与有名者", "order": "同母不同胎次", "nameless": "无名氏", "twins": "疑似双胞胎或同名家人", "contradiction": "性别与证件都不同", "two_passports": "两本不同的护照"}


def vetoes(columns: Mapping[str, Column], levels: Mapping[str, Levels], left: Codes, right: Codes) -> tuple[NDArray[np.int8], dict[str, NDArray[np.bool_]]]:
    """How far each pair may go by itself, and which rules said so. `left`, `right`: record numbers of each pair."""
    limit: NDArray[np.int8] = np.zeros(len(left), dtype=np.int8)
    why: dict[str, NDArray[np.bool_]] = {}
    name = next((n for n, c in columns.items() if c.kind is Kind.FULL_NAME), None)
    birth = next((n for n, c in columns.items() if c.kind is Kind.BIRTH), None)
    ids = [n for n, c in columns.items() if c.kind is Kind.ID]
    same_id: NDArray[np.bool_] = np.zeros(len(left), dtype=bool)
    for each in ids:
        valid = _valid(columns[each])
        a, b = _of(columns[each], valid, left), _of(columns[each], valid, right)
        equal = levels[each] == len(LEVELS[Kind.ID]) - 1
        same_id |= a & b & equal
        _mark(limit, why, "two_ids", a & b & ~equal & (levels[each] >= 0), ASK)
    for sex in (n for n, c in columns.items() if c.kind is Kind.SEX):
        other = np.any([(levels[each] >= 0) & (levels[each] < len(LEVELS[Kind.ID]) - 2) for each in ids], axis=0) if ids else np.zeros(len(left), dtype=bool)
        _mark(limit, why, "contradiction", (levels[sex] == 0) & other, ASK)
    for each in ids:
        foreign = np.fromiter((any(c.isalpha() for c in v[:1]) for v in columns[each].values), bool, len(columns[each].values))
        _mark(limit, why, "two_passports", _of(columns[each], foreign, left) & _of(columns[each], foreign, right) & (levels[each] == 0), ASK)
    if name is None or not any(not v.isascii() for v in columns[name].values[:1000]):
        return limit, why
    _newborns(columns, levels, left, right, name, birth, limit, why)
    if birth is not None:
        born = levels[birth] == len(LEVELS[Kind.BIRTH]) - 1
        _mark(limit, why, "twins", (levels[name] >= 0) & (levels[name] <= 2) & born & ~same_id, ASK)
    return limit, why


def _newborns(
    columns: Mapping[str, Column], levels: Mapping[str, Levels], left: Codes, right: Codes, name: str, birth: str | None,
    limit: NDArray[np.int8], why: dict[str, NDArray[np.bool_]],
) -> None:  # fmt: skip
    """Newborns 新生儿 need birth date, mother and order; a named child is one of them only where all three are known and agree."""
    values = columns[name].values
    said = columns[name].made.setdefault("babies", None) or [baby(v) for v in values]
    columns[name].made["babies"] = said
    nameless = np.fromiter((unnamed(v) for v in values), bool, len(values))
    if nameless.any():
        _mark(limit, why, "nameless", _of(columns[name], nameless, left) | _of(columns[name], nameless, right), NEVER)
    if not any(said):
        return
    infant = _infants(columns[name])
    a, b = _of(columns[name], infant, left), _of(columns[name], infant, right)
    born = levels[birth] == len(LEVELS[Kind.BIRTH]) - 1 if birth is not None else np.zeros(len(left), dtype=bool)
    others = [n for n, c in columns.items() if c.kind is Kind.OTHER]
    unlike = np.any([levels[n] == 0 for n in others], axis=0) if others else np.zeros(len(left), dtype=bool)
    agreed = np.zeros(len(left), dtype=bool)
    for at in np.flatnonzero((a ^ b) & born & ~unlike).tolist():
        one, other = (left[at], right[at]) if a[at] else (right[at], left[at])
        mother = said[columns[name].codes[one]]
        agreed[at] = mother is not None and any(_value(columns[n], other) == mother[0] for n in others)
    _mark(limit, why, "newborn", (a ^ b) & ~agreed, NEVER)
    apart, unsure = np.zeros(len(left), dtype=bool), np.zeros(len(left), dtype=bool)
    for at in np.flatnonzero(a & b).tolist():
        x, y = said[columns[name].codes[left[at]]], said[columns[name].codes[right[at]]]
        if x is not None and y is not None:
            apart[at] = bool(x[1] and y[1] and x[1] != y[1])
            unsure[at] = x[0] != y[0] or x[1] != y[1]
    sexes = [n for n, c in columns.items() if c.kind is Kind.SEX]
    for each in sexes:
        apart |= a & b & (levels[each] == 0)
    _mark(limit, why, "order", apart, NEVER)
    _mark(limit, why, "order", unsure | (a & b & (~born | unlike)), ASK)
    reached = [n for n, c in columns.items() if c.kind in (Kind.PHONE, Kind.ADDRESS)]
    shared = np.any([levels[n] >= 2 for n in reached], axis=0) if reached else np.zeros(len(left), dtype=bool)
    _mark(limit, why, "order", a & b & ~shared, ASK)   # two mothers of one name on one day


def level_newborns(columns: Mapping[str, Column], levels: dict[str, Levels], left: Codes, right: Codes) -> None:
    """A newborn's stand-in name says nothing against the name given later: that comparison is left out."""
    for name, column in columns.items():
        if column.kind is Kind.FULL_NAME:
            infant = _infants(column)
            if infant.any():
                a, b = _of(column, infant, left), _of(column, infant, right)
                levels[name][a ^ b] = -1
                for other, mother in columns.items():
                    if mother.kind is Kind.OTHER:   # the mother's name says once more what the stand-in name says
                        _once(column, mother, levels[other], left, right, np.flatnonzero(a & b))


def _once(names: Column, mother: Column, levels: Levels, left: Codes, right: Codes, both: NDArray[np.int64]) -> None:
    for at in both.tolist():
        born = baby(names.values[names.codes[left[at]]])
        if born is not None and _value(mother, int(left[at])) == born[0]:
            levels[at] = -1


def _valid(column: Column) -> NDArray[np.bool_]:
    """Which distinct values are valid citizen numbers."""
    if "valid" not in column.made:
        column.made["valid"] = np.fromiter((len(v) == 18 and bool(citizen_number(v)[0]) for v in column.values), bool, len(column.values))
    made: NDArray[np.bool_] = column.made["valid"]
    return made


def _infants(column: Column) -> NDArray[np.bool_]:
    if "infants" not in column.made:
        column.made["infants"] = np.fromiter((baby(v) is not None for v in column.values), bool, len(column.values))
    made: NDArray[np.bool_] = column.made["infants"]
    return made


def _value(column: Column, record: int) -> str:
    code = int(column.codes[record])
    return column.values[code] if code >= 0 else ""


def _of(column: Column, what: NDArray[np.bool_], records: Codes) -> NDArray[np.bool_]:
    """Whether the value of each record has a property; absent values have none."""
    padded = np.r_[what, False]
    out: NDArray[np.bool_] = padded[column.codes[records]]
    return out


def _mark(limit: NDArray[np.int8], why: dict[str, NDArray[np.bool_]], rule: str, where: NDArray[np.bool_], how: int) -> None:
    np.maximum(limit, np.where(where, how, 0), out=limit, casting="unsafe")
    why[rule] = why[rule] | where if rule in why else where


def contacts(columns: Mapping[str, Column]) -> frozenset[str]:
    """The fields a household shares 共用联系方式; none where names are not Chinese, as weights there follow the data alone."""
    chinese = any(not v.isascii() for c in columns.values() if c.kind is Kind.FULL_NAME for v in c.values[:1000])
    return frozenset(n for n, c in columns.items() if c.kind in (Kind.PHONE, Kind.ADDRESS, Kind.POSTCODE, Kind.CITY)) if chinese else frozenset()


def cap_contacts(shared: frozenset[str], parts: Mapping[str, NDArray[np.float64]]) -> None:
    """What a household shares adds at most CONTACT_MOST bits; scaled in place."""
    if not shared:
        return
    total = np.sum([np.maximum(parts[name], 0) for name in shared], axis=0)
    over = total > CONTACT_MOST
    for name in shared:
        part = parts[name]
        part[over & (part > 0)] *= (CONTACT_MOST / np.maximum(total, 1e-9))[over & (part > 0)]
