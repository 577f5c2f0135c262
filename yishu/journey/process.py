"""Process map 流程图: directly-follows graph, variants, waits and durations of an event log. Pure: columns in, values out.

A log is columns of numbers (`Steps`): one sort by case, completion and place, then everything is counted along the rows.
Events of a case follow each other by completion, ties by place, so that the same log always gives the same map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yishu.journey.counting import Groups, Ints, grouped, marks, quantiles, runs, time_order

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
    after = steps.case[1:] > steps.case[:-1]
    same = steps.case[1:] == steps.case[:-1]
    if bool((after | (same & (steps.completed[1:] >= steps.completed[:-1]))).all()):
        return steps
    order = time_order(steps.case, steps.completed)
    return Steps(steps.case[order], steps.activity[order], steps.started[order], steps.completed[order], steps.names, steps.row[order])


@dataclass(frozen=True, slots=True)
class _Cases:
    """Where the cases lie in a log in order: each one's first row and length, each row's case counted from 0, whether a row has a next one."""

    heads: Ints
    sizes: Ints
    of: NDArray[np.int32]
    goes_on: NDArray[np.bool_]


def _cases(steps: Steps) -> _Cases:
    goes_on = steps.case[1:] == steps.case[:-1]
    heads = np.concatenate(([0], np.flatnonzero(~goes_on) + 1))
    sizes = np.diff(np.concatenate((heads, [len(steps.case)])))
    return _Cases(heads, sizes, np.repeat(np.arange(len(heads), dtype=np.int32), sizes), goes_on)


def discover(steps: Steps, *, top: int = 10) -> ProcessMap:
    """The process map of a log; `top` variants, most taken first, ties by their activities."""
    steps = in_order(steps)
    if not len(steps.case):
        return ProcessMap(0, 0, {}, (), 0, (), None)
    cases = _cases(steps)
    known = np.flatnonzero(steps.started != UNKNOWN)
    begun = steps.completed
    if len(known):
        begun = begun.copy()
        begun[known] = steps.started[known]
    first = np.minimum.reduceat(begun, cases.heads) if len(known) else begun[cases.heads]
    lasted = (steps.completed[cases.heads + cases.sizes - 1] - first) / _SECOND
    # the three parts share nothing and leave the interpreter free: they run side by side
    with ThreadPoolExecutor(2) as side:
        ways = side.submit(_variants, steps, cases, lasted, top)
        walked = side.submit(_edges, steps, cases, begun)
        nodes, rework = _nodes(steps, cases, known)
        (variants, shown), (edges, waited) = ways.result(), walked.result()
    counted = sorted(nodes, key=lambda n: (-n.count, n.activity))
    return ProcessMap(
        cases=len(cases.heads),
        events=len(steps.case),
        activities={node.activity: node.count for node in counted},
        edges=edges,
        variants=variants,
        top_variants=shown,
        median_hours=float(np.median(lasted)) / 3600,
        p90_hours=float(np.quantile(lasted, 0.9)) / 3600,
        nodes=tuple(counted),
        waiting_hours=waited,
        service_hours=float((steps.completed[known] - steps.started[known]).sum()) / _SECOND / 3600,
        rework_cases=rework,
    )


def follows(steps: Steps, before: int, after: int) -> tuple[Ints, Ints]:
    """Rows of the log where `before` is directly followed by `after`, and the rows that follow; steps must be in order."""
    at = np.flatnonzero((steps.case[1:] == steps.case[:-1]) & (steps.activity[:-1] == before) & (steps.activity[1:] == after))
    return steps.row[at], steps.row[at + 1]


def _edges(steps: Steps, cases: _Cases, begun: Ints) -> tuple[tuple[Edge, ...], float]:
    """Edges, most frequent first, and the hours waited in all."""
    many = len(steps.names)
    pairs = many * many
    # the pair across two cases is a group of its own after all others: cheaper than picking the rest out
    narrow = steps.activity.astype(np.uint16) if pairs < 1 << 16 else steps.activity
    which = narrow[:-1] * narrow.dtype.type(many) + narrow[1:]
    which[~cases.goes_on] = pairs
    waits = begun[1:] - steps.completed[:-1]
    waited = float(np.maximum(waits, 0).sum(where=cases.goes_on)) / _SECOND / 3600
    met = np.arange(pairs)
    if pairs > 1 << 16:  # many names: only the pairs that occur are groups
        met, which = np.unique(which, return_inverse=True)
    groups = grouped(which, len(met) + 1)
    groups = Groups(groups.rows[: groups.bounds[np.searchsorted(met, pairs)]], groups.bounds[: np.searchsorted(met, pairs) + 1])
    median, p90 = quantiles(groups, waits, (0.5, 0.9))
    owners, _ = runs(groups, cases.of[:-1])
    listed = [
        Edge(steps.names[pair // many], steps.names[pair % many], n, mid / _SECOND, high / _SECOND, own)
        for pair, n, mid, high, own in zip(met.tolist(), groups.counts.tolist(), median.tolist(), p90.tolist(), owners.tolist(), strict=False)
        if n
    ]
    listed.sort(key=lambda e: (-e.count, e.before, e.after))
    return tuple(listed), waited


def _nodes(steps: Steps, cases: _Cases, known: Ints) -> tuple[list[Node], int]:
    """Activities, and in how many cases one happened again after another came between 返工."""
    many = len(steps.names)
    count = np.bincount(steps.activity, minlength=many)
    first = np.bincount(steps.activity[cases.heads], minlength=many)
    last = np.bincount(steps.activity[cases.heads + cases.sizes - 1], minlength=many)
    turns = np.concatenate(([0], np.flatnonzero(~(cases.goes_on & (steps.activity[1:] == steps.activity[:-1]))) + 1))
    owners, again = runs(grouped(steps.activity[turns], many), cases.of[turns])
    timed = grouped(steps.activity[known], many)
    median, p90 = quantiles(timed, steps.completed[known] - steps.started[known], (0.5, 0.9))
    nodes = [
        Node(
            steps.names[code], int(count[code]), int(owners[code]),
            float(median[code]) / _SECOND if timed.counts[code] else None, float(p90[code]) / _SECOND if timed.counts[code] else None,
            int(first[code]), int(last[code]), int(count[code] - owners[code]),
        )
        for code in np.flatnonzero(count).tolist()
    ]  # fmt: skip
    rework = np.zeros(len(cases.heads), bool)
    rework[again] = True
    return nodes, int(np.count_nonzero(rework))


def _variants(steps: Steps, cases: _Cases, lasted: NDArray[np.float64], top: int) -> tuple[int, tuple[Variant, ...]]:
    """How many ways there are, and the most taken ones. Cases are grouped by a 64-bit mark of their way, then compared letter by letter."""
    heads, sizes = cases.heads, cases.sizes
    _, first, which, counts = np.unique(marks(steps.activity, heads, len(steps.names)), return_index=True, return_inverse=True, return_counts=True)
    model = np.arange(len(steps.case)) + (heads[first[which]] - heads)[cases.of]
    alike = sizes[first[which]] == sizes
    if not (bool(alike.all()) and bool((steps.activity[model] == steps.activity).all())):
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


def steps_of(case: Ints, activity: Ints, started: Ints, completed: Ints, names: Sequence[str]) -> Steps:
    """Steps from columns; rows are numbered as they come."""
    return Steps(case, activity, started, completed, tuple(names), np.arange(len(case), dtype=np.int64))
