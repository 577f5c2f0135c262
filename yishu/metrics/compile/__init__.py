"""Compile 编译: a plan becomes a SQLGlot tree of flat CTEs; values are bound, hospital tables come from `security.scope`.

Every fact is aggregated at its own grain before facts meet: scans are stacked and grouped (no fan-out, null-safe on
every engine), coarser scans are joined on their own dimensions. Nothing is ever computed from displayed cells.
"""

from yishu.metrics.compile.source import SYSTEM, Source
from yishu.metrics.compile.write import compiled

__all__ = ["SYSTEM", "Source", "compiled"]
