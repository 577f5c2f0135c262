"""Sources 来源: `sources/*.yaml` read into specs, each fault with file, line, reason and nearest right word."""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path

import duckdb
import yaml

from yishu.integration.channels import is_channel
from yishu.integration.errors import Fault, SourceFaults, nearest
from yishu.integration.marked import Reader
from yishu.integration.spec import (
    ACTIONS,
    FAMILIES,
    IDENTIFIERS,
    KINDS,
    POLICIES,
    Charset,
    Check,
    Ignore,
    Limits,
    PartOf,
    Schedule,
    SourceSpec,
    TableSpec,
)

_SOURCE = ("label", "kind", "address", "charset", "owner", "tables", "user", "password", "schema", "delimiter", "limits", "schedule")
_TABLE = ("label", "key", "cursor", "overlap", "identifiers", "part_of", "ignore", "checks", "sheet")
_CHECK = ("id", "family", "column", "kind", "when", "action", "say")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SPAN = re.compile(r"(\d+)\s*(days?|d|天|hours?|h|小时|minutes?|m|分钟)")


def sources(folder: Path) -> tuple[SourceSpec, ...]:
    """The source specs 来源定义 of a hospital folder, by name; raises SourceFaults with every fault."""
    specs, found = _read_all(folder)
    if found:
        raise SourceFaults(found)
    return specs


def source_faults(folder: Path) -> tuple[Fault, ...]:
    """Every fault 错处 in `sources/*.yaml`, for `yishu check`."""
    return _read_all(folder)[1]


def _read_all(folder: Path) -> tuple[tuple[SourceSpec, ...], tuple[Fault, ...]]:
    specs: list[SourceSpec] = []
    found: list[Fault] = []
    for path in sorted((folder / "sources").glob("*.y*ml")):
        if is_channel(path):
            continue
        reader = Reader(path)
        spec = _source(reader, path)
        found += reader.faults
        if spec is not None:
            specs.append(spec)
    return tuple(specs), tuple(found)


def _source(reader: Reader, path: Path) -> SourceSpec | None:
    root = reader.root()
    if root is None:
        return None
    if not _NAME.fullmatch(path.stem):
        reader.fault(root, f"文件名 {path.stem} 只能用小写字母、数字和下划线")
    top = reader.mapping(root, "来源", _SOURCE, ("label", "kind", "address", "tables"))
    kind = reader.choice(top.get("kind"), "kind", KINDS, "sqlite") if "kind" in top else "sqlite"
    charset = reader.mapping(top.get("charset"), "charset", ("policy", "name"))
    secret = _secret(reader, top.get("password"))
    tables = reader.mapping(top.get("tables"), "tables")
    specs = tuple(_table(reader, name, node, tuple(tables)) for name, node in tables.items())
    _check_ids(reader, top.get("tables"), specs)
    return SourceSpec(
        name=path.stem,
        label=reader.text(top.get("label"), "label", path.stem),
        kind=kind,
        address=reader.text(top.get("address"), "address"),
        owner=reader.text(top.get("owner"), "owner"),
        tables=specs,
        file=path,
        charset=_charset(reader, charset),
        user=reader.text(top.get("user"), "user") or None,
        password=secret,
        schema=reader.text(top.get("schema"), "schema") or None,
        delimiter=_delimiter(reader, top.get("delimiter")),
        limits=_limits(reader, top.get("limits")),
        schedule=_schedule(reader, top.get("schedule")),
    )


def _charset(reader: Reader, entries: dict[str, yaml.Node]) -> Charset:
    policy = reader.choice(entries.get("policy"), "charset.policy", POLICIES, "detect")
    name = reader.text(entries.get("name"), "charset.name", "utf-8").lower()
    try:
        "".encode(name)
    except LookupError:
        reader.fault(entries.get("name"), f"没有字符集 {name}", nearest(name, ("utf-8", "gb18030", "gbk", "big5"), 1))
    return Charset(policy, name)


def _secret(reader: Reader, node: yaml.Node | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, yaml.ScalarNode):
        reader.fault(node, "口令不能写在这里；写成 password: {secret: 名字}，值放在环境变量或 secrets.yaml")
        return None
    return reader.text(reader.mapping(node, "password", ("secret",), ("secret",)).get("secret"), "secret") or None


def _delimiter(reader: Reader, node: yaml.Node | None) -> str:
    text = str(node.value) if isinstance(node, yaml.ScalarNode) else ","
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1:
        reader.fault(node, f"delimiter 应是一个字符，或 tab：{text}")
        return ","
    return text


def _limits(reader: Reader, node: yaml.Node | None) -> Limits:
    entries = reader.mapping(node, "limits", ("seconds", "wait", "rows_per_second"))
    numbers: dict[str, float] = {}
    for word, value in entries.items():
        try:
            numbers[word] = float(reader.text(value, word))
        except ValueError:
            reader.fault(value, f"limits.{word} 应是数")
    rate = numbers.get("rows_per_second")
    return Limits(numbers.get("seconds", 1800.0), numbers.get("wait", 10.0), int(rate) if rate else None)


