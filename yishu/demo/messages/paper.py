"""Paper 一份文档: its moment, kind and bytes, and for the truth whose and which source rows it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from yishu.demo.world import Array, Columns, World

Told = tuple[tuple[str, str, dict[str, str]], ...]  # (source table, key, what the paper says of that row in plain words)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper 文档; `body` writes it when it is wanted, so that those past the limit cost nothing."""

    moment: int
    kind: str
    patient: str
    visit: str
    table: str
    key: str
    body: Callable[[], bytes]
    values: Told


class Persons:
    """Persons as a paper names them 文中的人."""

    def __init__(self, world: World, people: Columns) -> None:
        self.world, self.people = world, people

    def text(self, column: str, person: int) -> str:
        return str(self.people[column][person])

    def female(self, person: int) -> bool:
        return bool(self.people["female"][person])

    def born(self, person: int) -> str:
        """`YYYY-MM-DD`."""
        return str(self.people["birth"][person].astype("datetime64[D]"))


def having(world: World, *names: str) -> bool:
    """Whether the systems that make these events have been written 是否已有."""
    return all(name in world.events for name in names)


def rows_of(owner: Array, n: int) -> range:
    """The rows that belong to `n` in an ascending column."""
    return range(int(owner.searchsorted(n)), int(owner.searchsorted(n, side="right")))
