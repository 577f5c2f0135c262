"""Looking 查看现场: who asks, in which metric centre, on which warehouse, by which clock."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from yishu.kernel import Clock
from yishu.metrics.centre import Centre
from yishu.metrics.keep import Keep
from yishu.security import Viewer


@dataclass(frozen=True, slots=True)
class Looking:
    """One person's look 一次查看 at one hospital; `seconds` limits every statement it runs."""

    viewer: Viewer
    centre: Centre
    connection: duckdb.DuckDBPyConnection
    clock: Clock
    seconds: float = 30.0
    keep: Keep | None = None
