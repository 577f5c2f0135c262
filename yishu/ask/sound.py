"""Sound 读音: toneless pinyin, loaded only when a word was not understood as written."""

from __future__ import annotations

import re
from functools import cache

LOOSE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("h", "f"))


@cache
def readings(char: str) -> frozenset[str]:
    """The toneless readings of one character."""
    if ord(char) < 0x3400:
        return frozenset((char,))
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, heteronym=True)
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
def alike(a: str, b: str) -> float:
    """How alike two characters are: 1 the same, 0.95 the same sound, 0.85 nearly the same sound, else 0."""
    if a == b:
        return 1.0
    one, two = readings(a), readings(b)
    if one & two:
        return 0.95
    if set(loose_readings(a)) & set(loose_readings(b)):
        return 0.85
    return 0.0


def spelled(text: str) -> tuple[str, ...]:
    """One plausible toneless spelling of each character (the first reading)."""
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(text, style=Style.NORMAL))


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
