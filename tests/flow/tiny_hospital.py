"""A tiny hospital 小医院: two SQLite systems, a few patients, every kind of quirk; for tests of load."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from yishu.kernel import Settings

CARD = "11010519900307881X"

FILES = {
    "hospital.yaml": """
name: 小医院
demo: true
small_cell: 5
calendar: {known_to: time, holidays: calendar.csv}
campuses: [{id: HQ, name: 总院}]
departments:
  - {id: D01, name: 内科, group: 内科, catalog: '03', clinical: true}
  - {id: D02, name: 外科, group: 外科, catalog: '04', clinical: true}
wards:
  - id: W01
    name: 一病区
    campus: HQ
    department: D01
    beds: [{department: D01, since: 2025-01-01, open: 10}, {department: D02, since: 2025-01-01, open: 4}]
""",
    "calendar.csv": "date,name,kind\n2025-01-01,元旦,休\n2025-01-26,春节,班\n",
    "sources/mz.yaml": """
label: 门诊
kind: sqlite
address: ${YISHU_HOME}/sources/mz.db
owner: 门诊部
tables:
  BR:
    label: 病人
    key: [ID]
    identifiers: {XM: name, SFZ: id_card, DH: phone}
    checks:
      - {id: mz.card, family: bad_id, column: SFZ, kind: checksum, when: "SFZ <> '' AND NOT id_card_valid(SFZ)", action: flag, say: 身份证号校验位不符}
  GH:
    label: 挂号
    key: [XH]
    checks:
      - {id: mz.time, family: time_order, column: SJ, kind: future, when: "SJ > '2030'", action: quarantine, say: 时间在将来}
  FZ: {label: 分诊, key: [XH], part_of: {table: GH, on: {GHXH: XH}}}
  KS: {label: 科室, key: [ID], ignore: {rule: dictionary, say: 只作字典用}}
""",
    "sources/zy.yaml": """
label: 住院
kind: sqlite
address: ${YISHU_HOME}/sources/zy.db
owner: 住院处
tables:
  RY: {label: 入院, key: [ZYH], identifiers: {XM: name, SFZ: id_card}}
  ZK: {label: 转科, key: [XH]}
""",
    "mappings/mz/patient.sql": """
SELECT ID AS local_id, 'BR' AS source_table, _key AS source_key, XM AS name, SFZ AS id_card, DH AS phone,
       CASE XB WHEN '1' THEN '男' WHEN '2' THEN '女' END AS gender, cn_date(CS) AS birth_date, cn_time(JD) AS registered_at
FROM BR
""",
    "mappings/mz/visit.sql": """
SELECT 'MZ-' || g.XH AS visit_id, 'GH' AS source_table, g._key AS source_key, 'mz' AS patient_source, g.BR AS patient_local_id,
       '门诊' AS visit_class, CAST(g.SJ AS DATE) AS visit_date, g.KS AS department, 'HQ' AS campus,
       CAST(g.SJ AS TIMESTAMP) AS registered_at, CAST(f.JZ AS TIMESTAMP) AS started_at,
       CASE WHEN f.XH IS NULL THEN '爽约' ELSE '已就诊' END AS status, g.ZD AS diagnosis,
       CASE WHEN g.ZT = '2' THEN 'red' END AS ignored
FROM GH g LEFT JOIN FZ f ON f.GHXH = g.XH
""",
    "mappings/zy/patient.sql": """
SELECT DISTINCT ON (BRID) BRID AS local_id, 'RY' AS source_table, _key AS source_key, XM AS name, SFZ AS id_card, cn_date(CS) AS birth_date, '男' AS gender
FROM RY ORDER BY BRID, ZYH
""",
    "mappings/zy/stay.sql": """
SELECT 'ZY-' || ZYH AS stay_id, 'RY' AS source_table, _key AS source_key, 'zy' AS patient_source, BRID AS patient_local_id,
       CAST(RY AS TIMESTAMP) AS admitted_at, CAST(CY AS TIMESTAMP) AS discharged_at, KS AS department, KS AS admit_department,
       'W01' AS ward, 'W01' AS admit_ward, 'HQ' AS campus,
       CASE ZT WHEN '9' THEN '取消' WHEN '8' THEN '出院' ELSE '在院' END AS status
FROM RY
""",
    "mappings/zy/transfer.sql": """
