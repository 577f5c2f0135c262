"""Process map 流程图: directly-follows graph, variants, waits and durations of an event log. Pure: columns in, values out.

A log is columns of numbers (`Steps`): one sort by case, completion and place, then everything is counted along the rows.
Events of a case follow each other by completion, ties by place, so that the same log always gives the same map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
UNKNOWN = np.iinfo(np.int64).min
"""A start that is not known, in microseconds."""
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Steps:
    """The columns of a log 事件列, rows in the order in which ties are kept: times in microseconds since 1970."""

    case: Ints
    activity: Ints
    started: Ints
    completed: Ints
    names: tuple[str, ...]
    row: Ints
    """Which row of the log a step is; follows every sort."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One activity directly followed by another 直接跟随: how often, and the wait between (seconds, None where times lack)."""

    before: str
    after: str
    count: int
    median_seconds: float | None
    p90_seconds: float | None
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """An activity 活动: how often, in how many cases, how long it took (None where starts are unknown), how often again in a case."""

    activity: str
    count: int
    cases: int
    median_seconds: float | None
    p90_seconds: float | None
    first: int
    last: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One way through 路径变体: the activities in order, and how many cases took it."""

    activities: tuple[str, ...]
    cases: int
    median_hours: float | None = None


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """What an event log shows 流程图. `median_hours`: median time from a case's first start to its last completion."""

    cases: int
    events: int
    activities: Mapping[str, int]
    edges: tuple[Edge, ...]
    variants: int
    top_variants: tuple[Variant, ...]
    median_hours: float | None
    p90_hours: float | None = None
    nodes: tuple[Node, ...] = ()
    waiting_hours: float = 0.0
    service_hours: float = 0.0
    rework_cases: int = 0


def in_order(steps: Steps) -> Steps:
    """The steps case by case, each case by completion; rows of one moment keep their order."""
    if len(steps.case) < 2:
        return steps
    same = steps.case[1:] == steps.case[:-1]
    if bool(np.all(np.where(same, steps.completed[1:] >= steps.completed[:-1], steps.case[1:] > steps.case[:-1]))):
        return steps
    by_time = np.argsort(steps.completed, kind="stable")
    order = by_time[np.argsort(steps.case[by_time], kind="stable")]
    return Steps(steps.case[order], steps.activity[order], steps.started[order], steps.completed[order], steps.names, steps.row[order])


def discover(steps: Steps, *, top: int = 10) -> ProcessMap:
    """The process map of a log; `top` variants, most taken first, ties by their activities."""
    steps = in_order(steps)
    events = len(steps.case)
    if events == 0:
        return ProcessMap(0, 0, {}, (), 0, (), None)
    heads = np.flatnonzero(np.concatenate(([True], steps.case[1:] != steps.case[:-1])))
    sizes = np.diff(np.concatenate((heads, [events])))
    begun = np.where(steps.started == UNKNOWN, steps.completed, steps.started)
    lasted = (steps.completed[heads + sizes - 1] - np.minimum.reduceat(begun, heads)) / _SECOND
    variants, shown = _variants(steps, heads, sizes, lasted, top)
    nodes = _nodes(steps, heads, sizes)
    edges, waited = _edges(steps, begun)
    service = np.where(steps.started == UNKNOWN, 0, steps.completed - steps.started).sum() / _SECOND / 3600
    counted = sorted(nodes, key=lambda n: (-n.count, n.activity))
    return ProcessMap(
        cases=len(heads),
        events=events,
        activities={node.activity: node.count for node in counted},
        edges=edges,
        variants=variants,
        top_variants=shown,
        median_hours=float(np.median(lasted)) / 3600,
        p90_hours=float(np.quantile(lasted, 0.9)) / 3600,
        nodes=tuple(counted),
        waiting_hours=waited,
        service_hours=float(service),
        rework_cases=_rework(steps),
    )


def follows(steps: Steps, before: int, after: int) -> tuple[Ints, Ints]:
    """Rows of the log where `before` is directly followed by `after`, and the rows that follow; steps must be in order."""
    at = np.flatnonzero((steps.case[1:] == steps.case[:-1]) & (steps.activity[:-1] == before) & (steps.activity[1:] == after))
    return steps.row[at], steps.row[at + 1]


