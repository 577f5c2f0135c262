"""Keep 缓存: what one version of the data and one policy epoch have already shown; thrown away whole when either moves on.

Rows are kept under the text and parameters of the compiled query, in which the viewer's row rules and masks stand: people share
an entry only where their questions, their rights and their data are the same.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Row = tuple[object, ...]
MOST_ENTRIES = 600
MOST_ROWS = 5_000
Fact = tuple[str, str, datetime | None]


@dataclass(slots=True)
class Keep:
    """What is known so far 已知 of one data version under one policy epoch."""

    version: str = ""
    epoch: str = ""
    extents: dict[Fact, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    quiet: dict[Fact, int] = field(default_factory=dict)
    fresh: frozenset[str] | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    """How many members 成员数 a listed dimension has."""
    hits: int = 0
    _rows: OrderedDict[tuple[object, ...], tuple[Row, ...]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, text: str, parameters: Mapping[str, object]) -> list[Row] | None:
        """The rows of this very statement, if it was run before."""
        key = self._key(text, parameters)
        with self._lock:
            found = self._rows.get(key)
            if found is None:
                return None
            self._rows.move_to_end(key)
            self.hits += 1
            return list(found)

    def note(self, text: str, parameters: Mapping[str, object], rows: list[Row]) -> None:
        """Keep the rows of a statement; long answers are not kept."""
        if len(rows) > MOST_ROWS:
            return
        with self._lock:
            self._rows[self._key(text, parameters)] = tuple(rows)
            while len(self._rows) > MOST_ENTRIES:
                self._rows.popitem(last=False)

    def _key(self, text: str, parameters: Mapping[str, object]) -> tuple[object, ...]:
        values = tuple((name, tuple(v) if isinstance(v, list) else v, type(v).__name__) for name, v in parameters.items())
        return (self.epoch, self.version, text, values)
