"""Policy file 策略文件: policy.yaml of a hospital folder, read strictly; what it does not say is not allowed.

roles:
  ward_nurse:  {rows: rules, allow: [{where: {ward: $ward}}], masks: {patient: {birth_date: year}}}
  researcher:  {rows: all, statistics: true, deny: [{where: {label: vip}}]}
labels:
  vip:         {table: visit, key: patient_key, column: visit_type, values: [特需]}
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import yaml

from yishu.kernel.errors import InputError
from yishu.security.policy import Attribute, Grant, Label, Mask, RowRule, Rows, Where

FILES = ("policy.yaml", "people.yaml")
_ROLE = ("rows", "whole", "hidden", "masks", "rights", "allow", "deny", "level", "statistics")
_LABEL = ("table", "key", "column", "values", "starts")
_RULE = ("where", "tables")


def epoch(folder: Path) -> str:
    """The policy epoch 策略版次: moves on with every change of who may see what."""
    marks = hashlib.sha256()
    for name in FILES:
        path = folder / name
        marks.update(path.read_bytes() if path.is_file() else b"-")
    return marks.hexdigest()[:16]


def stamp(folder: Path) -> tuple[tuple[int, int, int], ...]:
    """A cheap sign 文件印记 that the epoch may have moved: inode, time and size of both files."""
    found = []
    for name in FILES:
        try:
            seen = (folder / name).stat()
            found.append((seen.st_ino, seen.st_mtime_ns, seen.st_size))
        except FileNotFoundError:
            found.append((0, 0, 0))
    return tuple(found)


def grants(folder: Path) -> Mapping[str, Grant]:
    """The roles a hospital sets itself 医院自定角色; InputError with file, place and the nearest right word."""
    path = folder / "policy.yaml"
    if not path.is_file():
        return {}
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InputError("policy.bad", "policy.yaml 不是合法的 YAML", hint="检查缩进与引号", where=f"{path}:{line}") from None
    reading = _Reading(path)
    body = reading.mapping(text or {}, "policy.yaml", ("roles", "labels", "review"))  # `review` is read by the master patient index
    marked = {str(n): reading.label(str(n), v) for n, v in reading.mapping(body.get("labels") or {}, "labels").items()}
    return {str(n): reading.grant(str(n), v, marked) for n, v in reading.mapping(body.get("roles") or {}, "roles").items()}


def labels(folder: Path) -> Mapping[str, Label]:
    """The labels a hospital sets 医院自定标签, of a file that `grants` could read."""
    path = folder / "policy.yaml"
    body = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    listed = body.get("labels") if isinstance(body, dict) else None
    return {str(n): _Reading(path).label(str(n), v) for n, v in (listed or {}).items()}


class _Reading:
    """Reads one file 逐项读."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def bad(self, place: str, what: str, hint: str = "") -> InputError:
        return InputError("policy.bad", f"policy.yaml 的 {place} {what}", hint=hint, where=f"{self.path}#{place}")

    def mapping(self, value: object, place: str, keys: Sequence[str] = ()) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.bad(place, "应是 {名称: …}")
        for key in value:
            if keys and key not in keys:
                close = get_close_matches(str(key), keys, 3, 0.4) or list(keys)
                raise self.bad(f"{place}.{key}", "不认识", "可用：" + "、".join(close))
        return {str(k): v for k, v in value.items()}

    def words(self, value: object, place: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or any(not isinstance(v, str) for v in value):
            raise self.bad(place, "应是文字的列表")
        return tuple(value)

    def values(self, value: object, place: str) -> tuple[str | bool | int, ...]:
        listed = value if isinstance(value, list) else [value]
        if not listed or any(not isinstance(v, (str, bool, int)) for v in listed):
            raise self.bad(place, "应是文字、数或 true/false，或它们的列表")
        return tuple(listed)

    def one_of(self, value: object, possible: Sequence[str], place: str) -> str:
        if value not in possible:
            raise self.bad(place, f"不能是 {str(value)[:40]}", "可用：" + "、".join(possible))
        return str(value)

    def flag(self, value: object, place: str) -> bool:
        if not isinstance(value, bool):
            raise self.bad(place, "应是 true 或 false")
        return value

    def label(self, name: str, given: object) -> Label:
        place = f"labels.{name}"
        body = self.mapping(given, place, _LABEL)
        for key in ("table", "key", "column"):
            if not isinstance(body.get(key), str):
                raise self.bad(place, f"要写 {key}", "table、key、column 和 values 或 starts")
        starts = "starts" in body
        values = self.values(body.get("starts" if starts else "values"), f"{place}.values")
        return Label(name, str(body["table"]), str(body["key"]), str(body["column"]), values, starts)

    def grant(self, name: str, given: object, labels: Mapping[str, Label]) -> Grant:
        place = f"roles.{name}"
        body = self.mapping(given, place, _ROLE)
        level = body.get("level")
        if level is not None and (isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 5):
            raise self.bad(f"{place}.level", "应是 1–5")
        masks = {
            table: {c: Mask(self.one_of(m, [m.value for m in Mask], f"{place}.masks.{table}.{c}")) for c, m in self.mapping(listed, f"{place}.masks.{table}").items()}
            for table, listed in self.mapping(body.get("masks") or {}, f"{place}.masks").items()
        }  # fmt: skip
        return Grant(
            rows=Rows(self.one_of(body.get("rows", "none"), [r.value for r in Rows], f"{place}.rows")),
            whole=frozenset(self.words(body.get("whole"), f"{place}.whole")),
            hidden={t: frozenset(self.words(c, f"{place}.hidden.{t}")) for t, c in self.mapping(body.get("hidden") or {}, f"{place}.hidden").items()},
            rights=frozenset(self.words(body.get("rights"), f"{place}.rights")),
            masks=masks,
            allow=self.rules(body.get("allow"), f"{place}.allow", labels),
            deny=self.rules(body.get("deny"), f"{place}.deny", labels),
            level=level,
            statistics=self.flag(body.get("statistics", False), f"{place}.statistics"),
        )  # fmt: skip

    def rules(self, given: object, place: str, labels: Mapping[str, Label]) -> tuple[RowRule, ...]:
        if given is None:
            return ()
        if not isinstance(given, list):
            raise self.bad(place, "应是规则的列表", "[{where: {ward: $ward}}]")
        return tuple(self.rule(rule, f"{place}[{i}]", labels) for i, rule in enumerate(given))

    def rule(self, given: object, place: str, labels: Mapping[str, Label]) -> RowRule:
        body = self.mapping(given, place, _RULE)
        wheres = self.mapping(body.get("where"), f"{place}.where")
        if not wheres:
            raise self.bad(place, "没有条件", "where: {列: 值 或 $ward}、{label: 名称}、{treated_days: 30}")
        found = tuple(self.where(column, value, f"{place}.where.{column}", labels) for column, value in wheres.items())
        return RowRule(found, frozenset(self.words(body.get("tables"), f"{place}.tables")))

    def where(self, column: str, value: object, place: str, labels: Mapping[str, Label]) -> Where:
        if column == "label":
            name = self.one_of(value, tuple(labels) or ("（先在 labels 里写）",), place)
            return Where(label=labels[name])
        if column == "treated_days":
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise self.bad(place, "应是天数")
            return Where(treated_days=value)
        if isinstance(value, str) and value.startswith("$"):
            return Where(column, attribute=Attribute(self.one_of(value, [a.value for a in Attribute], place)))
        return Where(column, self.values(value, place))


def unknown_words(known: Mapping[str, Grant], tables: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Tables and columns a policy names that no table declares 写错的表与列: a mask on a misspelt column masks nothing."""
    return tuple(dict.fromkeys(f"角色 {role}：{text}" for role, grant in known.items() for text in wrong_words(grant, tables)))


def wrong_words(grant: Grant, tables: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """What one role names that no table declares, each with the nearest right word."""
    rules = (*grant.allow, *grant.deny)
    named = [(t, c) for t, columns in grant.hidden.items() for c in columns]
    named += [(t, c) for t, masked in grant.masks.items() for c in masked]
    named += [(t, "") for t in grant.whole] + [(t, "") for rule in rules for t in rule.tables]
    named += [(w.label.table, c) for r in rules for w in r.where if w.label for c in (w.label.column, w.label.key)]
    found = [text for table, column in named if (text := wrong_word(table, column, tables))]
    everywhere = frozenset().union(*tables.values()) if tables else frozenset()
    found += [f"没有表有列 {w.column}" for r in rules for w in r.where if w.column and w.column not in everywhere]
    return tuple(dict.fromkeys(found))


def wrong_word(table: str, column: str, tables: Mapping[str, frozenset[str]]) -> str:
    """Why there is no such table or column; nothing where there is."""
    if table not in tables:
        close = get_close_matches(table, tables, 1, 0.4)
        return f"没有表 {table}" + (f"，您要找的是 {close[0]}？" if close else "")
    if column and column not in tables[table]:
        close = get_close_matches(column, tables[table], 1, 0.4)
        return f"表 {table} 没有列 {column}" + (f"，您要找的是 {close[0]}？" if close else "")
    return ""
