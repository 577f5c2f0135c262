"""Large tables 大表: made column-wise inside DuckDB, seeded, directly in the hospital tables' shape (design §5.4).

Full size: 1 M persons, 20 M visits, 3 M stays, 20 M charges. `scale` shrinks all alike.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb

from yishu.hospital import Model, model

BLOCK = 1_000_000
_OWN = ("visit_id", "stay_id", "charge_id", "source_key", "patient_key", "person_id")
"""Columns that differ in every row."""
PERSONS = 1_000_000
VISITS = 20_000_000
STAYS = 3_000_000
CHARGES = 20_000_000
FIRST_DAY = "DATE '2021-01-01'"
DAYS = 5 * 365
DEPARTMENTS = 25
DOCTORS = 400
SYSTEM = {
    "source": "'bench'",
    "source_table": "'BENCH'",
    "source_key": "i::VARCHAR",
    "load_id": "'bench-1'",
    "rule_version": "1",
    "known_from": "TIMESTAMP '2026-01-01'",
}


def _draw(salt: int, below: int) -> str:
    return f"(hash(i * 1000003 + {salt}) % {below})::INTEGER"


def _pick(salt: int, *values: str) -> str:
    listed = ", ".join(f"'{v}'" for v in values)
    return f"[{listed}][1 + {_draw(salt, len(values))}]"


DAY = f"({FIRST_DAY} + {_draw(1, DAYS)})"
AT = f"({DAY}::TIMESTAMP + INTERVAL (28800 + {_draw(2, 30000)}) SECOND)"
DEPARTMENT = f"'D' || lpad({_draw(3, DEPARTMENTS)}::VARCHAR, 4, '0')"
DOCTOR = f"'S' || lpad({_draw(4, DOCTORS)}::VARCHAR, 4, '0')"
CAMPUS = _pick(5, "HQ", "HQ", "HQ", "EAST", "WEST")
INSURANCE = _pick(6, "城镇职工医保", "城乡居民医保", "异地医保", "自费", "商业保险")
WHO = {"gender": _pick(7, "男", "女"), "age_years": _draw(8, 95), "patient_key": "1 + (hash(i) % {persons})::BIGINT"}
SHARED = {"department": DEPARTMENT, "doctor": DOCTOR, "campus": CAMPUS, "insurance_type": INSURANCE, **WHO}

TABLES: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "patient": (
        PERSONS,
        {"patient_key": "i + 1", "person_id": "i + 1 - i % 20 // 19", "gender": WHO["gender"], "birth_date": f"DATE '1935-01-01' + {_draw(10, 32000)}"},
    ),
    "visit": (
        VISITS,
        {
            **SHARED,
            "visit_id": "'MZ-' || i",
            "visit_class": _pick(11, *["门诊"] * 9, "急诊"),
            "visit_date": DAY,
            "channel": _pick(12, "微信", "APP", "自助机", "窗口", "电话"),
            "visit_type": _pick(13, "初诊", "复诊"),
            "registered_at": AT,
            "checked_in_at": AT,
            "started_at": f"{AT} + INTERVAL ({_draw(14, 90)}) MINUTE",
            "status": _pick(15, *["已就诊"] * 19, "退号"),
        },
    ),
    "stay": (
        STAYS,
        {
            **SHARED,
            "stay_id": "'ZY-' || i",
            "admitted_at": AT,
            "discharged_at": f"{AT} + INTERVAL (1 + {_draw(16, 15)}) DAY",
            "admit_department": DEPARTMENT,
            "status": "'出院'",
            "length_of_stay": f"1 + {_draw(16, 15)}",
            "recorded_at": AT,
        },
    ),
    "charge": (
        CHARGES,
        {
            **SHARED,
            "charge_id": "'C-' || i",
            "visit_id": "'MZ-' || i",
            "patient_class": _pick(17, "门急诊", "住院"),
            "fin_category": _pick(18, "西药", "中成药", "卫生材料", "检查", "化验", "治疗", "手术", "诊察", "床位", "护理"),
            "exec_department": DEPARTMENT,
            "quantity": "1",
            "amount": f"({_draw(19, 200000)} / 100.0)::DECIMAL(18,2)",
            "charged_at": AT,
            "recorded_at": AT,
        },
    ),
}


def make_empty(connection: duckdb.DuckDBPyConnection, tables: Model | None = None) -> None:
    """Every declared table, without rows."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS wh.hospital; CREATE SCHEMA IF NOT EXISTS wh.history")
    for table in (tables or model()).tables.values():
        columns = ", ".join(f'"{name}" {kind}' for name, kind in table.stored)
        for schema in ("hospital", "history"):
            connection.execute(f'CREATE OR REPLACE TABLE wh.{schema}."{table.name}" ({columns})')


