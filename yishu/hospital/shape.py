"""Shape 成形: the one SELECT that turns a mapping's output into hospital rows; text only, run by `place`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from yishu.hospital.mapping import MappingSelect
from yishu.hospital.model import Column, Table
from yishu.hospital.store import Batch, key_of, literal, quote


@dataclass(frozen=True, slots=True)
class Shaping:
    """What shaping needs to know 成形条件 beside the mapping."""

    table: Table
    mapping: MappingSelect
    outputs: Mapping[str, str]
    batch: Batch
    codes: Mapping[str, str]
    parents: Mapping[str, str]
    patients_of: tuple[str, ...]
    checked: bool
    flags: list[tuple[str, str]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Whether the mapping names this output."""
        return name in self.outputs


def shape(s: Shaping) -> str:
    """SELECT of every stored column for the rows to be placed (ignored, quarantined and keyless ones left out)."""
    values = [text for column in s.table.columns for text in _column(s, column)]
    flags = _flags(s)
    system = [
        f"{literal(s.batch.source)} AS source",
        "m.source_table AS source_table",
        "m.source_key AS source_key",
        f"{literal(s.batch.load_id)} AS load_id",
        "NULL::VARCHAR AS message_id",
        f"{s.batch.rule_version}::INTEGER AS rule_version",
        f"TIMESTAMP {literal(s.batch.moment.isoformat(sep=' '))} AS known_from",
        "NULL::TIMESTAMP AS known_until",
        f"{flags} AS flags",
    ]
    inner = f"SELECT {', '.join((*values, *system))} FROM {_mapped(s)} m {' '.join(_joins(s))} WHERE {' AND '.join(_where(s))}"
    keyed = " AND ".join(f"{key} IS NOT NULL" for key in key_of(s.table, "q"))
    return f"SELECT * FROM ({inner}) q WHERE {keyed}"


def _mapped(s: Shaping) -> str:
    """The mapping's output with `known_<column>` beside each reference: looked up once, used in two places of the flags."""
    known = [f"{quote(name)} IN ({keys}) AS {quote(f'known_{name}')}" for name, keys in s.parents.items() if s.has(name)]
    return f"(SELECT *, {', '.join(known)} FROM mapped)" if known else "mapped"


def _column(s: Shaping, column: Column) -> Iterator[str]:
    name = quote(column.name)
    if column.name == "patient_key":
        key = "k.patient_key" if s.has("local_id") or s.has("patient_local_id") else "NULL::BIGINT"
        yield f"{key} AS patient_key"
    elif not s.has(column.name) or column.derived:
        yield f"NULL::{column.sql_type} AS {name}"
        if column.code_column:
            yield f"NULL::VARCHAR AS {quote(column.code_column)}"
    elif column.code_column:
        code, standard = _code(column), _standard(s, column)
        s.flags.append((f"{code} IS NOT NULL AND {standard} IS NULL", f"unmapped:{column.name}"))
        yield f"{standard} AS {name}"
        yield f"{code} AS {quote(column.code_column)}"
    else:
        yield f"{_typed(s, column)} AS {name}"
    _refer(s, column)


def _code(column: Column) -> str:
    return f"nullif(trim(CAST(m.{quote(column.name)} AS VARCHAR)), '')"


def _standard(s: Shaping, column: Column) -> str:
    found = [f"{_alias(column)}.standard"] if column.name in s.codes else []
    if column.values:
        found.append(f"CASE WHEN {_code(column)} IN ({_set(column)}) THEN {_code(column)} END")
    return f"coalesce({', '.join(found)})" if found else "NULL::VARCHAR"


def _set(column: Column) -> str:
    return ", ".join(literal(value) for value in column.values)


def _alias(column: Column) -> str:
    return quote(f"c_{column.name}")


def _typed(s: Shaping, column: Column) -> str:
    raw, given = f"m.{quote(column.name)}", s.outputs[column.name].upper()
    if column.type == "text":
        text = raw if given == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
        if not column.values:
            return text
        s.flags.append((f"{text} IS NOT NULL AND {text} NOT IN ({_set(column)})", f"value:{column.name}"))
        return f"CASE WHEN {text} IN ({_set(column)}) THEN {text} END"
    if given == column.sql_type:
        return raw
    cast = f"TRY_CAST({raw} AS {column.sql_type})"
    s.flags.append((f"{raw} IS NOT NULL AND {cast} IS NULL", f"type:{column.name}"))
    return cast


def _refer(s: Shaping, column: Column) -> None:
    if column.name == "patient_key" and s.table.name != "patient" and s.has("patient_local_id"):
        known = ", ".join(literal(source) for source in s.patients_of)
        if known:
            s.flags.append((f"m.patient_source IN ({known}) AND m.patient_local_id IS NOT NULL AND k.present IS NOT TRUE", "orphan:patient_key"))
    elif column.name in s.parents and s.has(column.name):
        s.flags.append((f"NOT m.{quote(f'known_{column.name}')}", f"orphan:{column.name}"))


def _flags(s: Shaping) -> str:
    if not s.flags:
        return "f.flags" if s.checked else "NULL::VARCHAR[]"
    any_of = " OR ".join(f"({condition})" for condition, _ in s.flags)
    each = ", ".join(f"CASE WHEN {condition} THEN {literal(flag)} END" for condition, flag in s.flags)
    mine = f"list_filter([{each}], lambda x: x IS NOT NULL)"
    if not s.checked:
        return f"CASE WHEN {any_of} THEN {mine} END"
    return f"CASE WHEN {any_of} THEN list_concat(coalesce(f.flags, []), {mine}) ELSE f.flags END"


def _joins(s: Shaping) -> Iterator[str]:
    if s.table.name == "patient":
        yield f"LEFT JOIN patient_keys k ON k.source = {literal(s.batch.source)} AND k.local_id = CAST(m.local_id AS VARCHAR)"
    elif s.has("patient_local_id") and s.table.has("patient_key"):
        yield "LEFT JOIN patient_keys k ON k.source = m.patient_source AND k.local_id = CAST(m.patient_local_id AS VARCHAR)"
    day = _day(s)
    for column in s.table.columns:
        if column.name in s.codes and s.has(column.name):
            alias = _alias(column)
            valid = f" AND {day} BETWEEN {alias}.since AND {alias}.until" if s.codes[column.name].endswith('_dated"') else ""
            yield f"LEFT JOIN {s.codes[column.name]} {alias} ON {alias}.code = {_code(column)}{valid}"
    if s.checked:
        yield "LEFT JOIN found f ON f.source_table = m.source_table AND f.key = m.source_key"


def _day(s: Shaping) -> str:
    axes = [c for axis in ("occurred", "recorded") if (c := s.table.timed(axis)) and s.has(c.name)]
    dates = [f"TRY_CAST(m.{quote(column.name)} AS DATE)" for column in axes]
    return f"coalesce({', '.join((*dates, f'DATE {literal(s.batch.moment.date().isoformat())}'))})"


def _where(s: Shaping) -> Iterator[str]:
    yield "TRUE"
    if s.has("ignored"):
        yield "m.ignored IS NULL"
    if s.checked:
        yield "f.quarantined IS NOT TRUE"