def _edges(steps: Steps, begun: Ints) -> tuple[tuple[Edge, ...], float]:
    """Edges, most frequent first, and the hours waited in all."""
    same = np.flatnonzero(steps.case[1:] == steps.case[:-1])
    many = len(steps.names)
    which = steps.activity[same] * many + steps.activity[same + 1]
    waits = begun[same + 1] - steps.completed[same]
    listed = []
    for code, rows in _groups(which, many * many):
        waited = waits[rows]
        median, p90 = np.quantile(waited, [0.5, 0.9]) / _SECOND
        listed.append(Edge(steps.names[code // many], steps.names[code % many], len(rows), float(median), float(p90), _owners(steps.case[same[rows]])))
    listed.sort(key=lambda e: (-e.count, e.before, e.after))
    return tuple(listed), float(np.maximum(waits, 0).sum()) / _SECOND / 3600


def _groups(codes: Ints, below: int) -> list[tuple[int, Ints]]:
    """Each code with its rows, in order; small codes sort in one pass each."""
    narrow = codes.astype(np.uint16 if below <= 1 << 16 else np.int64)
    order = np.argsort(narrow, kind="stable")
    ordered = narrow[order]
    if not len(ordered):
        return []
    at = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return [(int(ordered[head]), rows) for head, rows in zip(at, np.split(order, at[1:]), strict=True)]


def _nodes(steps: Steps, heads: Ints, sizes: Ints) -> list[Node]:
    many = len(steps.names)
    first = np.bincount(steps.activity[heads], minlength=many)
    last = np.bincount(steps.activity[heads + sizes - 1], minlength=many)
    nodes = []
    for code, rows in _groups(steps.activity, many):
        started = steps.started[rows]
        known = started != UNKNOWN
        took = (steps.completed[rows][known] - started[known]) / _SECOND
        median, p90 = (float(q) for q in np.quantile(took, [0.5, 0.9])) if len(took) else (None, None)
        cases = _owners(steps.case[rows])
        nodes.append(Node(steps.names[code], len(rows), cases, median, p90, int(first[code]), int(last[code]), len(rows) - cases))
    return nodes


def _owners(cases: Ints) -> int:
    """How many cases rows in case order belong to."""
    return 1 + int(np.count_nonzero(cases[1:] != cases[:-1]))


def _rework(steps: Steps) -> int:
    """Cases in which an activity happened again after another came between 返工."""
    if len(steps.case) < 2:
        return 0
    turn = np.concatenate(([True], (steps.case[1:] != steps.case[:-1]) | (steps.activity[1:] != steps.activity[:-1])))
    runs = np.sort(steps.case[turn] * len(steps.names) + steps.activity[turn])
    again = runs[1:][runs[1:] == runs[:-1]] // len(steps.names)
    return _owners(again) if len(again) else 0


def _variants(steps: Steps, heads: Ints, sizes: Ints, lasted: NDArray[np.float64], top: int) -> tuple[int, tuple[Variant, ...]]:
    """How many ways there are, and the most taken ones. Cases are grouped by a 64-bit mark of their way, then compared letter by letter."""
    place = np.arange(len(steps.case)) - np.repeat(heads, sizes)
    letters = _scattered(steps.activity.astype(np.uint64) + np.uint64(1)) * _scattered(place.astype(np.uint64) * np.uint64(2) + np.uint64(1))
    marks = np.add.reduceat(_scattered(letters), heads)
    order = np.argsort(marks, kind="stable")
    new = np.concatenate(([True], marks[order][1:] != marks[order][:-1]))
    first = order[new]
    which = np.empty(len(marks), np.int64)
    which[order] = np.cumsum(new) - 1
    counts = np.bincount(which)
    model = np.repeat(heads[first[which]], sizes) + place
    alike = sizes[first[which]] == sizes
    if not (bool(alike.all()) and bool((steps.activity[np.minimum(model, len(steps.case) - 1)] == steps.activity).all())):
        return _variants_exactly(steps, heads, sizes, lasted, top)
    rank = np.empty(len(steps.names), np.int64)
    rank[sorted(range(len(steps.names)), key=lambda n: steps.names[n])] = np.arange(1, len(steps.names) + 1)
    candidates = _foremost(steps, rank, heads[first], sizes[first], counts, top)
    way = {c: steps.activity[heads[first[c]] : heads[first[c]] + sizes[first[c]]].tolist() for c in candidates}
    chosen = sorted(way, key=lambda c: (-int(counts[c]), [int(rank[a]) for a in way[c]]))[:top]
    shown = tuple(
        Variant(tuple(steps.names[a] for a in way[c]), int(counts[c]), float(np.median(lasted[which == c])) / 3600) for c in chosen
    )
    return len(counts), shown


def _foremost(steps: Steps, rank: Ints, heads: Ints, sizes: Ints, counts: Ints, top: int) -> list[int]:
    """The ways that may be among the first `top`: by cases, then by the alphabet as far as the first letters tell."""
    if len(counts) <= top:
        return list(range(len(counts)))
    cut = int(np.partition(counts, -top)[-top])
    firm, tied = np.flatnonzero(counts > cut), np.flatnonzero(counts == cut)
    need, width = top - len(firm), len(steps.names) + 1
    key = np.zeros(len(tied), np.int64)
    for place in range(max(1, int(62 // np.log2(width + 1)))):
        inside = sizes[tied] > place
        at = np.minimum(heads[tied] + place, len(steps.activity) - 1)
        key = key * width + np.where(inside, rank[steps.activity[at]], 0)
    return [*firm.tolist(), *tied[key <= np.partition(key, need - 1)[need - 1]].tolist()]


def _variants_exactly(steps: Steps, heads: Ints, sizes: Ints, lasted: NDArray[np.float64], top: int) -> tuple[int, tuple[Variant, ...]]:
    """The same without marks, for the one log in many whose marks collide."""
    ways: dict[tuple[int, ...], list[int]] = {}
    for case, (head, size) in enumerate(zip(heads.tolist(), sizes.tolist(), strict=True)):
        ways.setdefault(tuple(steps.activity[head : head + size].tolist()), []).append(case)
    named = [(len(cases), tuple(steps.names[a] for a in way), cases) for way, cases in ways.items()]
    named.sort(key=lambda n: (-n[0], n[1]))
    return len(ways), tuple(Variant(way, n, float(np.median(lasted[cases])) / 3600) for n, way, cases in named[:top])


def _scattered(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers made unlike each other (splitmix64's finaliser)."""
    x = values * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def steps_of(case: Ints, activity: Ints, started: Ints, completed: Ints, names: Sequence[str]) -> Steps:
    """Steps from columns; rows are numbered as they come."""
    return Steps(case, activity, started, completed, tuple(names), np.arange(len(case), dtype=np.int64))
