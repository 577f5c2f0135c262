"""Message map 消息映射: a declarative map from an HL7 v2 message to staged rows; text in the hospital folder.

```yaml
types: [ADT]
lookups: {his_zy: [GY_KSDM]}     # dictionaries of the system's last load that the SELECTs may join
tables:
  adt_stay:
    label: 入出转
    system: his_zy                  # whose row it is: its code maps, its night load
    each: PV1                       # one row a segment; MSH = one row a message
    when: {MSH-9.2: [A01, A02]}     # else the table gets no row from this message
    must: [stay]                    # empty → the message stops, naming segment and field
    columns:
      stay: PV1-19.1 | PID-18.1     # the first that is valued
      name: PID-5 as name           # text (default), name, time, date, number
      id_card: PID-3(5=NI).1        # the repetition whose component 5 is NI
    identifiers: {name: name}
```
A path of another segment than `each` means the nearest before it, else the first in the message. Paths count from 1 as the
standard does (HL7 v2.5.1 §2.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.hl7v2.lexer import Segment, unescape
from yishu.integration.adapters.hl7v2.values import FORMS, clean
from yishu.integration.errors import Fault
from yishu.integration.marked import Reader
from yishu.integration.spec import IDENTIFIERS, Check
from yishu.kernel.errors import InputError

_TABLE = ("label", "system", "each", "when", "must", "columns", "identifiers", "checks")
_PATH = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)(?:\((\d+)=([^)]*)\)|\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?\Z")
_CHECK = ("id", "family", "column", "kind", "when", "action", "say")


class MapFault(InputError):
    """A message the map cannot read 消息缺项: names the segment and field."""


@dataclass(frozen=True, slots=True)
class Path_:
    """A place in a message 取值路径."""

    text: str
    segment: str
    number: int
    component: int | None
    sub: int | None
    chosen: int | None
    chooser: tuple[int, str] | None

    def read(self, segment: Segment) -> str:
        """The value in this segment, escapes undone; '' where it is absent or null ("")."""
        raw = segment.raw(self.number)
        if not raw or raw == '""':
            return ""
        signs = segment.separators
        if self.chooser is not None or (signs.repetition and signs.repetition in raw):
            raw = self._repetition(raw, segment)
        if self.component is not None or self.sub is not None:
            raw = _part(raw, signs.component, self.component or 1)
        if self.sub is not None:
            raw = _part(raw, signs.subcomponent, self.sub)
        return unescape(raw, signs) if signs.escape and signs.escape in raw else raw

    def _repetition(self, raw: str, segment: Segment) -> str:
        signs = segment.separators
        parts = raw.split(signs.repetition) if signs.repetition else [raw]
        if self.chooser is not None:
            at, wanted = self.chooser
            return next((part for part in parts if _part(part, signs.component, at) == wanted), "")
        at = self.chosen or 1
        return parts[at - 1] if at <= len(parts) else ""


def _part(text: str, sign: str, number: int) -> str:
    if not sign:
        return text if number == 1 else ""
    parts = text.split(sign, number)
    return parts[number - 1] if number <= len(parts) else ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A column of a staged table: alternatives, the first valued wins."""

    name: str
    paths: tuple[Path_, ...]
    constant: str | None
    form: Callable[[str, Segment], str | None]

    def read(self, near: Callable[[str], Segment | None]) -> str | None:
        """The value, or None."""
        if self.constant is not None:
            return self.constant
        for path in self.paths:
            segment = near(path.segment)
            if segment is not None:
                value = path.read(segment)
                if value:
                    return self.form(value, segment)
        return None


@dataclass(frozen=True, slots=True)
class TableMap:
    """A staged table of messages 暂存表."""

    name: str
    label: str
    system: str
    each: str
    when: tuple[tuple[Path_, frozenset[str]], ...]
    must: tuple[str, ...]
    columns: tuple[ColumnMap, ...]
    identifiers: Mapping[str, str]
    checks: tuple[Check, ...]
    line: int


Rows = dict[str, list[tuple[str | None, ...]]]


@dataclass(frozen=True, slots=True)
class MessageMap:
    """A channel's map 通道映射."""

    file: Path
    types: tuple[str, ...]
    tables: tuple[TableMap, ...]
    ignore: tuple[str, ...] = ()
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: Mapping[str, TableMap] = field(default_factory=dict)

    def rows(self, message: Message) -> Rows:
        """The staged rows of one message, in the order of the message. Raises MapFault."""
        found: Rows = {}
        segments = message.segments()
        firsts: dict[str, Segment] = {}
        for segment in segments:
            firsts.setdefault(segment.name, segment)
        for table in self.tables:
            if all((s := firsts.get(path.segment)) is not None and path.read(s) in wanted for path, wanted in table.when):
                rows = list(_table_rows(table, segments, firsts))
                if rows:
                    found[table.name] = rows
        return found


