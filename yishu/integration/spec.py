"""Source specs 来源定义: what `sources/<name>.yaml` declares, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

KINDS = ("sqlite", "postgres", "mysql", "csv", "excel", "parquet")
POLICIES = ("declared", "forced", "detect")
FAMILIES = (
    "duplicate_person",
    "bad_id",
    "unmapped_code",
    "time_order",
    "value_format",
    "late_row",
    "red_entry",
    "encoding",
    "orphan",
)
ACTIONS = ("flag", "quarantine")
IDENTIFIERS = ("name", "id_card", "phone", "card", "address", "text")


@dataclass(frozen=True, slots=True)
class Charset:
    """Charset policy 字符集策略 of text files: declared (checked), forced (bad bytes become U+FFFD), detect."""

    policy: str = "detect"
    name: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Check:
    """A check 行规则: a DuckDB condition over the staged row that finds one family of defects."""

    id: str
    family: str
    column: str
    kind: str
    when: str
    action: str
    say: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class PartOf:
    """Part of 明细归属: a row that is merged into its parent's hospital row."""

    table: str
    on: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ignore:
    """Ignore 不取: a whole table left out by a named rule."""

    rule: str
    say: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits 限度: how long a table may take and how hard the source may be pulled."""

    seconds: float = 1800.0
    wait: float = 10.0
    rows_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A timetable 定时装载: every so long, or each day at these times; one of the two."""

    every: timedelta | None = None
    at: tuple[time, ...] = ()

    def next(self, last: datetime | None, now: datetime) -> datetime:
        """When the source is due again, given the last attempt; a source never tried is due at once."""
        if last is None:
            return now
        if self.every is not None:
            return last + self.every
        days = (last.date(), last.date() + timedelta(days=1))
        return min(moment for day in days for at in self.at if (moment := datetime.combine(day, at)) > last)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A source table 来源表."""

    name: str
    label: str
    key: tuple[str, ...]
    cursor: str | None = None
    overlap: timedelta = timedelta(0)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    part_of: PartOf | None = None
    ignore: Ignore | None = None
    checks: tuple[Check, ...] = ()
    sheet: str | None = None
    line: int = 0

    def named_columns(self) -> tuple[str, ...]:
        """The columns this spec names; each must exist in the source."""
        own = [*self.key, *([self.cursor] if self.cursor else []), *self.identifiers]
        own += list(self.part_of.on) if self.part_of else []
        return tuple(dict.fromkeys(own))


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source system 来源系统."""

    name: str
    label: str
    kind: str
    address: str
    owner: str
    tables: tuple[TableSpec, ...]
    file: Path
    charset: Charset = Charset()
    user: str | None = None
    password: str | None = None
    schema: str | None = None
    delimiter: str = ","
    limits: Limits = Limits()
    schedule: Schedule | None = None

    def table(self, name: str) -> TableSpec:
        """The table of that name."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)
