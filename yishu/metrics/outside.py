"""Outside questions 外部定义的问题: a question over imported definitions, planned and compiled like any other."""

from __future__ import annotations

from sqlglot import exp

from yishu.kernel.errors import InputError
from yishu.metrics.centre import Centre
from yishu.metrics.compile.frames import framed
from yishu.metrics.graph_plan import GraphQuery, planned
from yishu.security import system_viewer

VIEWER = system_viewer("metrics.outside")


def outside_query(centre: Centre, query: GraphQuery) -> exp.Select:
    """The compiled query; what is not supported is refused with its reason before anything runs."""
    if centre.graph is None:
        raise InputError("graph.none", "没有导入的关系图", hint="先用 yishu metrics import 读入", where="metrics")
    return framed(planned(query, centre.by_id, centre.graph), VIEWER, centre, centre.graph)