def _table_rows(table: TableMap, segments: list[Segment], firsts: Mapping[str, Segment]) -> list[tuple[str | None, ...]]:
    near: dict[str, Segment] = {}

    def nearest_to(name: str) -> Segment | None:
        return near.get(name) or firsts.get(name)

    rows = []
    for segment in segments:
        near[segment.name] = segment
        if segment.name != table.each:
            continue
        values = tuple(column.read(nearest_to) for column in table.columns)
        for column, value in zip(table.columns, values, strict=True):
            if value is None and column.name in table.must:
                where = column.paths[0].text
                raise MapFault("message.missing", f"{where} 空", hint=f"{table.label} 需要 {column.name}（{' 或 '.join(p.text for p in column.paths)}）", where=where)
        rows.append(values)
    return rows


def read_map(path: Path) -> tuple[MessageMap | None, tuple[Fault, ...]]:
    """A map file and its faults."""
    reader = Reader(path)
    root = reader.root()
    if root is None:
        return None, tuple(reader.faults)
    top = reader.mapping(root, "map", ("types", "tables", "ignore", "lookups"), ("types", "tables"))
    tables = []
    for name, node in reader.mapping(top.get("tables"), "tables").items():
        entries = reader.mapping(node, f"表 {name}", _TABLE, ("each", "columns"))
        columns = [_column(reader, word, value) for word, value in reader.mapping(entries.get("columns"), "columns").items()]
        names = tuple(c.name for c in columns if c)
        must = tuple(reader.text(item, "must") for item in reader.items(entries.get("must"), "must"))
        for word in must:
            if word not in names:
                reader.fault(entries["must"], f"must 里的 {word} 不是这张表的列")
        when = []
        for text, value in reader.mapping(entries.get("when"), "when").items():
            at = _path(reader, text, value)
            if at is not None:
                when.append((at, frozenset(reader.text(item, "when") for item in reader.items(value, "when"))))
        identifiers = {c: reader.choice(v, c, IDENTIFIERS, "text") for c, v in reader.mapping(entries.get("identifiers"), "identifiers").items()}
        checks = []
        for item in reader.items(entries.get("checks"), "checks"):
            words = {k: reader.text(v, k) for k, v in reader.mapping(item, "checks 的一条", _CHECK, _CHECK[:5]).items()}
            checks.append(Check(**{**{"action": "flag", "say": ""}, **words}, line=item.start_mark.line + 1))
        tables.append(
            TableMap(
                name, reader.text(entries.get("label"), "label", name), reader.text(entries.get("system"), "system"), reader.text(entries.get("each"), "each"), tuple(when), must,
                tuple(c for c in columns if c), identifiers, tuple(checks), node.start_mark.line + 1,
            )
        )  # fmt: skip
    types = tuple(reader.text(item, "types") for item in reader.items(top.get("types"), "types"))
    ignore = tuple(reader.text(item, "ignore") for item in reader.items(top.get("ignore"), "ignore"))
    lookups = {
        system: tuple(reader.text(item, "lookups") for item in reader.items(value, "lookups"))
        for system, value in reader.mapping(top.get("lookups"), "lookups").items()
    }
    mapped = MessageMap(path, types, tuple(tables), ignore, lookups, {table.name: table for table in tables})
    return mapped, tuple(Fault(f"channels/{path.parent.name}/{path.name}", f.line, f.reason, f.near) for f in reader.faults)


def _column(reader: Reader, name: str, node: object) -> ColumnMap | None:
    text = reader.text(node, name)  # type: ignore[arg-type]
    body, _, form = text.partition(" as ")
    shape = FORMS.get(form.strip() or "text")
    if shape is None:
        reader.fault(node, f"{name} 的形式 {form.strip()} 不认识", tuple(FORMS))  # type: ignore[arg-type]
        return None
    if body.startswith("="):
        return ColumnMap(name, (), body[1:].strip(), clean)
    paths = [_path(reader, part.strip(), node) for part in body.split("|")]
    return ColumnMap(name, tuple(p for p in paths if p), None, shape)


def _path(reader: Reader, text: str, node: object) -> Path_ | None:
    found = _PATH.match(text)
    if not found:
        reader.fault(node, f"读不懂的路径 {text}；写成 PID-3.1、PID-3(5=NI).1 或 OBX-5")  # type: ignore[arg-type]
        return None
    segment, number, at, wanted, nth, component, sub = found.groups()
    return Path_(
        text, segment, int(number), int(component) if component else None, int(sub) if sub else None,
        int(nth) if nth else None, (int(at), wanted) if at else None,
    )  # fmt: skip
