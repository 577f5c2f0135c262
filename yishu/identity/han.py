"""Han characters 汉字 in names: variants folded, how they sound, which look alike. Pure."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

COMPOUND = frozenset(
    ["欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "司徒", "夏侯", "司空", "端木", "轩辕", "南宫", "独孤", "西门", "闻人", "申屠", "万俟", "钟离", "淳于", "赫连", "澹台", "公冶", "宗政", "濮阳", "单于", "太叔", "呼延", "拓跋"]
)
"""Compound surnames 复姓."""

_LOOSE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("h", "f"), ("v", "u"))


@cache
def _lines(part: str) -> tuple[str, ...]:
    """The lines under `# part` in characters.txt."""
    out: list[str] = []
    inside = False
    for line in files("yishu.identity").joinpath("characters.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            inside = line[1:].strip() == part
        elif inside and line.strip():
            out.append(line.strip())
    return tuple(out)


@cache
def _folding() -> dict[int, str]:
    return {ord(pair[0]): pair[1] for line in _lines("fold") for pair in line.split()}


@cache
def shapes() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(group for line in _lines("shape") for group in line.split()):
        for char in group:
            found.setdefault(char, set()).add(number)
    return {char: frozenset(numbers) for char, numbers in found.items()}


def is_han(char: str) -> bool:
    """Whether this is a Han character 汉字."""
    return "\u3400" <= char <= "\u9fff" or char == "〇" or "\U00020000" <= char <= "\U0003ffff"


def folded(text: str) -> str:
    """Traditional and variant forms as the common simplified one 繁体、异体转为通行简体."""
    return text.translate(_folding())


@lru_cache(maxsize=40_000)
def sounds(char: str) -> frozenset[str]:
    """The toneless readings of a character, with what typing and dialects confuse made equal (zh-z, ng-n, l-n, h-f)."""
    if not is_han(char):
        return frozenset((char,))
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, heteronym=True)
    return frozenset(_loose(reading) for reading in found[0]) if found else frozenset((char,))


@lru_cache(maxsize=40_000)
def sound(char: str) -> str:
    """One reading, the commonest; what a polyphone is filed under."""
    if not is_han(char):
        return char
    from pypinyin import Style, lazy_pinyin

    return _loose(lazy_pinyin(char, style=Style.NORMAL)[0])


def _loose(reading: str) -> str:
    for said, kept in _LOOSE:
        reading = reading.replace(said, kept)
    return reading


@lru_cache(maxsize=400_000)
def like_sound(a: str, b: str) -> bool:
    """Whether two characters can sound alike 音近."""
    return a == b or bool(sounds(a) & sounds(b))


def like_shape(a: str, b: str) -> bool:
    """Whether two characters look alike 形近."""
    looks = shapes()
    return bool(looks.get(a, frozenset()) & looks.get(b, frozenset()))


def split_name(name: str) -> tuple[str, str]:
    """Surname and given name 姓、名; a compound surname is two characters of at least three."""
    if len(name) >= 3 and name[:2] in COMPOUND:
        return name[:2], name[2:]
    return name[:1], name[1:]


@lru_cache(maxsize=200_000)
def spelled(name: str) -> str:
    """The whole name by its sound 无声调拼音."""
    return " ".join(sound(char) for char in name)
