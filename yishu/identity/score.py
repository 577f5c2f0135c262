"""Score 单对评分: one registration against one known patient in plain Python, for the window that waits; the same answer as `match.Judge`.

The fields that decide are compared first; a pair that can no longer reach a review is left (`least`). A property test holds this
to the vectorised judge, which shares no code with it but the tables of weights and the comparison of two Chinese names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from yishu.identity import compare, rules
from yishu.identity.compare import LEVELS, birth_level, han_level
from yishu.identity.feature import KINDS, NAMES, Features
from yishu.identity.han import is_han
from yishu.identity.normalise import Kind, baby, unnamed
from yishu.identity.prepared import LONGEST
from yishu.identity.weigh import FLOOR, Weights
from yishu.kernel.citizen import citizen_number

NAME, GENDER, BIRTH, CARD, PHONE, VISITING, ADDRESS = range(7)
_ID_LADDER = (0, 2, 1, 0)


@dataclass(frozen=True, slots=True)
class Tables:
    """Weights as plain numbers 权重表: log₂ of each level, the most a level short of equal can say, and the prior's log₂ odds."""

    by_level: tuple[tuple[float, ...], ...]
    near: tuple[float, ...]
    equal: tuple[float, ...]
    prior: float

    @staticmethod
    def of(weights: Weights) -> Tables:
        """From trained weights."""
        m = [weights.m[n].tolist() for n in NAMES]
        u = [weights.u[n].tolist() for n in NAMES]
        table = tuple(tuple(math.log2(max(a, FLOOR) / max(b, FLOOR)) for a, b in zip(x, y, strict=True)) for x, y in zip(m, u, strict=True))
        return Tables(table, tuple(max(0.0, *row[:-1]) for row in table), tuple(max(x[-1], FLOOR) for x in m), math.log2(weights.prior / (1 - weights.prior)))


@dataclass(frozen=True, slots=True)
class Subject:
    """The one who registers 登记者: his features, what each of them weighs where it agrees, and what the rules ask of him."""

    forms: Features
    agree: tuple[float, ...]
    infant: tuple[str, str] | None
    nameless: bool

    @staticmethod
    def of(forms: Features, share: Callable[[str, str], float], tables: Tables) -> Subject:
        """Work out once what every comparison needs."""
        agree = tuple(
            0.0 if not form else tables.by_level[at][-1] if at == GENDER else math.log2(tables.equal[at] / max(share(NAMES[at], form), FLOOR))
            for at, form in enumerate(forms)
        )
        return Subject(forms, agree, baby(forms[NAME]), unnamed(forms[NAME]))


@dataclass(frozen=True, slots=True)
class Scored:
    """One judged pair 一对的判定: level and log₂ weight of each field, the rules that held it back, and how far it may go by itself."""

    levels: tuple[int, ...]
    parts: tuple[float, ...]
    weight: float
    chance: float
    limit: int
    held: tuple[str, ...]

    def explained(self, version: str) -> dict[str, object]:
        """Why the pair got its weight 逐字段解释, as `weights.explained` says it."""
        fields = [
            {"field": name, "level": level, "said": LEVELS[KINDS[name]][level], "weight": round(part, 2)}
            for name, level, part in zip(NAMES, self.levels, self.parts, strict=True)
            if level >= 0
        ]
        held = [{"rule": rule, "said": rules.WHY[rule]} for rule in self.held]
        return {"version": version, "fields": fields, "rules": held, "weight": round(self.weight, 2), "chance": round(self.chance, 6)}


def score(one: Subject, other: Features, tables: Tables, least: float = -math.inf) -> Scored | None:
    """Judge a pair; None where its log₂ odds cannot reach `least`."""
    mine, by_level = one.forms, tables.by_level
    levels = [-1] * 7
    parts = [0.0] * 7
    born = baby(other[NAME]) if other[NAME] else None
    both_infants = one.infant is not None and born is not None
    if (one.infant is None) == (born is None):
        levels[NAME] = _name(mine[NAME], other[NAME])
    levels[BIRTH] = _equal_or(mine[BIRTH], other[BIRTH], 4, birth_level)
    levels[GENDER] = _equal_or(mine[GENDER], other[GENDER], 1, _never)
    total = tables.prior
    for at in (NAME, BIRTH, GENDER):
        if levels[at] >= 0:
            parts[at] = one.agree[at] if levels[at] == len(by_level[at]) - 1 else by_level[at][levels[at]]
            total += parts[at]
    if total + _most(one, other, tables) + rules.CONTACT_MOST < least:
        return None
    for at in (CARD, VISITING, PHONE):
        levels[at] = _equal_or(mine[at], other[at], 3, _digits)
        if levels[at] >= 0:
            parts[at] = one.agree[at] if levels[at] == 3 else by_level[at][levels[at]]
    if total + parts[CARD] + parts[VISITING] + min(parts[PHONE], rules.CONTACT_MOST) + rules.CONTACT_MOST < least:
        return None
    levels[ADDRESS] = _equal_or(mine[ADDRESS], other[ADDRESS], 4, _address)
    if levels[ADDRESS] >= 0:
        parts[ADDRESS] = one.agree[ADDRESS] if levels[ADDRESS] == 4 else by_level[ADDRESS][levels[ADDRESS]]
    shared = max(parts[PHONE], 0.0) + max(parts[ADDRESS], 0.0)
    if shared > rules.CONTACT_MOST:
        for at in (PHONE, ADDRESS):
            if parts[at] > 0:
                parts[at] *= rules.CONTACT_MOST / shared
    weight = sum(parts)
    limit, held = _limit(one, other, levels, born, both_infants)
    odds = min(60.0, max(-60.0, (weight + tables.prior) * math.log(2)))
    chance = 0.0 if limit == rules.NEVER else 1 / (1 + math.exp(-odds))
    return Scored(tuple(levels), tuple(parts), weight, chance, limit, held)


