"""Hints 输入提示: while a question is typed, ends of it that can be answered; Chinese, pinyin and pinyin initials."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from yishu.ask.conversation import Turn, Understanding
from yishu.ask.frame import Asker
from yishu.ask.normalise import named, normalise
from yishu.ask.sound import readings

TAIL = re.compile(r"[a-z]+$|[\u4e00-\u9fff]+$")
ENDS = ("上个月", "今年以来", "上个月同比", "近12个月趋势", "上个月各科室排名", "怎么算的")
SHORTEST = 2  # letters of pinyin initials that are worth a look


@dataclass(frozen=True, slots=True)
class Hint:
    """One end of the question 提示: the whole text it would become, what was added, and what kind of word that is."""

    text: str
    added: str
    kind: str  # metric | value | dimension | question


@cache
def _initial(char: str) -> str:
    return min(readings(char), key=len)[:1] if not char.isascii() else char


@cache
def _sound(char: str) -> str:
    return min(readings(char), key=lambda r: (len(r), r)) if not char.isascii() else char


class Hints:
    """Suggests while typing 提示器; pure, one vocabulary."""

    def __init__(self, understanding: Understanding) -> None:
        self.house = understanding

    @cached_property
    def _words(self) -> list[tuple[str, str, str, str]]:
        """(word as shown, initials, spelling, kind): metrics first, then dimensions, then values."""
        found: dict[str, str] = {}
        vocabulary = self.house.vocabulary
        for metric in vocabulary.metrics:
            if not metric.retired:
                found |= {w: "metric" for w in (metric.label, *metric.synonyms) if w not in found}
        for dimension in vocabulary.dimensions:
            found.setdefault(dimension.label, "dimension")
        for dimension in vocabulary.dimensions:
            for value in dimension.values:
                for word in (value, *dimension.aliases.get(value, ())):
                    found.setdefault(word, "value")
        return [(w, "".join(map(_initial, named(w))), "".join(map(_sound, named(w))), kind) for w, kind in found.items()]

    def complete(self, typed: str, asker: Asker | None = None, turn: Turn | None = None, limit: int = 8) -> tuple[Hint, ...]:
        """Ends of what is typed, each of which the understanding answers; none for what is refused."""
        text = normalise(typed)
        asker, turn = asker or Asker(), turn or Turn()
        found: list[Hint] = []
        tail = TAIL.search(text)
        if tail:
            head = text[: tail.start()]
            for cut in range(len(tail[0])):
                part = tail[0][cut:]
                if len(part) >= (SHORTEST if part.isascii() else 1):
                    found += [Hint(f"{head}{tail[0][:cut]}{w}", w, kind) for w, kind in self._like(part)]
                if found:
                    break
        found += [Hint(text + end, end, "question") for end in ENDS] if text and not _latin(tail) else []
        kept: list[Hint] = []
        for hint in found[: 4 * limit]:
            if len(kept) < limit and hint.text != text and hint.text not in [k.text for k in kept] and self._answerable(hint, asker, turn):
                kept.append(hint)
        return tuple(kept)

    def _like(self, part: str) -> list[tuple[str, str]]:
        latin = part.isascii()
        ranked = []
        for order, (word, initials, spelling, kind) in enumerate(self._words):
            plain = named(word)
            if latin:
                rank = 0 if initials.startswith(part) else 1 if spelling.startswith(part) else 2 if len(part) >= 3 and part in initials else 9
            else:
                rank = 0 if plain.startswith(part) else 2 if len(part) >= 2 and part in plain else 9
            if rank < 9 and plain != part:
                ranked.append((rank, {"metric": 0, "dimension": 1, "value": 2}[kind], len(word), order, word, kind))
        return [(word, kind) for *_, word, kind in sorted(ranked)[:24]]

    def _answerable(self, hint: Hint, asker: Asker, turn: Turn) -> bool:
        reply, _ = self.house.step(hint.text, turn, asker)
        if reply.behaviour in ("query", "define", "lineage"):
            return True
        return hint.kind in ("value", "dimension") and reply.behaviour == "clarify" and reply.about == "metric"


def _latin(tail: re.Match[str] | None) -> bool:
    """Whether the typing stopped inside latin letters."""
    return bool(tail and tail[0].isascii())
