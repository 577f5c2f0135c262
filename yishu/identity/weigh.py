"""Weigh 证据权重: log₂ weights of agreement levels (Fellegi and Sunter 1969), trained without labels by EM. Pure, seeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yishu.identity.compare import LEVELS, Levels
from yishu.identity.normalise import Kind

FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """Trained probabilities 训练结果: per field the chance of each level among same (m) and different (u) persons."""

    m: Mapping[str, NDArray[np.float64]]
    u: Mapping[str, NDArray[np.float64]]
    prior: float


def train(
    levels: Mapping[str, Levels],
    by_chance: Mapping[str, Levels],
    kinds: Mapping[str, Kind],
    population: int,
    rounds: int = 60,
    contacts: frozenset[str] = frozenset(),
    contacts_most: float = 0.0,
) -> Weights:
    """EM over candidate pairs; u is read off `by_chance` (random pairs) and kept fixed, m and the prior are learnt.

    `population`: how many pairs there are in all, compared or not. The prior is the share of true pairs among these,
    as u is measured on these too; a prior of the candidates would count what the blocks have in common twice.
    Absent values carry no evidence and are left out of both steps. `contacts` (phone, address, postcode) add `contacts_most`
    bits at most together: a household shares them all, and uncapped it would teach that birth dates do not matter.
    """
    u = {name: _shares(given, len(LEVELS[kinds[name]])) for name, given in by_chance.items()}
    m = {name: _first_guess(len(LEVELS[kinds[name]])) for name in levels}
    patterns, times = _patterns(levels, kinds)
    prior = min(0.05, int(times.sum()) / population / 10)
    for _ in range(rounds):
        parts = {name: _by_level(np.log(np.maximum(m[name], FLOOR) / np.maximum(u[name], FLOOR)), given) for name, given in patterns.items()}
        shared = sum((np.maximum(part, 0) for name, part in parts.items() if name in contacts), np.zeros(len(times)))
        odds = np.log(prior / (1 - prior)) + sum(parts.values()) - np.maximum(shared - contacts_most * np.log(2), 0) * bool(contacts)
        same = times / (1 + np.exp(-np.clip(odds, -60, 60)))
        before = prior
        prior = float(np.clip(same.sum() / population, 1e-12, 0.5))
        for name, given in patterns.items():
            known = given >= 0
            weight = np.bincount(given[known], weights=same[known], minlength=len(m[name])) + 0.5
            m[name] = _rising(weight / weight.sum(), u[name])
        if abs(prior - before) < 1e-6 * before:
            break
    return Weights(m, u, prior)


def _patterns(levels: Mapping[str, Levels], kinds: Mapping[str, Kind]) -> tuple[dict[str, Levels], NDArray[np.int64]]:
    """The distinct patterns of levels and how often each occurs: a few thousand stand for millions of pairs."""
    code: NDArray[np.int64] = np.zeros(len(next(iter(levels.values()))), dtype=np.int64)
    for name, given in levels.items():
        code *= len(LEVELS[kinds[name]]) + 1
        code += given.astype(np.int64) + 1
    once, times = np.unique(code, return_counts=True)
    out: dict[str, Levels] = {}
    for name in reversed(list(levels)):
        size = len(LEVELS[kinds[name]]) + 1
        out[name] = (once % size - 1).astype(np.int8)
        once = once // size
    return {name: out[name] for name in levels}, times.astype(np.int64)


def _first_guess(count: int) -> NDArray[np.float64]:
    guess = np.full(count, 0.15 / (count - 1))
    guess[-1] = 0.85
    return guess


def _shares(given: Levels, count: int) -> NDArray[np.float64]:
    tally = np.bincount(given[given >= 0], minlength=count) + np.full(count, 0.05)
    shares: NDArray[np.float64] = tally / tally.sum()
    return shares


def _rising(m: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
    """A closer level never counts less than a farther one: m/u is made non-decreasing."""
    ratio = np.maximum.accumulate(m / np.maximum(u, FLOOR))
    raised = ratio * u
    shares: NDArray[np.float64] = raised / raised.sum()
    return shares


def _by_level(table: NDArray[np.float64], given: Levels) -> NDArray[np.float64]:
    padded = np.r_[table, 0.0]
    return np.asarray(padded[given], dtype=np.float64)


def evidence(weights: Weights, name: str, given: Levels, share: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """log₂ weight of one field for each pair; 0 where absent.

    `share`: for equal values, how common the value is (0..1): a rare name agreeing says more than a common one.
    """
    m, u = weights.m[name], weights.u[name]
    out = _by_level(np.log2(np.maximum(m, FLOOR) / np.maximum(u, FLOOR)), given)
    if share is not None:
        equal = given == len(m) - 1
        common = np.maximum(share[equal], FLOOR)
        out[equal] = np.log2(np.maximum(m[-1], FLOOR) / common)
    return out


def probability(weight: NDArray[np.float64], prior: float) -> NDArray[np.float64]:
    """Chance that a pair is one person, from its total weight and the prior among all pairs."""
    odds = weight * np.log(2) + np.log(prior / (1 - prior))
    out: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
    return out
