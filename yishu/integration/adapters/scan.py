"""Scan 读取: what a table source hands to the worker, whatever its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import duckdb

from yishu.kernel import SourceError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is 来源位置, with its secret resolved; lives in the worker only."""

    source: str
    kind: str
    address: str
    user: str | None
    password: str | None
    schema: str | None
    policy: str
    charset: str
    delimiter: str
    wait: float
    quarantine: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note 说明 on a load that is no failure: a new column kept, a file set apart, digits lost."""

    table: str
    code: str
    say: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row 坏行 with more or fewer fields than the header, as it stood in its file."""

    file: str
    line: int
    bytes: bytes
    say: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A table ready to be read: `relation` is what stands after FROM, made by the adapter from quoted names.

    `malformed` fills while the relation is read.
    """

    relation: str
    columns: tuple[str, ...]
    notes: tuple[Note, ...] = field(default=())
    malformed: Sequence[Malformed] = ()


class Adapter(Protocol):
    """An open source 打开的来源; `one_transaction`: all tables are read in one transaction of the engine."""

    one_transaction: bool

    def names(self) -> Sequence[str]:
        """The tables there are."""

    def scan(self, table: str, sheet: str | None) -> Scan | None:
        """The table; None when its bytes had to be set apart (the reason is in the notes of `apart`)."""

    def apart(self) -> tuple[Note, ...]:
        """What was set apart so far."""

    def again(self, table: str, error: duckdb.Error) -> Scan | None:
        """Another way to read the table after `error`, if there is one."""

    def explain(self, error: Exception, table: str) -> SourceError:
        """What went wrong, in words for people."""

    def close(self) -> None:
        """Let the source go."""


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string, for the statements that take no bound values (ATTACH, COPY, table functions in views)."""
    return "'" + text.replace("'", "''") + "'"
