"""Match 匹配: columns of person records → judged pairs. Block, compare, weigh, veto, cluster; vectorised, seeded, pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from yishu.identity import block, rules, weigh
from yishu.identity.block import Pairs
from yishu.identity.cluster import clusters, together
from yishu.identity.column import Codes, Column
from yishu.identity.compare import Levels, column_levels
from yishu.identity.normalise import Kind
from yishu.identity.weigh import Weights

CHANCE_PAIRS = 1_000_000
SWAPPED = "given↔surname"
CLIP = 12.0
LARGEST_COMPONENT = 300
SWAP_LEVELS = ("无", "有一项颠倒", "两项相近地颠倒", "两项颠倒")


@dataclass(frozen=True, slots=True)
class Bands:
    """Chances 阈值 above which a pair is one person, or goes to review."""

    same: float = 0.5
    review: float = 0.1

    @staticmethod
    def of(locale: str) -> Bands:
        """Chinese registries merge only at a precision measured above 0.9999; elsewhere the likelier side wins."""
        return Bands(0.99, 0.97) if locale == "zh" else Bands()


@dataclass(frozen=True, slots=True)
class Matches:
    """Judged pairs 判定结果: record numbers, log₂ weight, probability, `same` or review, evidence of each field."""

    pairs: Pairs
    weight: NDArray[np.float64]
    chance: NDArray[np.float64]
    same: NDArray[np.bool_]
    parts: Mapping[str, NDArray[np.float64]]
    levels: Mapping[str, Levels]
    rules: Mapping[str, NDArray[np.bool_]]
    people: list[list[int]]
    weights: Weights | None


@dataclass(frozen=True, slots=True)
class Judge:
    """Trained weights applied to any pairs of these columns 评分."""

    columns: Mapping[str, Column]
    weights: Weights

    def of(self, pairs: Pairs, levels: Mapping[str, Levels] | None = None) -> Matches:
        """Score pairs; none is clustered yet."""
        levels = levels if levels is not None else all_levels(self.columns, pairs)
        parts: dict[str, NDArray[np.float64]] = {}
        for name, given in levels.items():
            column = self.columns.get(name)
            share = column.share(column.codes[pairs[:, 0]]) if column is not None and column.kind is not Kind.SEX else None
            parts[name] = weigh.evidence(self.weights, name, given, share)
        rules.cap_contacts(rules.contacts(self.columns), parts)
        total = np.sum(list(parts.values()), axis=0)
        chance = weigh.probability(total, self.weights.prior)
        limit, why = rules.vetoes(self.columns, levels, pairs[:, 0], pairs[:, 1])
        chance = np.where(limit == rules.NEVER, 0.0, chance)
        return Matches(pairs, total, chance, limit == rules.NOTHING, parts, levels, why, [], self.weights)


def match(
    columns: Mapping[str, Column],
    source: NDArray[np.int8] | None = None,
    *,
    bands: Bands = Bands(),
    weights: Weights | None = None,
    seed: int = 20250601,
    most: int | None = None,
) -> Matches | None:
    """Judge a table with itself, or the two parts of `source` with each other; None where nothing can be compared."""
    count = len(next(iter(columns.values())).codes) if columns else 0
    if count < 2:
        return None
    pairs = block.candidates(columns, source, most)
    if not len(pairs):
        return None
    levels = all_levels(columns, pairs)
    if weights is None:
        apart = 0 if source is None else int((source == 0).sum())
        population = apart * (count - apart) if source is not None else count * (count - 1) // 2
        chance = _chance(count, seed)
        limit, why = rules.vetoes(columns, levels, pairs[:, 0], pairs[:, 1])
        usable = (limit != rules.NEVER) & ~why.get("two_ids", np.zeros(len(pairs), dtype=bool))
        learnt = {name: given[usable] for name, given in levels.items()}
        weights = weigh.train(
            learnt, all_levels(columns, chance), _kinds(columns), population, contacts=rules.contacts(columns), contacts_most=rules.CONTACT_MOST
        )
    judge = Judge(columns, weights)
    scored = judge.of(pairs, levels)
    keep = scored.chance >= bands.review
    scored = _only(scored, keep)
    return _between(scored, bands) if source is not None else _within(judge, scored, count, bands)


def _kinds(columns: Mapping[str, Column]) -> dict[str, Kind]:
    kinds = {name: column.kind for name, column in columns.items()}
    return {**kinds, SWAPPED: Kind.PHONE} if _two_names(columns) else kinds


def _two_names(columns: Mapping[str, Column]) -> tuple[str, str] | None:
    given = next((n for n, c in columns.items() if c.kind is Kind.GIVEN), None)
    surname = next((n for n, c in columns.items() if c.kind is Kind.SURNAME), None)
    return (given, surname) if given is not None and surname is not None else None


def all_levels(columns: Mapping[str, Column], pairs: Pairs) -> dict[str, Levels]:
    """The level of every field for each pair; given name and surname in each other's place is a field of its own."""
    out = {name: column_levels(column, column.codes[pairs[:, 0]], column.codes[pairs[:, 1]]) for name, column in columns.items()}
    rules.level_newborns(columns, out, pairs[:, 0], pairs[:, 1])
    names = _two_names(columns)
    if names is not None:
        out[SWAPPED] = _swapped(columns, names, pairs, out)
    return out


