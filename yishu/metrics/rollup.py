"""Roll-up 汇总表: additive facts added up a day ahead; what is declared, what it holds, which scans it answers exactly.

Declared in the hospital folder's `rollups.yaml` by metrics and dimensions. Only counts and exact sums over the fact's own
columns are kept: they may be added up again. Everything else is read from the base table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path as File

from yishu.hospital.model import Model
from yishu.metrics.definition import (
    Aggregate,
    Clause,
    Dimension,
    Expression,
    Later,
    Metric,
    MinutesAgo,
    Part,
    Path,
    Seconds,
    Total,
    paths,
)
from yishu.metrics.read import Page, raised

_WORDS = ("id", "metrics", "dimensions")
_EXACT = ("bigint", "int", "money", "decimal")


@dataclass(frozen=True, slots=True)
class Held:
    """What is added up 所存: the rows that a definition lets in, and where it is a sum their total."""

    where: tuple[Clause, ...]
    measure: Expression | None
    aggregate: Aggregate

    @staticmethod
    def of(part: Part) -> Held:
        """What a part needs."""
        return Held(part.where, part.measure if part.aggregate is Aggregate.SUM else None, part.aggregate)


@dataclass(frozen=True, slots=True)
class Rollup:
    """One fact by day 日汇总: the columns carried as they are, and what is held for each group."""

    id: str
    table: str
    time: Path
    columns: tuple[str, ...]
    held: tuple[Held, ...]

    @property
    def name(self) -> str:
        """Its table: another definition is another table, so that a changed one is never read by the old name."""
        told = repr((self.table, self.time, self.columns, self.held))
        return f"{self.id}_{self.table}_{self.time.column}_{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def place(self, part: Part) -> int | None:
        """Where a part stands among what is held."""
        held = Held.of(part)
        return self.held.index(held) if held in self.held else None

    @property
    def used(self) -> frozenset[str]:
        """Every column that went into it."""
        return frozenset(p.column for held in self.held for p in paths((held.where, held.measure))) | {self.time.column, *self.columns}

    @property
    def carried(self) -> frozenset[str]:
        """Columns that stand in it unchanged."""
        return frozenset(self.columns)


def rollups(file: File | None, metrics: Mapping[str, Metric], dimensions: Mapping[str, Dimension], tables: Model) -> tuple[Rollup, ...]:
    """The roll-ups 汇总表 a hospital declares; each fault with file, line and nearest right word."""
    if file is None or not file.is_file():
        return ()
    page = Page(file)
    listed = page.text.value
    found: list[Rollup] = []
    for place, body in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(body, dict):
            page.fault((place,), "汇总表要写 id、metrics、dimensions")
            continue
        page.only(body, _WORDS, (place,))
        found += _declared(page, place, body, metrics, dimensions, tables)
    raised(page.faults)
    return tuple(found)


def _declared(
    page: Page, place: int, body: Mapping[object, object], metrics: Mapping[str, Metric], dimensions: Mapping[str, Dimension], tables: Model
) -> list[Rollup]:
    ident = str(body.get("id", ""))
    if not ident.isidentifier() or not ident.isascii():
        page.fault((place,), "汇总表要有 ASCII 的 id")
        return []
    wanted = _names(page, place, body, "dimensions", dimensions)
    gathered: dict[tuple[str, Path], tuple[dict[str, None], dict[Held, None]]] = {}
    for name in _names(page, place, body, "metrics", metrics):
        metric = metrics[name]
        for part in metric.parts:
            reason = _unfit(metric, part, tables)
            if reason:
                page.fault((place, "metrics"), f"指标 {name} 不能做汇总表：{reason}")
                continue
            for axis in metric.axes:
                time = part.time(axis.id)
                if time.hop is not None:
                    continue
                columns, held = gathered.setdefault((part.table, time), ({}, {}))
                held[Held.of(part)] = None
                for name_ in wanted:
                    column = _column(page, place, name_, part, dimensions)
                    if column and tables.table(part.table).has(column):
                        columns[column] = None
    return [
        Rollup(ident, table, time, tuple(dict.fromkeys((*columns, *tables.table(table).belonging))), tuple(held))
        for (table, time), (columns, held) in gathered.items()
    ]


def _names(page: Page, place: int, body: Mapping[object, object], word: str, known: Iterable[str]) -> list[str]:
    given = body.get(word)
    found = []
    for name in given if isinstance(given, list) else []:
        if str(name) in set(known):
            found.append(str(name))
        else:
            page.fault((place, word), f"没有{'指标' if word == 'metrics' else '维度'} {name}", str(name), known)
    return found


def _column(page: Page, place: int, name: str, part: Part, dimensions: Mapping[str, Dimension]) -> str | None:
    dimension = dimensions[name]
    if dimension.grain is not None or name in part.ignores:
        return None  # days are always kept
    path = (dimensions[dimension.through] if dimension.through else dimension).path(part)
    if path.hop is not None:
        page.fault((place, "dimensions"), f"维度 {name} 在表 {path.hop} 里，汇总表只存本事实自己的字段")
        return None
    return path.column


def _unfit(metric: Metric, part: Part, tables: Model) -> str:
    """Why a part cannot be added up again; empty where it can."""
    if part.aggregate not in (Aggregate.COUNT, Aggregate.SUM):
        return "去重与分位数不能相加"
    if any(isinstance(c, Later) for c in part.where) or _relative(part.where):
        return "条件要看随后发生的事或此刻"
    if any(p.hop is not None for p in paths((part.where, part.measure))):
        return "条件或度量在别的表里"
    if part.aggregate is Aggregate.SUM and isinstance(part.measure, (Path, Total)):
        terms = (part.measure,) if isinstance(part.measure, Path) else part.measure.terms
        if any(tables.table(part.table).column(t.column).type not in _EXACT for t in terms):
            return "不是精确的数"
    return "" if part.aggregate is Aggregate.COUNT or isinstance(part.measure, (Path, Total, Seconds)) else "没有度量"


def _relative(of: object) -> bool:
    if isinstance(of, MinutesAgo):
        return True
    if isinstance(of, tuple):
        return any(_relative(item) for item in of)
    return is_dataclass(of) and any(_relative(getattr(of, place.name)) for place in fields(of))
