"""Slots 槽位: what one question says, and the template the grammar takes words from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from yishu.ask.link import Token
from yishu.ask.time_words import Mention


@dataclass(slots=True)
class Parsed:
    """What one question says 问句所含, before it meets the conversation and the rights of the asker."""

    text: str
    template: str = ""
    tokens: list[Token] = field(default_factory=list)
    times: list[Mention] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    cores: list[Token] = field(default_factory=list)
    groups: list[Token] = field(default_factory=list)
    absent: list[Token] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    grains: list[str] = field(default_factory=list)
    include: dict[str, list[str]] = field(default_factory=dict)
    exclude: dict[str, list[str]] = field(default_factory=dict)
    unclear: list[Token] = field(default_factory=list)
    weekdays: tuple[str, ...] = ()
    own: bool = False
    whole: bool = False
    apart: bool = False
    compare: list[str] = field(default_factory=list)
    same: list[Mention] = field(default_factory=list)
    growth: str = ""
    direction: str = ""
    order_on: str = ""
    limit: int | None = None
    ranked: bool = False
    place: bool = False  # 排第几: one among all
    having: list[tuple[str, str, float, bool, str]] = field(default_factory=list)
    share: bool = False
    explain: bool = False
    anomaly: bool = False
    trend: bool = False
    versus: bool = False
    refs: list[Token | Mention] = field(default_factory=list)
    at: list[int] = field(default_factory=list)  # where each character of the template stands in the text
    left: list[tuple[int, int]] = field(default_factory=list)  # stretches of the text nothing accounts for
    residue: list[str] = field(default_factory=list)
    mean: str = ""  # 日均, 人均: a mean of what is counted
    dropped: list[str] = field(default_factory=list)  # dimensions a follow-up takes out; * for all
    counted: int = 0  # 五个科室, where that is neither all of them nor a rank
    negated: set[int] = field(default_factory=set)  # weekdays said to be left out
    notes: list[str] = field(default_factory=list)
    guesses: list[Token] = field(default_factory=list)


class Taker:
    """The template with its references; what a rule takes is blanked, letters of linked words stay."""

    def __init__(self, text: str, refs: list[Token | Mention]) -> None:
        self.text = text
        self.refs = refs
        self._last = text
        self._at = [i for i, c in enumerate(text) if c in "MVDCGATSWEZ"]

    def items(self, kinds: str) -> list[tuple[int, Token | Mention]]:
        """The linked words of these kinds with their places."""
        return [(i, r) for i, r in zip(self._at, self.refs, strict=True) if self.text[i] in kinds]

    def each(self, pattern: str) -> list[tuple[re.Match[str], int]]:
        """All matches, blanked."""
        found = [(m, m.start()) for m in re.finditer(pattern, self.text) if m.end() > m.start()]
        self._last = self.text
        for m, _ in found:
            self.text = self.text[: m.start()] + re.sub(r"[^A-Z]", " ", m[0]) + self.text[m.end() :]
        return found

    def undo(self) -> None:
        """Give the last taking back."""
        self.text = self._last

    def take(self, pattern: str) -> list[tuple[int, int]]:
        """Places of all matches, blanked."""
        return [m.span() for m, _ in self.each(pattern)]

    def metric_before(self, index: int) -> str:
        """The metric named last before a place, else the first one."""
        best = ""
        for i, item in self.items("MC"):
            if isinstance(item, Token) and item.ids and (i < index or not best):
                best = item.ids[0] if i < index or not best else best
        return best
