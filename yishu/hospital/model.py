"""Model 统一模型: the declared tables of a hospital, read from tables/*.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from yishu.hospital.errors import Fault, HospitalFaults, near
from yishu.hospital.text import Text, read
from yishu.kernel.errors import InputError

SQL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "text": "VARCHAR",
        "bigint": "BIGINT",
        "int": "INTEGER",
        "bool": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "decimal": "DECIMAL(18,4)",
        "money": "DECIMAL(18,2)",
    }
)

SYSTEM_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("source", "VARCHAR", "来源"),
    ("source_table", "VARCHAR", "来源表"),
    ("source_key", "VARCHAR", "来源键"),
    ("load_id", "VARCHAR", "装载批次"),
    ("message_id", "VARCHAR", "消息"),
    ("rule_version", "INTEGER", "规则版本"),
    ("known_from", "TIMESTAMP", "知悉起"),
    ("known_until", "TIMESTAMP", "知悉止"),
    ("flags", "VARCHAR[]", "标记"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column 字段 of a hospital table."""

    name: str
    type: str
    label: str
    level: int
    category: str
    values: tuple[str, ...] = ()
    codes: str | None = None
    ref: str | None = None
    time: str | None = None
    derived: bool = False

    @property
    def sql_type(self) -> str:
        """Its DuckDB type."""
        return SQL_TYPES[self.type]

    @property
    def code_column(self) -> str | None:
        """The companion that keeps the source's own code, if the column is coded."""
        return f"{self.name}_code" if self.codes else None


@dataclass(frozen=True, slots=True)
class Hanging:
    """Belonging through another table 经由他表的归属: its columns, met over `on`."""

    table: str
    on: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A hospital table 统一模型表: grain, key, belonging, columns."""

    name: str
    label: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    level: int
    category: str
    belonging: tuple[str, ...] = ()
    belonging_of: Hanging | None = None
    belonging_also: Hanging | None = None
    public: bool = False
    derived: bool = False

    def column(self, name: str) -> Column:
        """One column by name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(
            "hospital.column",
            f"表 {self.name}（{self.label}）没有字段 {name}",
            hint="、".join(near(name, tuple(c.name for c in self.columns))),
            where=self.name,
            status=404,
        )

    def has(self, name: str) -> bool:
        """Whether the column is declared."""
        return any(column.name == name for column in self.columns)

    def timed(self, axis: str) -> Column | None:
        """The column that says when it `occurred` or was `recorded`."""
        return next((column for column in self.columns if column.time == axis), None)

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """All stored columns with their types, in order: declared, code companions, system."""
        result: list[tuple[str, str]] = []
        for column in self.columns:
            result.append((column.name, column.sql_type))
            if column.code_column:
                result.append((column.code_column, "VARCHAR"))
        return (*result, *((name, kind) for name, kind, _ in SYSTEM_COLUMNS))

    @property
    def refs(self) -> tuple[str, ...]:
        """The tables that its columns point to, itself left out."""
        return tuple(dict.fromkeys(c.ref for c in self.columns if c.ref and c.ref != self.name))