SELECT 'ZK-' || XH AS transfer_id, 'ZK' AS source_table, _key AS source_key, 'ZY-' || ZYH AS stay_id, '转科' AS kind,
       YKS AS from_department, XKS AS to_department, 'W01' AS from_ward, 'W01' AS to_ward, CAST(SJ AS TIMESTAMP) AS moved_at
FROM ZK
""",
    "codes/department.csv": "source,source_code,source_name,standard_code,since,until\nmz,01,内科,D01,,\nmz,02,老外科,D01,,2025-01-04\nmz,02,外科,D02,2025-01-05,\nzy,1,内科,D01,,\nzy,2,外科,D02,,\n",
    "codes/diagnosis.csv": "source,source_code,source_name,standard_code,since,until\n*,I21*,,急性心肌梗死,,\n*,I21.9*,,未特指的心梗,,\n*,J*,,呼吸系统疾病,,\n",
}

TABLES = {
    "mz": {
        "BR": ("ID INTEGER, XM TEXT, XB TEXT, CS TEXT, SFZ TEXT, DH TEXT, JD TEXT", [
            (1, "张三丰", "1", "19900307", CARD, "13812345678", "2025-01-01 08:00"),
            (2, "张三丰", "1", "19900307", CARD, "13900000001", "2025-01-03 08:00"),
            (3, "李四", "2", "19850101", "110105198501010000", "13700000002", "2025-01-02 08:00"),
            (4, "王五", "1", "19000101", "", "13700000002", "2025-01-02 09:00"),
        ]),
        "GH": ("XH INTEGER, BR INTEGER, KS TEXT, SJ TEXT, ZT TEXT, ZD TEXT", [
            (1, 1, "01", "2025-01-02 08:10:00", "0", "I21.001"),
            (2, 2, "02", "2025-01-03 09:10:00", "0", "I21.901"),
            (3, 3, "02", "2025-01-05 09:10:00", "0", "J18.900"),
            (4, 3, "99", "2025-01-05 10:10:00", "0", None),
            (5, 77, "01", "2025-01-05 11:10:00", "0", None),
            (6, 4, "01", "2035-01-05 11:10:00", "0", None),
            (7, 1, "01", "2025-01-02 12:00:00", "2", None),
        ]),
        "FZ": ("XH INTEGER, GHXH INTEGER, JZ TEXT", [(1, 1, "2025-01-02 08:40:00"), (2, 2, "2025-01-03 09:40:00"), (3, 999, None)]),
        "KS": ("ID TEXT, MC TEXT", [("01", "内科"), ("02", "外科")]),
    },
    "zy": {
        "RY": ("ZYH INTEGER, BRID INTEGER, XM TEXT, SFZ TEXT, CS TEXT, RY TEXT, CY TEXT, KS INTEGER, ZT TEXT", [
            (100, 9, "张三丰", CARD, "1990-03-07", "2025-01-02 10:00:00", "2025-01-06 10:00:00", 2, "8"),
            (101, 9, "张三丰", CARD, "1990-03-07", "2025-01-07 10:00:00", None, 1, "0"),
            (102, 8, "赵六", "", "1970-01-01", "2025-01-04 09:00:00", "2025-01-04 20:00:00", 1, "8"),
            (103, 8, "赵六", "", "1970-01-01", "2025-01-05 09:00:00", None, 1, "9"),
        ]),
        "ZK": ("XH INTEGER, ZYH INTEGER, YKS INTEGER, XKS INTEGER, SJ TEXT", [(1, 100, 1, 2, "2025-01-04 15:00:00"), (2, 555, 1, 2, "2025-01-04 15:00:00")]),
    },
}  # fmt: skip


def build(folder: Path, now: str = "2025-01-08T08:00:00") -> Settings:
    """Write the folder and its systems; settings that look at them."""
    for name, text in FILES.items():
        path = folder / "hospital" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    home = folder / "home"
    (home / "sources").mkdir(parents=True, exist_ok=True)
    for source, tables in TABLES.items():
        with sqlite3.connect(home / "sources" / f"{source}.db") as database:
            for table, (columns, rows) in tables.items():
                database.execute(f"CREATE TABLE {table} ({columns})")
                database.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        database.close()
    return at(folder, now)


def at(folder: Path, now: str) -> Settings:
    """The same hospital at another time."""
    return Settings.of(folder / "hospital", folder / "home", {"YISHU_NOW": now})


def change(folder: Path, source: str, sql: str) -> None:
    """The source system goes on working."""
    with sqlite3.connect(folder / "home" / "sources" / f"{source}.db") as database:
        database.execute(sql)
    database.close()
