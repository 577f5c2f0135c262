"""Rules 否决规则: what no weight may overrule. Two valid ids, newborns, nameless patients, twins, shared contacts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from yishu.identity.column import Codes, Column
from yishu.identity.compare import LEVELS, Levels
from yishu.identity.normalise import Kind, baby, unnamed
from yishu.kernel.citizen import citizen_number

CONTACT_MOST = 16.0
"""Bits that phone and address together may add: a family shares both."""
NOTHING, ASK, NEVER = 0, 1, 2
"""A pair may be merged by itself; only by a person; not at all."""

WHY = {"two_ids": "两个不同的有效证件号", "newborn": "新生儿与有名者", "order": "同母不同胎次", "nameless": "无名氏", "twins": "疑似双胞胎或同名家人", "thin": "依据太少"}


def vetoes(columns: Mapping[str, Column], levels: Mapping[str, Levels], left: Codes, right: Codes) -> tuple[NDArray[np.int8], dict[str, NDArray[np.bool_]]]:
    """How far each pair may go by itself, and which rules said so. `left`, `right`: record numbers of each pair."""
    limit: NDArray[np.int8] = np.zeros(len(left), dtype=np.int8)
    why: dict[str, NDArray[np.bool_]] = {}
    name = next((n for n, c in columns.items() if c.kind is Kind.FULL_NAME), None)
    birth = next((n for n, c in columns.items() if c.kind is Kind.BIRTH), None)
    ids = [n for n, c in columns.items() if c.kind is Kind.ID]
    same_id: NDArray[np.bool_] = np.zeros(len(left), dtype=bool)
    for each in ids:
        valid = np.fromiter((len(v) == 18 and bool(citizen_number(v)[0]) for v in columns[each].values), bool, len(columns[each].values))
        a, b = _of(columns[each], valid, left), _of(columns[each], valid, right)
        equal = levels[each] == len(LEVELS[Kind.ID]) - 1
        same_id |= a & b & equal
        _mark(limit, why, "two_ids", a & b & ~equal & (levels[each] >= 0), ASK)
    if name is None or not any(not v.isascii() for v in columns[name].values[:1000]):
        return limit, why
    _newborns(columns, levels, left, right, name, birth, limit, why)
    if birth is not None:
        born = levels[birth] == len(LEVELS[Kind.BIRTH]) - 1
        other_given = (levels[name] >= 1) & (levels[name] <= len(LEVELS[Kind.FULL_NAME]) - 2)
        _mark(limit, why, "twins", other_given & born & ~same_id & _shared_contact(columns, levels), ASK)
        _mark(limit, why, "twins", (levels[name] >= 0) & (levels[name] <= 2) & born & ~same_id, ASK)
    return limit, why


def _newborns(
    columns: Mapping[str, Column], levels: Mapping[str, Levels], left: Codes, right: Codes, name: str, birth: str | None,
    limit: NDArray[np.int8], why: dict[str, NDArray[np.bool_]],
) -> None:  # fmt: skip
    values = columns[name].values
    said = [baby(v) for v in values]
    if any(said):
        infant = np.fromiter((s is not None for s in said), bool, len(values))
        a, b = _of(columns[name], infant, left), _of(columns[name], infant, right)
        _mark(limit, why, "newborn", a ^ b, NEVER)
        both = np.flatnonzero(a & b)
        ones, others = columns[name].codes[left[both]], columns[name].codes[right[both]]
        apart = np.zeros(len(left), dtype=bool)
        for at, one, other in zip(both.tolist(), ones.tolist(), others.tolist(), strict=True):
            x, y = said[one], said[other]
            apart[at] = x is not None and y is not None and (x[0] != y[0] or x[1] != y[1])
        _mark(limit, why, "order", apart, NEVER)
        if birth is not None:
            _mark(limit, why, "order", a & b & (levels[birth] != len(LEVELS[Kind.BIRTH]) - 1), ASK)
    nameless = np.fromiter((unnamed(v) for v in values), bool, len(values))
    if nameless.any():
        _mark(limit, why, "nameless", _of(columns[name], nameless, left) | _of(columns[name], nameless, right), NEVER)


def _shared_contact(columns: Mapping[str, Column], levels: Mapping[str, Levels]) -> NDArray[np.bool_]:
    out: NDArray[np.bool_] = np.zeros(len(next(iter(levels.values()))), dtype=bool)
    for name, column in columns.items():
        if column.kind in (Kind.PHONE, Kind.ADDRESS):
            out |= levels[name] >= len(LEVELS[column.kind]) - 2
    return out


def _of(column: Column, what: NDArray[np.bool_], records: Codes) -> NDArray[np.bool_]:
    """Whether the value of each record has a property; absent values have none."""
    padded = np.r_[what, False]
    out: NDArray[np.bool_] = padded[column.codes[records]]
    return out


def _mark(limit: NDArray[np.int8], why: dict[str, NDArray[np.bool_]], rule: str, where: NDArray[np.bool_], how: int) -> None:
    np.maximum(limit, np.where(where, how, 0), out=limit, casting="unsafe")
    why[rule] = why[rule] | where if rule in why else where


def cap_contacts(columns: Mapping[str, Column], parts: Mapping[str, NDArray[np.float64]]) -> None:
    """Phone and address together add at most CONTACT_MOST bits; scaled in place."""
    shared = [name for name, column in columns.items() if column.kind in (Kind.PHONE, Kind.ADDRESS)]
    chinese = any(not v.isascii() for n, c in columns.items() if c.kind is Kind.FULL_NAME for v in c.values[:1000])
    if not shared or not chinese:
        return
    total = np.sum([np.maximum(parts[name], 0) for name in shared], axis=0)
    over = total > CONTACT_MOST
    for name in shared:
        part = parts[name]
        part[over & (part > 0)] *= (CONTACT_MOST / np.maximum(total, 1e-9))[over & (part > 0)]
