"""Metrics 指标中心: definition, plan, compile, measure; the rows behind every number."""

from yishu.metrics.card import ValueList, card, listing, metric_sql, values
from yishu.metrics.centre import Centre, centre
from yishu.metrics.definition import Metric
from yishu.metrics.evidence import Evidence, RowsRequest, rows
from yishu.metrics.explain import Explanation, explain
from yishu.metrics.looking import Looking
from yishu.metrics.measure import Answer, measure, sql
from yishu.metrics.query import MetricQuery

__all__ = [
    "Answer",
    "Centre",
    "Evidence",
    "Explanation",
    "Looking",
    "Metric",
    "MetricQuery",
    "RowsRequest",
    "ValueList",
    "card",
    "centre",
    "explain",
    "listing",
    "measure",
    "metric_sql",
    "rows",
    "sql",
    "values",
]
