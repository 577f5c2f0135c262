"""Scene 场景: what may be asked for, the compiled words and the day; everything a question is read against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from yishu.ask.frame import Asker
from yishu.ask.link import Linker
from yishu.ask.policy import TimePolicy
from yishu.ask.time_words import Mention
from yishu.ask.times import find
from yishu.ask.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Scene:
    """A vocabulary, its linker and a day 场景."""

    vocabulary: Vocabulary
    linker: Linker
    now: date
    policy: TimePolicy = field(default_factory=TimePolicy)

    def times(self, text: str) -> list[Mention]:
        """The times of a text as this hospital means them."""
        return self.policy.applied(find(text, self.now), self.now)

    def dimension(self, concept: str) -> str:
        """The id of the dimension that is this concept, empty where the hospital has none."""
        found = self.vocabulary.dimension(concept)
        return found.id if found else ""

    def bound(self, asker: Asker) -> bool:
        """Whether the asker sees one department only."""
        if asker.bound is not None:
            return asker.bound
        if asker.role in self.vocabulary.bound_roles:
            return True
        if asker.role in self.vocabulary.open_roles:
            return False
        return bool(asker.department) and bool(asker.role)