def make(connection: duckdb.DuckDBPyConnection, *, scale: float = 1.0, tables: Model | None = None) -> dict[str, int]:
    """Create and fill `wh.hospital.*` of an open warehouse; rows by table.

    Dimension tables are small and come first; tables not named in TABLES are made empty.
    """
    make_empty(connection, tables)
    _dimensions(connection)
    persons = max(1, round(PERSONS * scale))
    made = {}
    for name, (rows, columns) in TABLES.items():
        count = max(1, round(rows * scale))
        began = time.monotonic()
        _fill(connection, name, count, {**columns, **SYSTEM}, persons)
        made[name] = count
        sys.stderr.write(f"  {name}: {count:,} rows in {time.monotonic() - began:.1f} s\n")
    return made


def _fill(connection: duckdb.DuckDBPyConnection, name: str, count: int, said: Mapping[str, str], persons: int) -> None:
    """A block of rows drawn once, then laid down again and again under new keys: drawing costs more than writing."""
    block = min(count, BLOCK)
    listed = ", ".join(f'"{c}"' for c in said)
    said = {c: v.replace("{persons}", str(persons)) for c, v in said.items()}
    drawn = {c: v for c, v in said.items() if c not in _OWN}
    columns = ", ".join(f'{v} AS "{c}"' for c, v in drawn.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE block AS SELECT i, {columns} FROM range({block}) t(i)")
    for start in range(0, count, block):
        values = ", ".join(f'"{c}"' if c in drawn else v for c, v in said.items())
        rows = min(block, count - start)
        connection.execute(
            f'INSERT INTO wh.hospital."{name}" ({listed}) SELECT {values} FROM (SELECT * REPLACE (i + {start} AS i) FROM block WHERE i < {rows})'
        )
    connection.execute("DROP TABLE temp.block")


def _dimensions(connection: duckdb.DuckDBPyConnection) -> None:
    insert = connection.execute
    insert("INSERT INTO wh.hospital.campus (campus, name) VALUES ('HQ', '总院'), ('EAST', '东院区'), ('WEST', '西院区')")
    insert(
        f"""INSERT INTO wh.hospital.department (department, name, department_group, clinical, sort)
        SELECT 'D' || lpad(i::VARCHAR, 4, '0'), '科室' || i, ['内科', '外科', '妇产', '儿科', '五官'][1 + i % 5], true, i FROM range({DEPARTMENTS}) t(i)"""
    )
    insert(
        f"""INSERT INTO wh.hospital.staff (staff, name, label, category, department)
        SELECT 'S' || lpad(i::VARCHAR, 4, '0'), '医生' || i, '医生' || i, '医师', 'D' || lpad((i % {DEPARTMENTS})::VARCHAR, 4, '0') FROM range({DOCTORS}) t(i)"""
    )
    insert(
        f"""INSERT INTO wh.hospital.calendar (date, week, month, quarter, year, weekday, workday)
        SELECT d::DATE, date_trunc('week', d), date_trunc('month', d), date_trunc('quarter', d), date_trunc('year', d), isodow(d), isodow(d) < 6
        FROM (SELECT {FIRST_DAY} + i::INTEGER AS d FROM range({DAYS + 400}) t(i))"""
    )


def main() -> None:
    """`python -m bench.fixtures HOME [SCALE]`."""
    from yishu.kernel.duck import warehouse_instance

    home = Path(sys.argv[1])
    scale = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    connection = warehouse_instance(home)
    print(make(connection, scale=scale))
    connection.close()


if __name__ == "__main__":
    main()
