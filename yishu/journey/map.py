"""Map 流程图: a cohort's process map, two compared, what stands behind an edge, how a pathway is kept; all within the viewer's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from yishu.journey import store
from yishu.journey.cohort import Cohort
from yishu.journey.conform import Pathway, Verdict, conform
from yishu.journey.looking import Looking
from yishu.journey.process import Edge, ProcessMap, discover, in_order

TOP_VARIANTS = 30
MOST_BROKEN = 200
MOST_PLAYED, MOST_STEPS = 120, 400


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn map 流程图: what was found, the resources at work, and the edges that cost most (p90 wait × times walked)."""

    cohort: Cohort
    map: ProcessMap
    resources: tuple[store.ResourceLoad, ...]
    bottlenecks: tuple[Edge, ...]


def draw(looking: Looking, cohort: Cohort) -> Drawn:
    """The process map of a cohort 流程图."""
    with looking.reading() as connection:
        found = discover(store.steps(looking, connection, cohort), top=TOP_VARIANTS)
        busy = store.resources(looking, connection, cohort)
    costly = sorted(found.edges, key=lambda e: (-max(e.p90_seconds or 0.0, 0.0) * e.count, e.before, e.after))
    return Drawn(cohort, found, busy, tuple(e for e in costly[:12] if (e.p90_seconds or 0.0) > 0))


def walks(looking: Looking, cohort: Cohort, before: str, after: str, offset: int, limit: int) -> store.EdgeRows:
    """Who walked an edge 边的凭据, with both source rows."""
    with looking.reading() as connection:
        return store.edge_rows(looking, connection, cohort, before, after, offset, limit)


@dataclass(frozen=True, slots=True)
class Replay:
    """Cases to play back 回放: activity names, and for each case its steps as (activity number, minutes since its first step); whose they are is left out."""

    names: tuple[str, ...]
    cases: tuple[tuple[tuple[int, float], ...], ...]
    of: int


def replay(looking: Looking, cohort: Cohort) -> Replay:
    """Some cases of a cohort, evenly over all of it, with their steps in order."""
    with looking.reading() as connection:
        found = in_order(store.steps(looking, connection, cohort))
    if not len(found.case):
        return Replay((), (), 0)
    heads = np.concatenate(([0], np.flatnonzero(found.case[1:] != found.case[:-1]) + 1, [len(found.case)]))
    many = len(heads) - 1
    chosen = np.unique(np.linspace(0, many - 1, min(many, MOST_PLAYED)).astype(np.int64))
    played = []
    for at in chosen.tolist():
        rows = slice(int(heads[at]), min(int(heads[at + 1]), int(heads[at]) + MOST_STEPS))
        minutes = (found.completed[rows] - found.completed[heads[at]]) / 60_000_000
        played.append(tuple(zip(found.activity[rows].tolist(), np.round(minutes, 1).tolist(), strict=True)))
    return Replay(found.names, tuple(played), many)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule and the cases that broke it 未符合的病例: (case, patient key), a limited number."""

    verdict: Verdict
    cases: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How a pathway is kept 路径符合情况."""

    pathway: Pathway
    cases: int
    conforming: int
    rules: tuple[Broken, ...]


def check(looking: Looking, pathway: Pathway, narrowed: Mapping[str, object] | None = None) -> Kept:
    """Judge the pathway's own cohort, narrowed by departments and dates where given."""
    cohort = pathway.cohort
    if narrowed:
        within = Cohort.parse({**narrowed, "unit": cohort.unit})
        cohort = replace(cohort, departments=within.departments or cohort.departments, start=within.start or cohort.start, end=within.end or cohort.end)
    with looking.reading() as connection:
        found = conform(store.steps(looking, connection, cohort), pathway.rules)
        shown = sorted({n for v in found.verdicts for n in v.broken[:MOST_BROKEN]})
        known = store.violations(looking, connection, cohort, shown) if shown else {}
    rules = tuple(Broken(v, tuple(known[n] for n in v.broken[:MOST_BROKEN] if n in known)) for v in found.verdicts)
    return Kept(pathway, found.cases, found.conforming, rules)
