"""Sound 音形: how alike two characters are to the ear and the eye; loaded only when a word was not understood as written."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice, product

from yishu.ask.vocabulary import lexicon

LOOSE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("h", "f"))
SAME, HOMOPHONE, LOOKALIKE, NEAR = 1.0, 0.95, 0.9, 0.85


@cache
def readings(char: str) -> frozenset[str]:
    """The toneless readings of one character."""
    if ord(char) < 0x3400:
        return frozenset((char,))
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, heteronym=char in lexicon("shapes")["polyphones"])
    return frozenset(found[0]) if found else frozenset((char,))


@cache
def loose(syllable: str) -> str:
    """A syllable with the distinctions taken away that typing and dialects lose."""
    for a, b in LOOSE:
        syllable = syllable.replace(a, b)
    return syllable


@cache
def loose_readings(char: str) -> tuple[str, ...]:
    """The loose readings of one character."""
    return tuple(sorted({loose(s) for s in readings(char)}))


@cache
def _shapes() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in lexicon("shapes")["groups"]:
        for char in group:
            found[char] = found.get(char, frozenset()) | frozenset(group)
    return found


@cache
def alike(a: str, b: str) -> float:
    """How alike two characters are: the same, of the same sound, of like shape, of nearly the same sound, else 0."""
    if a == b:
        return SAME
    if readings(a) & readings(b):
        return HOMOPHONE
    if b in _shapes().get(a, ()):
        return LOOKALIKE
    if set(loose_readings(a)) & set(loose_readings(b)):
        return NEAR
    return 0.0


def spellings(text: str) -> list[tuple[str, ...]]:
    """The toneless spellings of a text, few: characters read in two ways give both."""
    return [tuple(units) for units in islice(product(*(sorted(readings(c)) for c in text)), 4)]


SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|ve|er|a|o|e|i|u|v)"
)


def syllables(word: str) -> tuple[str, ...] | None:
    """A latin word cut into pinyin syllables, None where it is not pinyin."""
    if not word:
        return ()
    for size in range(min(6, len(word)), 0, -1):
        if SYLLABLE.fullmatch(word[:size]):
            rest = syllables(word[size:])
            if rest is not None:
                return (word[:size], *rest)
    return None
