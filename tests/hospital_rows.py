"""A small random hospital 小医院 made straight in DuckDB from the table declarations, seeded; plain rows for oracles."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa

from yishu.hospital.model import Model, model

Row = dict[str, object]
DEPARTMENTS = [
    ("D0403", "骨科", "外科"),
    ("D0301", "心血管内科", "内科"),
    ("D0401", "普通外科", "外科"),
    ("D1000", "儿科", "儿科"),
]
WARDS = [
    ("W1", "骨科一病区", "HQ", "D0403"),
    ("W2", "心内科一病区", "HQ", "D0301"),
    ("W3", "普外科一病区", "EAST", "D0401"),
]
CAMPUSES = [("HQ", "总院"), ("EAST", "东院区")]
STAFF = [
    ("S1", "王磊", "王磊(骨科)", "D0403"),
    ("S2", "李娜", "李娜(心血管内科)", "D0301"),
    ("S3", "王磊", "王磊(普通外科)", "D0401"),
    ("S4", "陈静", "陈静(儿科)", "D1000"),
]
DRUGS = [("M1", "阿司匹林"), ("M2", "头孢曲松"), ("M3", "头孢曲松")]
NOW = datetime(2025, 7, 15, 8, 30)
FIRST, LAST = date(2024, 5, 1), date(2025, 7, 14)


def random_hospital(seed: int, size: int = 160, tables: Model | None = None) -> dict[str, list[Row]]:
    """Rows of every table a metric reads; nulls, refunds and odd values included."""
    r = random.Random(seed)
    known = tables or model()
    rows: dict[str, list[Row]] = {
        "department": [
            {"department": d, "name": n, "department_group": g, "clinical": True} for d, n, g in DEPARTMENTS
        ],
        "ward": [{"ward": w, "name": n, "campus": c, "department": d} for w, n, c, d in WARDS],
        "campus": [{"campus": c, "name": n} for c, n in CAMPUSES],
        "staff": [{"staff": s, "name": n, "label": label, "department": d} for s, n, label, d in STAFF],
        "drug": [{"drug": d, "name": n} for d, n in DRUGS],
    }
    for name in (
        "visit",
        "stay",
        "front_page",
        "charge",
        "surgery",
        "lab_report",
        "exam",
        "survey",
        "appointment",
        "critical_value",
        "dispense",
        "drg_case",
    ):
        rows[name] = [_any_row(r, known, name, i) for i in range(size)]
    _stays(r, rows, size)
    for row in rows["charge"]:
        row["visit_department"] = r.choice([row["department"], row["visit_department"]])
    _days(r, rows)
    for name, listed in rows.items():
        for i, row in enumerate(listed):
            row |= {"source": "his", "source_table": name.upper(), "source_key": f"{name}-{i:04d}", "known_from": NOW}
    return rows


def _any_row(r: random.Random, known: Model, name: str, i: int) -> Row:
    table = known.table(name)
    row: Row = {}
    for column in table.columns:
        row[column.name] = (
            None if r.random() < 0.04 else _value(r, column.name, column.type, column.values, column.codes)
        )
    row[table.key[0]] = f"{name}-{i}"
    if name == "visit":
        row["visit_class"] = r.choice(["门诊", "门诊", "急诊", "体检"])
        start = _moment(r)
        row |= {
            "visit_date": start.date(),
            "checked_in_at": start,
            "started_at": start + timedelta(seconds=r.randint(-600, 30000)),
        }
        row["status"] = r.choice(["已就诊", "已就诊", "已就诊", "退号"])
        if r.random() < 0.1:
            row["checked_in_at"] = None
    if name == "surgery":
        row["status"] = r.choice(["完成", "完成", "取消"])
    if name == "drg_case":
        row["status"] = r.choice(["入组", "入组", "QY"])
    if name == "lab_report":
        row["version"] = r.choice([1, 1, 2])
    if name == "appointment":
        row["status"] = r.choice(["已就诊", "爽约", "已取消"])
    if name == "front_page":
        row["disposition"] = r.choice(["医嘱离院", "死亡", "其他", None])
    return row


def _value(r: random.Random, name: str, kind: str, values: tuple[str, ...], codes: str | None) -> object:
    if codes == "department" or name.endswith("department"):
        return r.choice(DEPARTMENTS)[0]
    if codes == "ward" or name == "ward":
        return r.choice(WARDS)[0]
    if codes == "campus" or name == "campus":
        return r.choice(CAMPUSES)[0]
    if codes == "staff" or name == "doctor":
        return r.choice(STAFF)[0]
    if codes == "drug" or name == "drug":
        return r.choice(DRUGS)[0]
    if codes == "diagnosis" or name == "main_diagnosis":
        return r.choice(["肺炎", "脑梗死", "股骨颈骨折"])
    if values:
        return r.choice(values)
    return {
        "text": lambda: f"t{r.randint(0, 9)}",
        "bigint": lambda: r.randint(1, 50),
        "int": lambda: r.randint(0, 95),
        "bool": lambda: r.random() < 0.5,
        "date": lambda: _moment(r).date(),
        "timestamp": lambda: _moment(r),
        "decimal": lambda: Decimal(r.randint(0, 900000)).scaleb(-4),
        "money": lambda: Decimal(r.randint(-20000, 90000)).scaleb(-2),
    }[kind]()


def _moment(r: random.Random) -> datetime:
    day = FIRST + timedelta(days=r.randint(0, (LAST - FIRST).days))
    return datetime(day.year, day.month, day.day, r.randint(0, 23), r.randint(0, 59), r.choice([0, 0, 17]))


def _stays(r: random.Random, rows: dict[str, list[Row]], size: int) -> None:
    for i in range(size):
        stay, page, case = rows["stay"][i], rows["front_page"][i], rows["drg_case"][i]
        admitted = _moment(r)
        days = r.randint(0, 20)
        left = admitted + timedelta(days=days)
        stay |= {"stay_id": f"ZY-{i}", "admitted_at": admitted, "length_of_stay": max(days, 1), "discharged_at": left}
        stay["status"] = r.choice(["出院", "出院", "出院", "在院", "取消"])
        if stay["status"] == "在院":
            stay |= {"discharged_at": None, "length_of_stay": None}
        stay["readmission_due"] = left.date() + timedelta(days=31)
        page |= {"stay_id": f"ZY-{i}", "discharged_at": left}
        case |= {"stay_id": f"ZY-{i}", "discharged_at": left, "grouper": "CHS"}
    rows["front_page"] = rows["front_page"][: size * 4 // 5]
    rows["transfer"] = [
        {
            "transfer_id": f"T{i}",
            "stay_id": f"ZY-{r.randrange(size)}",
            "from_department": r.choice(DEPARTMENTS)[0],
            "to_department": r.choice(DEPARTMENTS)[0],
            "kind": "转科",
        }
        for i in range(size // 4)
    ]
    for row in rows["dispense"]:
        row["stay_id"] = f"ZY-{r.randrange(size)}"


def _days(r: random.Random, rows: dict[str, list[Row]]) -> None:
    rows["bed_day"], rows["stock_day"] = [], []
    day = LAST - timedelta(days=430)
    while day <= LAST:
        for ward, _, campus, department in WARDS:
            if r.random() < 0.2:
                rows["bed_day"].append(
                    {
                        "date": day,
                        "ward": ward,
                        "department": department,
                        "campus": campus,
                        "open_beds": r.randint(5, 9),
                        "occupied_beds": r.randint(0, 9),
                        "same_day_stays": r.choice([0, 1, None]),
                    }
                )
        if r.random() < 0.15:
            for store in range(2):
                rows["stock_day"].append(
                    {
                        "date": day,
                        "store": f"K{store}",
                        "department": r.choice(DEPARTMENTS)[0],
                        "campus": "HQ",
                        "drug": r.choice([*DRUGS, (None, "")])[0],
                        "batch": f"B{store}",
                        "cost": Decimal(r.randint(0, 99999)).scaleb(-2),
                    }
                )
        day += timedelta(days=1)


def warehouse(
    rows: dict[str, list[Row]], tables: Model | None = None, history: dict[str, list[Row]] | None = None
) -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse `wh` holding these rows; every declared table exists."""
    known = tables or model()
    connection = duckdb.connect(config={"threads": "1"})
    connection.execute("ATTACH ':memory:' AS wh")
    for schema in ("hospital", "history"):
        connection.execute(f"CREATE SCHEMA wh.{schema}")
        for table in known.tables.values():
            columns = ", ".join(f'"{name}" {kind}' for name, kind in table.stored)
            connection.execute(f'CREATE TABLE wh.{schema}."{table.name}" ({columns})')
    for schema, listed in (("hospital", rows), ("history", history or {})):
        for name, table_rows in listed.items():
            stored = [c for c, _ in known.table(name).stored]
            if table_rows:
                batch = pa.table({c: [row.get(c) for row in table_rows] for c in stored if c != "flags"})
                connection.register("batch", batch)
                connection.execute(f'INSERT INTO wh.{schema}."{name}" BY NAME SELECT * FROM batch')
                connection.unregister("batch")
    return connection
