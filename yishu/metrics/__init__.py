"""Metrics 指标中心: definition, plan, compile, measure; the rows behind every number."""

from yishu.metrics.centre import Centre, centre
from yishu.metrics.measure import Answer, measure, sql
from yishu.metrics.query import MetricQuery

__all__ = ["Answer", "Centre", "MetricQuery", "centre", "measure", "sql"]