def _schedule(reader: Reader, node: yaml.Node | None) -> Schedule | None:
    """`every: 10 minutes`, or `daily: 02:00` (one time, or several in a list)."""
    if node is None:
        return None
    entries = reader.mapping(node, "schedule", ("every", "daily"))
    if len(entries) != 1 or not {"every", "daily"} & set(entries):
        reader.fault(node, "schedule 写 every 或 daily，恰好一个")
        return None
    if "every" in entries:
        every = _span(reader, entries["every"], "schedule.every")
        if every < timedelta(minutes=1):
            reader.fault(entries["every"], "schedule.every 不能短于 1 分钟")
            return None
        return Schedule(every=every)
    daily = entries["daily"]
    nodes = [daily] if isinstance(daily, yaml.ScalarNode) else reader.items(daily, "schedule.daily")
    times: list[time] = []
    for item in nodes:
        text = reader.text(item, "schedule.daily")
        try:
            times.append(time.fromisoformat(text))
        except ValueError:
            reader.fault(item, f"schedule.daily 读不懂：{text}；写成 '02:00'（带引号）")
    return Schedule(at=tuple(sorted(times))) if times else None


def _table(reader: Reader, name: str, node: yaml.Node, names: tuple[str, ...]) -> TableSpec:
    entries = reader.mapping(node, f"表 {name}", _TABLE, ("key",))
    key_node = entries.get("key")
    if isinstance(key_node, yaml.ScalarNode):
        key: tuple[str, ...] = (reader.text(key_node, "key"),)
    else:
        key = tuple(reader.text(item, "key") for item in reader.items(key_node, "key"))
    if key_node is not None and not key:
        reader.fault(key_node, f"表 {name} 的 key 是空的")
    identifiers = {
        column: reader.choice(value, f"identifiers.{column}", IDENTIFIERS, "text")
        for column, value in reader.mapping(entries.get("identifiers"), "identifiers").items()
    }
    cursor = reader.text(entries.get("cursor"), "cursor") or None
    if "overlap" in entries and not cursor:
        reader.fault(entries["overlap"], "写了 overlap 却没有 cursor")
    return TableSpec(
        name=name,
        label=reader.text(entries.get("label"), "label", name),
        key=key,
        cursor=cursor,
        overlap=_span(reader, entries.get("overlap")),
        identifiers=identifiers,
        part_of=_part_of(reader, entries.get("part_of"), names),
        ignore=_ignore(reader, entries.get("ignore")),
        checks=tuple(_check(reader, item) for item in reader.items(entries.get("checks"), "checks")),
        sheet=reader.text(entries.get("sheet"), "sheet") or None,
        line=node.start_mark.line + 1,
    )


def _span(reader: Reader, node: yaml.Node | None, word: str = "overlap") -> timedelta:
    text = reader.text(node, word, "0 days")
    found = _SPAN.fullmatch(text)
    if not found:
        reader.fault(node, f"{word} 读不懂：{text}；写成 3 days、12 hours、10 minutes")
        return timedelta(0)
    number, unit = int(found[1]), found[2][0]
    return {"d": timedelta(days=number), "天": timedelta(days=number), "h": timedelta(hours=number), "小": timedelta(hours=number)}.get(
        unit, timedelta(minutes=number)
    )


def _part_of(reader: Reader, node: yaml.Node | None, names: tuple[str, ...]) -> PartOf | None:
    if node is None:
        return None
    entries = reader.mapping(node, "part_of", ("table", "on"), ("table", "on"))
    table = reader.text(entries.get("table"), "part_of.table")
    if table and table not in names:
        reader.fault(entries["table"], f"part_of 指向的表 {table} 不在本来源", nearest(table, names, 1))
    on = {child: reader.text(value, "on") for child, value in reader.mapping(entries.get("on"), "part_of.on").items()}
    return PartOf(table, on)


def _ignore(reader: Reader, node: yaml.Node | None) -> Ignore | None:
    if node is None:
        return None
    entries = reader.mapping(node, "ignore", ("rule", "say"), ("rule", "say"))
    return Ignore(reader.text(entries.get("rule"), "rule"), reader.text(entries.get("say"), "say"))


def _check(reader: Reader, node: yaml.Node) -> Check:
    entries = reader.mapping(node, "checks 的一条", _CHECK, ("id", "family", "column", "kind", "when", "say"))
    when = reader.text(entries.get("when"), "when")
    if when:
        _condition(reader, entries["when"], when)
    return Check(
        id=reader.text(entries.get("id"), "id"),
        family=reader.choice(entries.get("family"), "family", FAMILIES, FAMILIES[0]) if "family" in entries else "",
        column=reader.text(entries.get("column"), "column"),
        kind=reader.text(entries.get("kind"), "kind"),
        when=when,
        action=reader.choice(entries.get("action"), "action", ACTIONS, "flag"),
        say=reader.text(entries.get("say"), "say"),
        line=node.start_mark.line + 1,
    )


def _condition(reader: Reader, node: yaml.Node, when: str) -> None:
    try:
        parsed = duckdb.extract_statements(f"SELECT 1 WHERE ({when}\n)")
    except duckdb.Error as error:
        reader.fault(node, f"when 不是合法的条件：{str(error).splitlines()[0]}")
        return
    if len(parsed) != 1 or parsed[0].type != duckdb.StatementType.SELECT:
        reader.fault(node, "when 只能是一个条件，不能有分号")


def _check_ids(reader: Reader, node: yaml.Node | None, tables: tuple[TableSpec, ...]) -> None:
    seen: set[str] = set()
    for table in tables:
        for check in table.checks:
            if check.id in seen:
                reader.faults.append(Fault(reader.name, check.line, f"规则号 {check.id} 用了两次"))
            seen.add(check.id)
    if node is not None and not tables:
        reader.fault(node, "tables 里一张表也没有")