def _most(one: Subject, other: Features, tables: Tables) -> float:
    """The most the two numbers can still add."""
    out = 0.0
    for at in (CARD, VISITING):
        if one.forms[at] and other[at]:
            out += one.agree[at] if one.forms[at] == other[at] else tables.near[at]
    return out


def _equal_or(a: str, b: str, top: int, unlike: Callable[[str, str], int]) -> int:
    return -1 if not a or not b else top if a == b else unlike(a, b)


def _never(_a: str, _b: str) -> int:
    return 0


def _name(a: str, b: str) -> int:
    if not a or not b:
        return -1
    if a == b:
        return 5
    if len(a) <= LONGEST and len(b) <= LONGEST and is_han(a[0]) and is_han(b[0]):
        return han_level(a, b)
    return _other_name(a, b)


@lru_cache(maxsize=50_000)
def _other_name(a: str, b: str) -> int:
    return int(compare.levels(Kind.FULL_NAME, [a], [b])[0])


def _digits(a: str, b: str) -> int:
    return _ID_LADDER[OSA.distance(a, b, score_cutoff=2)]


def _address(a: str, b: str) -> int:
    near = JaroWinkler.normalized_similarity(a, b)
    return 3 if near >= 0.95 else 2 if near >= 0.88 else 1 if near >= 0.75 else 0


@lru_cache(maxsize=100_000)
def _valid(card: str) -> bool:
    return len(card) == 18 and bool(citizen_number(card)[0])


def _limit(one: Subject, other: Features, levels: list[int], born: tuple[str, str] | None, both: bool) -> tuple[int, tuple[str, ...]]:
    """How far the pair may go by itself, and the rules that said so (see `rules.vetoes`)."""
    mine = one.forms
    held: dict[str, int] = {}

    def hold(rule: str, how: int) -> None:
        held[rule] = max(held.get(rule, 0), how)

    same_id = False
    for at in (CARD, VISITING):
        if levels[at] >= 0:
            if _valid(mine[at]) and _valid(other[at]):
                if levels[at] == 3:
                    same_id = True
                else:
                    hold("two_ids", rules.ASK)
            if levels[at] == 0 and mine[at][0].isalpha() and other[at][0].isalpha():
                hold("two_passports", rules.ASK)
    if levels[GENDER] == 0 and (0 <= levels[CARD] < 2 or 0 <= levels[VISITING] < 2):
        hold("contradiction", rules.ASK)
    if one.nameless or (other[NAME] and unnamed(other[NAME])):
        hold("nameless", rules.NEVER)
    if (one.infant is None) != (born is None):
        hold("newborn", rules.NEVER)
    elif both:
        _newborns(one.infant, born, levels, hold)
    if 0 <= levels[NAME] <= 2 and levels[BIRTH] == 4 and not same_id:
        hold("twins", rules.ASK)
    order = ("two_ids", "contradiction", "two_passports", "nameless", "newborn", "order", "twins")
    return max(held.values(), default=rules.NOTHING), tuple(rule for rule in order if rule in held)


def _newborns(x: tuple[str, str] | None, y: tuple[str, str] | None, levels: list[int], hold: Callable[[str, int], None]) -> None:
    """Two newborns are one only with mother, birth date, order and a way to reach them alike."""
    assert x is not None and y is not None
    if (x[1] and y[1] and x[1] != y[1]) or levels[GENDER] == 0:
        hold("order", rules.NEVER)
    if x != y or levels[BIRTH] != 4 or max(levels[PHONE], levels[ADDRESS]) < 2:
        hold("order", rules.ASK)


def log2_odds(chance: float) -> float:
    """The log₂ odds of a chance."""
    return math.log2(chance / (1 - chance))
