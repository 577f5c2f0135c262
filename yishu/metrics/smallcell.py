"""Small cells 小格子: which cells a statistics-only viewer may not see, so that no subtraction gives them back; pure.

A cell of 1 to k−1 persons is hidden; then in every line of the table (all members of one dimension, the others fixed; the whole where
there is one dimension) at least two cells and at least k persons stay hidden, else the smallest open cell is hidden with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Persons:
    """How many persons 人数 stand behind a cell: its weight, and whether any of its parts is too small."""

    count: int
    small: bool


def too_small(count: int, k: int) -> bool:
    """1 to k−1: nobody is nobody's secret."""
    return 0 < count < k


def persons(numerator: int, denominator: int | None, k: int, *, within: bool) -> Persons:
    """Of a count or ratio; `within` where the numerator's rows are among the denominator's, so that the rest is a set too."""
    if denominator is None:
        return Persons(numerator, too_small(numerator, k))
    rest = within and too_small(denominator - numerator, k)
    return Persons(denominator, too_small(numerator, k) or too_small(denominator, k) or rest)


def hidden(cells: Mapping[Key, Persons], k: int) -> frozenset[Key]:
    """The cells to hide; the same for the same cells in any order."""
    gone = {key for key, held in cells.items() if held.small}
    width = len(next(iter(cells), ()))
    changed = bool(gone)
    while changed:
        changed = False
        for place in range(width):
            for line in _lines(cells, place):
                lost = [key for key in line if key in gone]
                if not lost or (len(lost) > 1 and sum(cells[key].count for key in lost) >= k):
                    continue
                open_ = [key for key in line if key not in gone and cells[key].count > 0]
                if open_:
                    gone.add(min(open_, key=lambda key: (cells[key].count, str(key))))
                    changed = True
    return frozenset(gone)


def _lines(cells: Mapping[Key, Persons], place: int) -> Sequence[list[Key]]:
    lines: dict[Key, list[Key]] = {}
    for key in cells:
        lines.setdefault((*key[:place], *key[place + 1 :]), []).append(key)
    return [sorted(line, key=str) for line in lines.values()]


def overlaps(one: Mapping[Key, int], other: Mapping[Key, int], k: int) -> frozenset[Key]:
    """Cells of two nested questions whose difference 差集 would be a small set."""
    return frozenset(key for key, count in one.items() if key in other and too_small(abs(count - other[key]), k))