@dataclass(frozen=True, slots=True)
class Model:
    """The unified model 统一模型: every table by name."""

    tables: Mapping[str, Table]

    def table(self, name: str) -> Table:
        """One table by name."""
        if name not in self.tables:
            raise InputError(
                "hospital.table",
                f"统一模型里没有表 {name}",
                hint="最接近的是：" + "、".join(near(name, tuple(self.tables))),
                where=name,
                status=404,
            )
        return self.tables[name]

    def order(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names sorted so that what is pointed to comes before what points (ties by name)."""
        left, done = sorted(names), list[str]()
        while left:
            ready = [n for n in left if not any(r in left for r in self.tables[n].refs)] or left[:1]
            done += ready
            left = [n for n in left if n not in ready]
        return tuple(done)


def model(folder: Path | None = None) -> Model:
    """The platform's tables and, with a folder, the hospital's own `tables/*.yaml` besides."""
    own = tuple(sorted((folder / "tables").glob("*.yaml"))) if folder else ()
    return _platform() if not own else _parse((*_platform_files(), *own))


def _platform_files() -> tuple[Path, ...]:
    return tuple(sorted((Path(__file__).parent / "tables").glob("*.yaml")))


@lru_cache(maxsize=1)
def _platform() -> Model:
    return _parse(_platform_files())


_TABLE_WORDS = ("label", "grain", "key", "columns", "level", "category", "belonging", "belonging_of", "belonging_also", "public", "derived")  # fmt: skip
_COLUMN_WORDS = ("type", "label", "level", "category", "values", "codes", "ref", "time", "derived")


def _parse(files: tuple[Path, ...]) -> Model:
    tables: dict[str, Table] = {}
    faults: list[Fault] = []
    homes: dict[str, Text] = {}
    for file in files:
        text = read(file)
        value = text.value if isinstance(text.value, dict) else {}
        for name, body in value.items():
            if name in tables:
                text.fault((name,), f"表 {name} 声明了两次")
                continue
            if not isinstance(body, dict):
                text.fault((name,), f"表 {name} 下面应写 label、grain、key、columns")
                continue
            tables[str(name)] = _table(text, str(name), body)
            homes[str(name)] = text
        faults += text.faults
        text.faults.clear()
    for name, table in tables.items():
        _cross_check(homes[name], table, tables)
    for text in {id(text): text for text in homes.values()}.values():
        faults += text.faults
    if faults:
        raise HospitalFaults(tuple(faults))
    return Model(MappingProxyType(tables))


def _table(text: Text, name: str, body: dict[object, object]) -> Table:
    for word in body:
        if word not in _TABLE_WORDS:
            text.fault((name, word), f"表 {name} 不认识 {word}", near(str(word), _TABLE_WORDS))
    level, category = _int(body.get("level"), 3), str(body.get("category", ""))
    columns = []
    declared = body.get("columns")
    for column, spec in (declared if isinstance(declared, dict) else {}).items():
        path = (name, "columns", column)
        if not isinstance(spec, dict):
            text.fault(path, f"字段 {column} 应写成 {{type: …, label: …}}")
            continue
        for word in spec:
            if word not in _COLUMN_WORDS:
                text.fault((*path, word), f"字段 {column} 不认识 {word}", near(str(word), _COLUMN_WORDS))
        kind = str(spec.get("type", "text"))
        if kind not in SQL_TYPES:
            text.fault((*path, "type"), f"字段 {column} 的类型 {kind} 不存在", near(kind, tuple(SQL_TYPES)) or tuple(SQL_TYPES))
            kind = "text"
        time = spec.get("time")
        if time not in (None, "occurred", "recorded"):
            text.fault((*path, "time"), f"time 只能是 occurred 或 recorded，写的是 {time}")
        columns.append(
            Column(
                name=str(column),
                type=kind,
                label=str(spec.get("label", column)),
                level=_int(spec.get("level"), level),
                category=str(spec.get("category", category)),
                values=tuple(str(v) for v in spec.get("values") or ()),
                codes=_word(spec.get("codes")),
                ref=_word(spec.get("ref")),
                time=_word(time),
                derived=bool(spec.get("derived", False)),
            )
        )
    return Table(
        name=name,
        label=str(body.get("label", name)),
        grain=str(body.get("grain", "")),
        key=_words(body.get("key")),
        columns=tuple(columns),
        level=level,
        category=category,
        belonging=_words(body.get("belonging")),
        belonging_of=_hanging(body.get("belonging_of")),
        belonging_also=_hanging(body.get("belonging_also")),
        public=bool(body.get("public", False)),
        derived=bool(body.get("derived", False)),
    )


def _cross_check(text: Text, table: Table, tables: Mapping[str, Table]) -> None:
    names = tuple(column.name for column in table.columns)
    if not table.key:
        text.fault((table.name,), f"表 {table.name} 没有声明 key")
    for word, wanted in (("key", table.key), ("belonging", table.belonging)):
        for name in wanted:
            if name not in names:
                text.fault((table.name, word), f"表 {table.name} 的 {word} 里没有字段 {name}", near(name, names))
    for column in table.columns:
        if column.ref and column.ref not in tables:
            text.fault((table.name, "columns", column.name), f"ref 指向不存在的表 {column.ref}", near(column.ref, tuple(tables)))
    for word, hanging in (("belonging_of", table.belonging_of), ("belonging_also", table.belonging_also)):
        if hanging is None:
            continue
        path = (table.name, word)
        if hanging.table not in tables:
            text.fault(path, f"{word} 指向不存在的表 {hanging.table}", near(hanging.table, tuple(tables)))
            continue
        other = tables[hanging.table]
        for name in (hanging.on, *hanging.columns):
            if not other.has(name):
                text.fault(path, f"表 {other.name} 没有字段 {name}", near(name, tuple(c.name for c in other.columns)))
        if hanging.on not in names:
            text.fault(path, f"表 {table.name} 没有字段 {hanging.on}", near(hanging.on, names))
    personal = not table.public and not table.derived and table.name != "patient"
    if personal and not (table.belonging or table.belonging_of):
        text.fault((table.name,), f"表 {table.name} 没有声明归属 belonging，也没有声明 public: true")


def _int(value: object, default: int) -> int:
    return value if isinstance(value, int) else default


def _word(value: object) -> str | None:
    return str(value) if value is not None else None


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _hanging(value: object) -> Hanging | None:
    if not isinstance(value, dict):
        return None
    return Hanging(str(value.get("table", "")), str(value.get("on", "")), _words(value.get("columns")))
