"""Process map 流程图: directly-follows graph, variants and durations of an event log. Pure: a relation in, values out.

An event log is a relation `events(case_id, activity, started, completed, place)` where `place` is the order in the source:
events of a case are ordered by completion, ties by `place`, so that the same log always gives the same map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Edge:
    """One activity directly followed by another 直接跟随: how often, and the wait between (seconds, None where times lack)."""

    before: str
    after: str
    count: int
    median_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True, slots=True)
class Variant:
    """One way through 路径变体: the activities in order, and how many cases took it."""

    activities: tuple[str, ...]
    cases: int


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


# activities become small numbers once: joins and sorts move integers, not texts
_ORDERED = """
CREATE OR REPLACE TEMP TABLE process_activity AS
  SELECT activity, (row_number() OVER (ORDER BY activity) - 1)::INTEGER AS code FROM (SELECT DISTINCT activity FROM events);
CREATE OR REPLACE TEMP TABLE process_step AS
  SELECT e.case_id, a.code, e.started, e.completed, e.place FROM events e JOIN process_activity a USING (activity)
"""
_EDGES = """
WITH step AS (
  SELECT code, completed,
    lead(code) OVER line AS after, lead(coalesce(started, completed)) OVER line AS next_start
  FROM process_step WINDOW line AS (PARTITION BY case_id ORDER BY completed, place)
), counted AS (
  SELECT code, after, count(*) AS n,
    quantile_cont(epoch(next_start) - epoch(completed), [0.5, 0.9]) AS waits
  FROM step WHERE after IS NOT NULL GROUP BY ALL
)
SELECT b.activity, f.activity, n, waits[1], waits[2]
FROM counted JOIN process_activity b USING (code) JOIN process_activity f ON f.code = counted.after
ORDER BY n DESC, b.activity, f.activity
"""
_VARIANTS = """
WITH walked AS (SELECT case_id, list(code ORDER BY completed, place) AS way FROM process_step GROUP BY case_id),
ways AS (SELECT way, count(*) AS cases FROM walked GROUP BY way)
SELECT (SELECT count(*) FROM ways), way, cases FROM ways ORDER BY cases DESC, way LIMIT ?
"""
_HOURS = """
SELECT median(seconds) / 3600 FROM (
  SELECT epoch(max(completed)) - epoch(min(coalesce(started, completed))) AS seconds FROM process_step GROUP BY case_id)
"""


def discover(connection: DuckDBPyConnection, *, top: int = 10) -> ProcessMap:
    """The process map of the relation `events` of `connection` (columns as in the module's docstring)."""
    connection.execute(_ORDERED)
    names = {code: activity for activity, code in connection.execute("SELECT activity, code FROM process_activity").fetchall()}
    counts = connection.execute("SELECT code, count(*) FROM process_step GROUP BY code").fetchall()
    found = connection.execute("SELECT count(DISTINCT case_id), count(*) FROM process_step").fetchone() or (0, 0)
    edges = tuple(Edge(*row) for row in connection.execute(_EDGES).fetchall())
    ways = connection.execute(_VARIANTS, [top]).fetchall()
    hours = connection.execute(_HOURS).fetchone()
    return ProcessMap(
        cases=found[0],
        events=found[1],
        activities={names[code]: n for code, n in sorted(counts, key=lambda c: (-c[1], names[c[0]]))},
        edges=edges,
        variants=ways[0][0] if ways else 0,
        top_variants=tuple(Variant(tuple(names[c] for c in way), cases) for _, way, cases in ways),
        median_hours=hours[0] if hours else None,
    )