def _swapped(columns: Mapping[str, Column], names: tuple[str, str], pairs: Pairs, levels: dict[str, Levels]) -> Levels:
    """Level of the crosswise comparison; where it tells more, the straight one is left out so that it counts once."""
    given, surname = names
    out: Levels = np.full(len(pairs), -1, dtype=np.int8)
    straight = np.maximum(levels[given], levels[surname])
    unclear = np.flatnonzero((straight >= 0) & (straight <= 1))
    if not len(unclear):
        return out
    both, other = _one_alphabet(columns[given], columns[surname])
    left, right = pairs[unclear, 0], pairs[unclear, 1]
    across = column_levels(both, both.codes[left], other[right])
    back = column_levels(both, other[left], both.codes[right])
    most, least = np.maximum(across, back), np.minimum(across, back)
    level = np.where(least >= 5, 3, np.where((most >= 4) & (least >= 2), 2, np.where((most >= 5) & (least < 0), 1, 0))).astype(np.int8)
    out[unclear] = level
    turned = unclear[level > 0]
    levels[given][turned] = -1
    levels[surname][turned] = -1
    return out


def _one_alphabet(given: Column, surname: Column) -> tuple[Column, Codes]:
    """Both columns coded into one list of values."""
    places = {value: at for at, value in enumerate(given.values)}
    again = np.array([places.setdefault(value, len(places)) for value in surname.values] + [-1], dtype=np.int64)
    values = list(places)
    return replace(given, values=values, counts=np.zeros(len(values)), made={}), again[surname.codes]


def _chance(count: int, seed: int) -> Pairs:
    random = np.random.default_rng(seed)
    drawn: Pairs = random.integers(0, count, size=(min(CHANCE_PAIRS, 200 * count), 2))
    apart: Pairs = drawn[drawn[:, 0] != drawn[:, 1]]
    return apart


def _only(scored: Matches, keep: NDArray[np.bool_]) -> Matches:
    return replace(
        scored, pairs=scored.pairs[keep], weight=scored.weight[keep], chance=scored.chance[keep], same=scored.same[keep],
        parts={n: p[keep] for n, p in scored.parts.items()}, levels={n: v[keep] for n, v in scored.levels.items()},
        rules={n: r[keep] for n, r in scored.rules.items()},
    )  # fmt: skip


