"""Choose 判定: which known person a patient is, and what a person should look at; candidates come from the blocks of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yishu.identity import feature, rules
from yishu.identity.feature import Features
from yishu.identity.hand import Hand
from yishu.identity.review import Doubt
from yishu.identity.score import BIRTH, CARD, GENDER, VISITING, Scored, Subject, Tables, log2_odds, score
from yishu.identity.weights import REVIEW, SAME, Share, shipped

MOST_IN_A_BLOCK = 60
"""A mark more patients share than this says nothing (one phone for a whole village)."""
YEARS_APART = 5
_LEAST = log2_odds(REVIEW)
_CHUNK = 500
_BLOCK = f"SELECT patient_key FROM identity_block WHERE mark = ? LIMIT {MOST_IN_A_BLOCK + 1}"
Opened = Mapping[int, tuple[Features, int]]
"""Patient key → features and person."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was decided 判定结果: the person if sure, how sure, and the doubts."""

    person: int | None = None
    chance: float = 0.0
    doubts: tuple[Doubt, ...] = ()


class Chooser:
    """Finds, opens and weighs candidates 候选人; holds the vault's key and how common values are."""

    def __init__(self, secret: bytes, share: Share) -> None:
        self._lock = AESGCM(secret)
        self._share = share
        self._tables = Tables.of(shipped().at(1))

    def near(self, hand: Hand, marks: Sequence[int]) -> dict[int, tuple[Features, int]]:
        """Patients that share a mark with the new one and are somebody already."""
        found: set[int] = set()
        for mark in dict.fromkeys(marks):
            rows = hand.rows(_BLOCK, (mark,))
            if len(rows) <= MOST_IN_A_BLOCK:
                found.update([row[0] for row in rows])
        return self._open(hand, sorted(found)) if found else {}

    def _open(self, hand: Hand, patients: Sequence[int]) -> dict[int, tuple[Features, int]]:
        out: dict[int, tuple[Features, int]] = {}
        for start in range(0, len(patients), _CHUNK):
            part = patients[start : start + _CHUNK]
            sql = f"SELECT f.patient_key, f.sealed, c.person_id FROM identity_feature f JOIN identity_current c ON c.patient_key = f.patient_key WHERE f.patient_key IN ({','.join('?' * len(part))})"
            for key, sealed, person in hand.rows(sql, part):
                out[key] = (self.unsealed(key, sealed), person)
        return out

    def unsealed(self, key: int, sealed: bytes) -> Features:
        """The features of a patient, opened."""
        plain = self._lock.decrypt(bytes(sealed[:12]), bytes(sealed[12:]), f"{key}:feature".encode())
        return feature.unpacked(plain.decode())

    def features_of(self, hand: Hand, patients: Sequence[int]) -> dict[int, Features]:
        """Features of some patients, opened."""
        out: dict[int, Features] = {}
        for start in range(0, len(patients), _CHUNK):
            part = patients[start : start + _CHUNK]
            rows = hand.rows(f"SELECT patient_key, sealed FROM identity_feature WHERE patient_key IN ({','.join('?' * len(part))})", part)
            out |= {row[0]: self.unsealed(row[0], row[1]) for row in rows}
        return out

    def choose(self, hand: Hand, key: int, forms: Features, near: Opened) -> Chosen:
        """The person the patient is, if sure; and what a person should look at."""
        if not near:
            return Chosen()
        tables = replace(self._tables, prior=shipped().log2_prior(key))
        one = Subject.of(forms, self._share, tables)
        judged: list[tuple[Scored, int, int]] = []
        misuse: list[Doubt] = []
        for patient, (other, person) in near.items():
            against = _misused(forms, other)
            found = score(one, other, tables) if against else score(one, other, tables, _LEAST)
            if found is not None:
                judged.append((found, patient, person))
                if against:
                    misuse.append(Doubt("card_misuse", patient, key, found.chance, found.explained(shipped().version) | against))
        judged.sort(key=lambda each: (-each[0].chance, -each[0].weight, each[1]))
        sure, chance, doubts = self._decide(hand, key, one, tables, judged)
        return Chosen(sure, chance, (*doubts, *misuse))

    def _decide(self, hand: Hand, key: int, one: Subject, tables: Tables, judged: Sequence[tuple[Scored, int, int]]) -> tuple[int | None, float, list[Doubt]]:
        sure: int | None = None
        chance = 0.0
        doubts: list[Doubt] = []
        seen: set[int] = set()
        for found, patient, person in judged:
            if person in seen or found.chance < REVIEW:
                continue
            seen.add(person)
            if sure is None and found.limit == rules.NOTHING and found.chance >= SAME and not self._refused(hand, one, tables, person):
                sure, chance = person, found.chance
            else:
                doubts.append(Doubt("pair", patient, key, found.chance, found.explained(shipped().version)))
        return sure, chance, doubts

    def _refused(self, hand: Hand, one: Subject, tables: Tables, person: int) -> bool:
        """Whether any patient of the person speaks against it: vetoes hold for all of him."""
        inside = [row[0] for row in hand.rows("SELECT patient_key FROM identity_current WHERE person_id = ? ORDER BY patient_key", (person,))]
        for other in self.features_of(hand, inside).values():
            judged = score(one, other, tables)
            if judged is not None and judged.limit != rules.NOTHING:
                return True
        return False


def _misused(mine: Features, theirs: Features) -> dict[str, object]:
    """A card shown by someone whose sex or age contradicts its holder 冒用: same number, another sex or a birth years apart; {} if not."""
    shared = [feature.NAMES[at] for at in (CARD, VISITING) if mine[at] and mine[at] == theirs[at]]
    if not shared:
        return {}
    against = ["gender"] if mine[GENDER] and theirs[GENDER] and mine[GENDER] != theirs[GENDER] else []
    if mine[BIRTH] and theirs[BIRTH] and abs(int(mine[BIRTH][:4]) - int(theirs[BIRTH][:4])) >= YEARS_APART:
        against.append("age")
    return {"card": shared, "against": against} if against else {}


