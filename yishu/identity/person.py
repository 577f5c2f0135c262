"""Link 关联: the first, deterministic identity. Valid id card, else card or phone together with the whole person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine

from yishu.identity import store
from yishu.identity.vault import opened, plain_name

SHARED_BY = 3
"""An id card that so many different names carry is a placeholder, whatever its check digit says."""


def same_name(one: str, other: str) -> bool:
    """Whether two spellings can be one name: `?` stands for a lost character, six characters may be cut off."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) != len(long) and not (len(short) == 6 and len(long) > 6):
        return False
    pairs = list(zip(short, long, strict=False))
    lost = sum("?" in pair or "\ufffd" in pair for pair in pairs)
    return lost < len(pairs) and all(a == b or "?" in (a, b) or "\ufffd" in (a, b) for a, b in pairs)


class _Groups:
    """Union-find 并查集 whose root is the smallest member."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}
        self.rule: dict[int, str] = {}

    def root(self, key: int) -> int:
        parent = self.parent
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def join(self, one: int, other: int, rule: str) -> None:
        a, b = sorted((self.root(one), self.root(other)))
        if a != b:
            self.parent[b] = a
            self.rule[max(one, other)] = rule


def cluster(
    rows: Iterable[tuple[int, bytes | None, bytes | None, bytes | None, bytes | None, bytes | None]],
    names: Callable[[list[int]], dict[int, str]],
) -> tuple[dict[int, int], dict[int, str]]:
    """Patients to the smallest patient key of their person, from their marks; `names` opens the few that disagree."""
    groups = _Groups()
    by_card: dict[bytes, list[tuple[int, bytes | None]]] = defaultdict(list)
    by_whole: dict[tuple[str, bytes, bytes], int] = {}
    everyone: list[int] = []
    card_of: dict[int, bytes] = {}
    for key, card, name, visiting, phone, person in rows:
        everyone.append(key)
        if card:
            by_card[card].append((key, name))
            card_of[key] = card
        for rule, part in (("card", visiting), ("phone", phone)):
            if part and person:
                first = by_whole.setdefault((rule, part, person), key)
                if first != key and not _two_cards(card_of.get(first), card):
                    groups.join(first, key, rule)
    unclear = [group for group in by_card.values() if len({name for _, name in group}) > 1]
    spelled = names([key for group in unclear for key, _ in group]) if unclear else {}
    for group in by_card.values():
        for one, other in _same_people(group, spelled):
            groups.join(one, other, "id_card")
    return {key: groups.root(key) for key in everyone}, groups.rule


def _two_cards(one: bytes | None, other: bytes | None) -> bool:
    """Two valid but different id cards: not one person, however alike."""
    return one is not None and other is not None and one != other


def _same_people(group: list[tuple[int, bytes | None]], spelled: dict[int, str]) -> Iterable[tuple[int, int]]:
    if len({name for _, name in group}) == 1:
        if group[0][1] is not None:
            yield from ((group[0][0], key) for key, _ in group[1:])
        return
    heads: list[int] = []
    for key, name in group:
        if name is None:
            continue
        head = next((h for h in heads if same_name(spelled.get(h, ""), spelled.get(key, "*"))), None)
        if head is None:
            heads.append(key)
    if len(heads) >= SHARED_BY:
        return
    for key, _ in group:
        head = next((h for h in heads if h != key and same_name(spelled.get(h, ""), spelled.get(key, "*"))), None)
        if head is not None and key not in heads:
            yield head, key


def link_persons(engine: Engine, home: Path, moment: datetime) -> None:
    """Decide who is one person 建立主索引 as known at a moment; only what changed is appended."""

    def names(keys: list[int]) -> dict[int, str]:
        return {key: plain_name(name) or "" for key, name in opened(engine, home, keys, "name").items()}

    person, rules = cluster(store.marks(engine), names)
    before = store.people(engine, moment)
    keep: dict[int, int] = {}
    for key, root in person.items():
        if key in before:
            keep[root] = min(before[key], keep.get(root, before[key]))
    changed = [
        (key, moment, keep.get(root, root), rules.get(key, "first"))
        for key, root in person.items()
        if before.get(key) != keep.get(root, root)
    ]
    store.decide(engine, changed)


def persons(engine: Engine, moment: datetime) -> pa.Table:
    """patient_key → person_id as decided until a moment."""
    found = store.people(engine, moment)
    return pa.table({"patient_key": pa.array(found.keys(), pa.int64()), "person_id": pa.array(found.values(), pa.int64())})
