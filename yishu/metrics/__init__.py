"""Metrics 指标中心: definition, plan, compile, measure; the rows behind every number."""

from yishu.metrics.asked import MemoryLedger, StoreLedger
from yishu.metrics.card import ValueList, card, listing, metric_sql, values
from yishu.metrics.centre import Centre, centre
from yishu.metrics.definition import Metric
from yishu.metrics.evidence import Evidence, RowsRequest, rows
from yishu.metrics.examples import wrong as wrong_examples
from yishu.metrics.explain import Cell as ExplainedCell
from yishu.metrics.explain import Explanation, explain, parse_request
from yishu.metrics.freeze import Frozen, Recomputed, freeze, recompute
from yishu.metrics.keep import Keep
from yishu.metrics.looking import Looking
from yishu.metrics.measure import Answer, measure, sql
from yishu.metrics.membership import Membership, membership
from yishu.metrics.query import MetricQuery
from yishu.metrics.read import DefinitionFaults
from yishu.metrics.reconcile import Bridge, Side, parse_sides, reconcile
from yishu.metrics.rollup_store import refresh as refresh_rollups

__all__ = [
    "Answer",
    "Bridge",
    "Centre",
    "DefinitionFaults",
    "Evidence",
    "ExplainedCell",
    "Explanation",
    "Frozen",
    "Keep",
    "Looking",
    "Membership",
    "MemoryLedger",
    "Metric",
    "MetricQuery",
    "Recomputed",
    "RowsRequest",
    "Side",
    "StoreLedger",
    "ValueList",
    "card",
    "centre",
    "explain",
    "freeze",
    "listing",
    "measure",
    "membership",
    "metric_sql",
    "parse_request",
    "parse_sides",
    "recompute",
    "reconcile",
    "refresh_rollups",
    "rows",
    "sql",
    "values",
    "wrong_examples",
]
