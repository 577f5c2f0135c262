"""Mapping 映射: one SELECT from the staged tables of a source to one hospital table; read, checked, never trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, build_scope

from yishu.hospital.errors import Fault, near
from yishu.hospital.model import Model, Table

ALWAYS = ("source_table", "source_key", "ignored", "patient_source", "patient_local_id")
IDENTITY = ("name", "id_card", "phone", "card_no", "address", "mother_local_id")
_HARMLESS = ("range", "generate_series", "unnest")
_FORBIDDEN = ("getenv", "current_setting", "getvariable", "query", "query_table", "nextval", "read_text", "read_blob", "glob")


@dataclass(frozen=True, slots=True)
class MappingSelect:
    """A checked mapping 映射: its text, its outputs, and from which staged tables each output comes."""

    source: str
    table: str
    file: Path
    sql: str
    lines: Mapping[str, int]
    origins: Mapping[tuple[str, str], frozenset[str]]

    def own(self, source_table: str, column: str) -> bool:
        """Whether a row of `source_table` itself brings the column, not a row it was joined with."""
        origin = self.origins.get((source_table.lower(), column))
        return origin is None or source_table.lower() in origin


def read_mappings(
    folder: Path, source: str, staged: tuple[str, ...], model: Model
) -> tuple[tuple[MappingSelect, ...], tuple[Fault, ...]]:
    """All mappings of a source, in the order in which tables point to one another, and the faults found."""
    found: dict[str, MappingSelect] = {}
    faults: list[Fault] = []
    for file in sorted((folder / "mappings" / source).glob("*.sql")):
        name = file.stem
        if name not in model.tables or model.tables[name].derived:
            reason = "由平台推算，不能映射" if name in model.tables else "统一模型里没有表"
            faults.append(Fault(file, 1, f"{reason} {name}", near(name, tuple(model.tables))))
            continue
        mapping = _read(file, source, model.tables[name], staged, faults)
        if mapping:
            found[name] = mapping
    return tuple(found[name] for name in model.order(tuple(found))), tuple(faults)


def version_digest(folder: Path, source: str) -> str:
    """A digest 版本摘要 of all texts that decide how a source is placed."""
    digest = hashlib.sha256()
    texts = [*sorted((folder / "mappings" / source).glob("*.sql")), *sorted((folder / "codes").glob("*.csv"))]
    for file in (*texts, folder / "sources" / f"{source}.yaml"):
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _read(
    file: Path, source: str, table: Table, staged: tuple[str, ...], faults: list[Fault]
) -> MappingSelect | None:
    sql = file.read_text(encoding="utf-8").rstrip().rstrip(";").rstrip()
    try:
        statements = [s for s in sqlglot.parse(sql, dialect="duckdb") if s is not None]
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        line, what = details[0].get("line") or 1, details[0].get("description") or "无法解析"
        faults.append(Fault(file, int(line), f"SQL 写法有误：{what}"))
        return None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        kinds = "、".join(s.key.upper() for s in statements) or "空"
        faults.append(Fault(file, 1, f"一个映射只能是一条 SELECT，这里是：{kinds}"))
        return None
    statement = statements[0]
    mine = list(_forbidden(file, statement, staged))
    lines, outputs = _outputs(statement)
    mine += _wrong_outputs(file, table, lines, outputs)
    faults += mine
    return None if mine else MappingSelect(source, table.name, file, sql, lines, _origins(statement))


def _line(node: exp.Expr | None) -> int:
    while node is not None:
        for part in (node, node.args.get("this")):
            if isinstance(part, exp.Expr) and part.meta.get("line"):
                return int(part.meta["line"])
        node = node.parent
    return 1


def _forbidden(file: Path, statement: exp.Expr, staged: tuple[str, ...]) -> Iterator[Fault]:
    queries = {cte.alias.lower() for cte in statement.find_all(exp.CTE)}
    known = {name.lower() for name in staged}
    for node in statement.walk():
        if isinstance(node, (exp.DDL, exp.DML, exp.Command, exp.Copy, exp.Attach, exp.Pragma, exp.Set)) and not isinstance(node, exp.Query):
            yield Fault(file, _line(node), f"映射里不能有 {node.key.upper()}")
        elif isinstance(node, exp.Into):
            yield Fault(file, _line(node), "映射里不能有 INTO")
        elif isinstance(node, exp.Func) and not isinstance(node, exp.Table) and _name(node) in _FORBIDDEN:
            yield Fault(file, _line(node), f"映射里不能用函数 {_name(node)}")
        elif isinstance(node, exp.Table):
            if not isinstance(node.this, exp.Identifier):
                if _name(node.this) not in _HARMLESS:
                    yield Fault(file, _line(node), f"映射里不能用表函数 {_name(node.this)}；只能读本来源的暂存表")
            elif node.db or node.catalog:
                yield Fault(file, _line(node), f"表名不要带前缀：{node.sql(dialect='duckdb')}", near(node.name, staged))
            elif node.name.lower() not in known | queries:
                yield Fault(file, _line(node), f"来源里没有表 {node.name}", near(node.name, staged))


def _name(node: exp.Expr | str | None) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return node.key if isinstance(node, exp.Expr) else str(node)


def _first_select(query: exp.Expr) -> exp.Expr:
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    return query


def _outputs(statement: exp.Query) -> tuple[dict[str, int], bool]:
    """Output names with their lines; False where a star hides them."""
    lines: dict[str, int] = {}
    whole = True
    first = _first_select(statement)
    for projection in first.selects if isinstance(first, exp.Select) else []:
        if projection.is_star:
            whole = False
            continue
        alias = projection.args.get("alias")
        lines[projection.alias_or_name.lower()] = _line(alias if isinstance(alias, exp.Expr) else projection)
    return lines, whole


def wrong_outputs(mapping: MappingSelect, table: Table, outputs: tuple[str, ...]) -> tuple[Fault, ...]:
    """The same check with the outputs that the engine reports (stars resolved)."""
    return tuple(_wrong_outputs(mapping.file, table, {name.lower(): mapping.lines.get(name.lower(), 1) for name in outputs}, True))


def _wrong_outputs(file: Path, table: Table, lines: Mapping[str, int], whole: bool) -> Iterator[Fault]:
    possible = [c.name for c in table.columns if not c.derived and c.name not in ("patient_key", "person_id")]
    must = ["source_table", "source_key"]
    if table.name == "patient":
        possible += ["local_id", "source_table", "source_key", "ignored", *IDENTITY]
        must.append("local_id")
    else:
        possible += ALWAYS
        must += table.key
    for name, line in lines.items():
        if name not in possible:
            yield Fault(file, line, f"表 {table.name}（{table.label}）没有输出列 {name}", near(name, possible))
    if whole:
        for name in must:
            if name not in lines:
                yield Fault(file, 1, f"缺少输出列 {name}")


def _origins(statement: exp.Query) -> dict[tuple[str, str], frozenset[str]]:
    """For each (source table, output): the staged tables it comes from; left out where that cannot be told."""
    scope = build_scope(statement)
    result: dict[tuple[str, str], frozenset[str]] = {}
    names: list[str] = []
    for branch in _branches(scope) if scope else ():
        select = branch.expression
        if not isinstance(select, exp.Select):
            continue
        names = names or [p.alias_or_name.lower() for p in select.selects]
        named = dict(zip(names, select.selects, strict=False))
        marker = named.get("source_table")
        literal = marker.find(exp.Literal) if marker is not None else None
        if literal is None or not literal.is_string:
            continue
        for name, projection in named.items():
            origin = _of_expression(branch, projection)
            if origin is not None:
                place = (literal.this.lower(), name)
                result[place] = result.get(place, frozenset()) | origin
    return result


def _branches(scope: Scope) -> Iterator[Scope]:
    if isinstance(scope.expression, exp.SetOperation):
        for inner in scope.set_operation_scopes:
            yield from _branches(inner)
    else:
        yield scope


def _of_expression(scope: Scope, projection: exp.Expr) -> frozenset[str] | None:
    origin: frozenset[str] = frozenset()
    for column in projection.find_all(exp.Column):
        part = _of_column(scope, column)
        if part is None:
            return None
        origin |= part
    return origin


def _of_column(scope: Scope, column: exp.Column) -> frozenset[str] | None:
    source: object = scope.sources.get(column.table) if column.table else None
    if not column.table and len(read := _read_from(scope)) == 1:
        source = read[0]
    if isinstance(source, exp.Table):
        return frozenset({source.name.lower()})
    if not isinstance(source, Scope):
        return None
    origin: frozenset[str] = frozenset()
    for branch in _branches(source):
        select = branch.expression
        inner = next((p for p in getattr(select, "selects", []) if p.alias_or_name.lower() == column.name.lower()), None)
        part = _of_expression(branch, inner) if inner is not None else _of_star(branch)
        if part is None:
            return None
        origin |= part
    return origin


def _of_star(scope: Scope) -> frozenset[str] | None:
    read = _read_from(scope)
    if len(read) == 1 and isinstance(read[0], exp.Table):
        return frozenset({read[0].name.lower()})
    return None


def _read_from(scope: Scope) -> list[object]:
    """What its FROM and JOINs name; a scope also knows the earlier WITH queries that it does not read."""
    return [source for _, source in scope.selected_sources.values()]