def _between(scored: Matches, bands: Bands) -> Matches:
    """Between two files a record has one partner at most, the likeliest first, unless a file holds people twice."""
    wanted = np.flatnonzero(scored.same & (scored.chance >= bands.same))
    order = wanted[np.lexsort((scored.pairs[wanted, 1], scored.pairs[wanted, 0], -scored.weight[wanted]))]
    taken: set[int] = set()
    same: NDArray[np.bool_] = np.zeros(len(scored.pairs), dtype=bool)
    for at in order.tolist():
        a, b = scored.pairs[at].tolist()
        if a not in taken and b not in taken:
            taken |= {a, b}
            same[at] = True
    refused = wanted[~same[wanted]]
    sure = refused[scored.chance[refused] >= 0.999]
    if len(sure) > 0.05 * max(int(same.sum()), 1):
        same[sure] = True
    return replace(scored, same=same, people=clusters(int(scored.pairs.max(initial=0)) + 1, map(tuple, scored.pairs[same].tolist())))


def _within(judge: Judge, scored: Matches, count: int, bands: Bands) -> Matches:
    """Clusters of one table; a component whose pairs disagree is split, and what is joined is closed."""
    sure = scored.same & (scored.chance >= bands.same)
    groups = clusters(count, map(tuple, scored.pairs[sure].tolist()))
    many = [members for members in groups if len(members) > 2]
    people = [members for members in groups if len(members) == 2]
    if many:
        inside = np.array([pair for members in many if len(members) <= LARGEST_COMPONENT for pair in combinations(members, 2)], dtype=np.int64).reshape(-1, 2)
        within = judge.of(inside)
        odds = np.log2(np.maximum(within.chance, 1e-12)) - np.log2(np.maximum(1 - within.chance, 1e-12))
        compared = np.sum([given >= 0 for given in within.levels.values()], axis=0)
        value = np.clip(odds, -CLIP, CLIP)
        value[(compared < 2)] = 0.0
        value[(within.chance == 0.0) | within.rules.get("two_ids", np.zeros(len(inside), dtype=bool))] = -4 * CLIP
        value[~within.same & (within.chance > 0)] = np.minimum(value[~within.same & (within.chance > 0)], 0.0)
        table = dict(zip(map(tuple, inside.tolist()), value.tolist(), strict=True))
        for members in many:
            parts = together(members, lambda a, b: table[min(a, b), max(a, b)]) if len(members) <= LARGEST_COMPONENT else [members]
            people += [part for part in parts if len(part) > 1]
    owner: Codes = np.full(count, -1, dtype=np.int64)
    for number, members in enumerate(people):
        owner[members] = number
    joined = owner[scored.pairs[:, 0]]
    same = (joined >= 0) & (joined == owner[scored.pairs[:, 1]])
    whole = np.array([pair for members in people if len(members) > 2 for pair in combinations(members, 2)], dtype=np.int64).reshape(-1, 2)
    lacking = whole[~np.isin(whole[:, 0] * count + whole[:, 1], scored.pairs[same] @ np.array([count, 1]))]
    result = replace(scored, same=same, people=sorted(people))
    return _joined(judge, result, lacking) if len(lacking) else result


def _joined(judge: Judge, scored: Matches, extra: Pairs) -> Matches:
    """Add pairs that are one person through a third record."""
    more = judge.of(extra)
    return replace(
        scored,
        pairs=np.concatenate([scored.pairs, more.pairs]),
        weight=np.concatenate([scored.weight, more.weight]),
        chance=np.concatenate([scored.chance, more.chance]),
        same=np.concatenate([scored.same, np.ones(len(extra), dtype=bool)]),
        parts={n: np.concatenate([p, more.parts[n]]) for n, p in scored.parts.items()},
        levels={n: np.concatenate([v, more.levels[n]]) for n, v in scored.levels.items()},
        rules={n: np.concatenate([r, more.rules.get(n, np.zeros(len(extra), dtype=bool))]) for n, r in scored.rules.items()},
    )

