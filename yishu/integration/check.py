"""Check 行规则: which staged rows break which rule, in one pass over each table."""

from __future__ import annotations

import duckdb

from yishu.integration.adapters.scan import literal, quoted
from yishu.integration.spec import Check, TableSpec
from yishu.integration.stage import Staged, StagedTable
from yishu.kernel import InputError

_SCIENTIFIC = r"[0-9](\.[0-9]+)?[eE][+]?[0-9]+"
_COLUMNS = (
    "source_table VARCHAR, key VARCHAR, rule VARCHAR, family VARCHAR, column_name VARCHAR, kind VARCHAR, "
    "action VARCHAR, say VARCHAR, load_id VARCHAR"
)


def checks(connection: duckdb.DuckDBPyConnection, staged: Staged) -> str:
    """Run all checks 行规则 of a source; the name of the table of findings (one row a row and rule).

    Beside the declared checks: a row whose parent (`part_of`) is missing is an orphan and set apart; an identifier
    that a spreadsheet turned into `1.10105E+17` has lost digits; a row that does not fit its header is malformed.
    """
    findings = f"{quoted(staged.database)}.checks"
    connection.execute(f"CREATE OR REPLACE TABLE {findings} ({_COLUMNS})")
    before = connection.execute("SELECT current_database(), current_schema()").fetchone()
    assert before is not None
    connection.execute(f"USE {quoted(staged.database)}")
    try:
        for table in staged.tables:
            if table.spec.ignore is None:
                _run(connection, staged, table, findings)
            if table.malformed:
                connection.execute(
                    f"INSERT INTO {findings} SELECT ?, concat(file, ':', line), ?, 'value_format', NULL, 'malformed', 'quarantine', say, ? FROM {table.malformed_in}",
                    [table.name, f"{table.name}.malformed", table.load_id],
                )
    finally:
        connection.execute(f"USE {quoted(before[0])}.{quoted(before[1])}")
    return findings


def _rules(staged: Staged, table: StagedTable) -> list[tuple[Check, str]]:
    spec = table.spec
    rules = [(check, f"({check.when}\n)") for check in spec.checks]
    if spec.part_of:
        rules.append(_orphan(staged, spec))
    if staged.spec.kind in ("csv", "excel"):
        rules += [_scientific(spec, column) for column in dict.fromkeys([*spec.key, *spec.identifiers]) if column in table.columns]
    return rules


def _orphan(staged: Staged, spec: TableSpec) -> tuple[Check, str]:
    assert spec.part_of is not None
    parent = spec.part_of
    on = " AND ".join(
        f"CAST(_parent.{quoted(theirs)} AS VARCHAR) = CAST(_row.{quoted(mine)} AS VARCHAR)" for mine, theirs in parent.on.items()
    )
    label = staged.table(parent.table).spec.label
    check = Check(
        id=f"{spec.name}.part_of",
        family="orphan",
        column=next(iter(parent.on)),
        kind="orphan",
        when="",
        action="quarantine",
        say=f"{spec.label} 找不到它所属的{label}（{parent.table}）",
        line=spec.line,
    )
    return check, f"NOT EXISTS (SELECT 1 FROM {quoted(parent.table)} _parent WHERE {on})"


def _scientific(spec: TableSpec, column: str) -> tuple[Check, str]:
    in_key = column in spec.key
    check = Check(
        id=f"{spec.name}.{column}.scientific",
        family="value_format",
        column=column,
        kind="scientific",
        when="",
        action="quarantine" if in_key else "flag",
        say=f"{column} 被表格软件改成了科学计数，末几位已丢失，无法还原",
        line=spec.line,
    )
    return check, f"regexp_full_match(CAST(_row.{quoted(column)} AS VARCHAR), {literal(_SCIENTIFIC)})"


def _run(connection: duckdb.DuckDBPyConnection, staged: Staged, table: StagedTable, findings: str) -> None:
    rules = _rules(staged, table)
    if not rules:
        return
    hits = ", ".join(f"CASE WHEN {condition} THEN {number} END" for number, (_, condition) in enumerate(rules))
    meta = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(rules))
    values: list[object] = []
    for number, (check, _) in enumerate(rules):
        values += [number, check.id, check.family, check.column, check.kind, check.action, check.say]
    query = f"""
        INSERT INTO {findings}
        SELECT {literal(table.name)}, found._key, rule.id, rule.family, rule.column_name, rule.kind, rule.action, rule.say,
               found._load_id
        FROM (SELECT _key, _load_id, unnest(list_filter([{hits}], lambda hit: hit IS NOT NULL)) AS number
              FROM {table.qualified} AS _row) AS found
        JOIN (VALUES {meta}) AS rule(number, id, family, column_name, kind, action, say) USING (number)"""
    try:
        connection.execute(query, values)
    except duckdb.Error as error:
        raise _faulty(connection, staged, table, rules, error) from None


def _faulty(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    table: StagedTable,
    rules: list[tuple[Check, str]],
    error: duckdb.Error,
) -> InputError:
    """Find the rule that fails: each is tried alone."""
    for check, condition in rules:
        try:
            connection.execute(f"SELECT count(*) FROM {table.qualified} AS _row WHERE {condition}").fetchall()
        except duckdb.Error as found:
            return InputError(
                "check.failed",
                f"规则 {check.id} 执行不了：{str(found).splitlines()[0]}",
                hint="列的取值可能转换不了，用 TRY_CAST、cn_number、cn_time",
                where=f"{staged.spec.file.name}:{check.line}",
            )
    return InputError("check.failed", f"表 {table.name} 的规则执行不了：{str(error).splitlines()[0]}", where=staged.spec.file.name)
