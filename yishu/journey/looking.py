"""Looking 查看现场: who looks at whose journey, when, and the only form in which this room reads a hospital table."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from duckdb import DuckDBPyConnection
from sqlalchemy import Engine

from yishu.hospital import Model
from yishu.kernel import Clock
from yishu.security import Rows, Viewer, bound, scope

_HOLDER = re.compile(r"\$p(\d+)")


@dataclass(frozen=True, slots=True)
class Looking:
    """One look 一次查看: the viewer, the declared tables, a read-only cursor, the platform store, the clock."""

    viewer: Viewer
    tables: Model
    reading: Callable[[], AbstractContextManager[DuckDBPyConnection]]
    store: Engine
    home: Path
    clock: Clock


class Relations:
    """Scoped relations 受限关系 of one statement: each table as this viewer may see it, and the values that go with it."""

    def __init__(self, viewer: Viewer, tables: Model) -> None:
        self.viewer = viewer
        self.tables = tables
        self.values: dict[str, object] = {}

    def of(self, table: str) -> str:
        """The table in scope, ready to stand after FROM."""
        text, values = bound(scope(self.viewer, table, self.tables))
        prefix = f"s{len(self.values)}x"
        self.values |= {f"{prefix}{name.removeprefix('p')}": value for name, value in values.items()}
        return "(" + _HOLDER.sub(rf"${prefix}\1", text) + ")"

    def bind(self, name: str, value: object) -> str:
        """A value under a name; its holder."""
        self.values[name] = value
        return f"${name}"


def widened(viewer: Viewer) -> Viewer:
    """The viewer who has opened one patient 已破窗: every row of that patient; what a policy denies or masks stays denied and masked.

    Every statement made with it must name the patient; `timeline` and `loops` do.
    """
    return replace(viewer, grant=replace(viewer.granted, rows=Rows.ALL), more=())
