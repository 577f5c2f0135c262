"""Weights of the hospital's index 主索引权重: trained once by EM on the Chinese benchmark, shipped with a version, applied to features."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from sqlalchemy import select
from sqlalchemy.engine import Connection

from yishu.identity import feature, ledger, rules
from yishu.identity.column import Column
from yishu.identity.compare import LEVELS
from yishu.identity.feature import KINDS, Features
from yishu.identity.match import Judge, Matches
from yishu.identity.weigh import Weights

SAME = 0.99
"""Chance from which a registration is a known person; measured precision above 0.9999 (docs/proof/figures-index.md)."""
REVIEW = 0.9
SMALLEST = 10_000
"""A young index still counts as this many patients, so that few rows are no proof."""
REPEAT = 0.35
"""True pairs there are for each patient row, as measured on the benchmark."""
RAREST: Mapping[str, float] = {"name": 2e-6, "gender": 0.4, "birth": 3e-5, "id_card": 1e-7, "phone": 1e-6, "card_no": 1e-7, "address": 1e-6}
"""How common a value is at least, where nothing is counted yet."""

Share = Callable[[str, str], float]
"""(field, normal form) → how common it is among all patients."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """Weights with their version 权重版本."""

    version: str
    m: Mapping[str, tuple[float, ...]]
    u: Mapping[str, tuple[float, ...]]

    def at(self, count: int) -> Weights:
        """For an index of so many patients."""
        prior = _prior(count)
        return Weights({n: np.array(v) for n, v in self.m.items()}, {n: np.array(v) for n, v in self.u.items()}, prior)


    def log2_prior(self, count: int) -> float:
        """The prior's log₂ odds for an index of so many patients."""
        prior = _prior(count)
        return math.log2(prior / (1 - prior))


def _prior(count: int) -> float:
    return min(0.01, 2 * REPEAT / max(count, SMALLEST))


@cache
def shipped() -> Shipped:
    """The weights that come with this version."""
    said = json.loads(files("yishu.identity").joinpath("weights.json").read_text("utf-8"))
    for name, kind in KINDS.items():
        assert len(said["m"][name]) == len(said["u"][name]) == len(LEVELS[kind]), name
    return Shipped(said["version"], {n: tuple(v) for n, v in said["m"].items()}, {n: tuple(v) for n, v in said["u"].items()})


def shares(connection: Connection, blind: bytes) -> Share:
    """How common values are, from what the last batch counted; the rarest possible where it counted nothing."""
    counted = {row[0]: row[1] for row in connection.execute(select(ledger.common.c.mark, ledger.common.c.times))}
    total = max(ledger.how_many(connection), SMALLEST)

    def share(name: str, form: str) -> float:
        times = counted.get(feature.mark(blind, name, form), 0) if counted else 0
        return max(RAREST[name], 2 / total if name not in ("gender", "birth") else 0.0, times / total)

    return share


def weigh_few(one: Features, others: Sequence[Features], count: int, share: Share) -> Matches:
    """One patient against a few others: pair i is (one, others[i])."""
    columns = {
        name: Column.few(kind, [one[at], *(other[at] for other in others)], lambda form, name=name: share(name, form))  # type: ignore[misc]
        for at, (name, kind) in enumerate(KINDS.items())
    }
    pairs = np.stack([np.zeros(len(others), dtype=np.int64), np.arange(1, len(others) + 1)], axis=1)
    return Judge(columns, shipped().at(count)).of(pairs)


def explained(found: Matches, at: int) -> dict[str, object]:
    """Why a pair got its weight 逐字段解释: level and log₂ weight of each field compared, and the rules that held it back."""
    fields = [
        {"field": name, "level": int(found.levels[name][at]), "said": LEVELS[KINDS[name]][int(found.levels[name][at])], "weight": round(float(part[at]), 2)}
        for name, part in found.parts.items()
        if found.levels[name][at] >= 0
    ]
    held = [{"rule": rule, "said": rules.WHY[rule]} for rule, where in found.rules.items() if where[at]]
    return {"version": shipped().version, "fields": fields, "rules": held, "weight": round(float(found.weight[at]), 2), "chance": round(float(found.chance[at]), 6)}
