"""MIMIC-IV 演示数据的四十个数: the hospital tables of `hospitals/mimic` against plain Python over the CSV files.

The expected side reads the gzipped CSV with the csv module alone and shares nothing with mappings or engine.
"""

from __future__ import annotations

import csv
import gzip
import os
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from tests.accounting import balance, csv_rows, sheet
from yishu.flow.receipt import LoadReceipt

FOLDER = Path(__file__).parents[2] / "hospitals" / "mimic"
_MIMIC = os.environ.get("YISHU_MIMIC_DIR")
DATA = Path(_MIMIC) if _MIMIC else Path(os.environ.get("YISHU_DATA_DIR") or FOLDER.parents[2] / "shared" / "data") / "mimic-iv-demo"

pytestmark = pytest.mark.skipif(not (DATA / "hosp").is_dir(), reason="MIMIC-IV 演示数据不在（YISHU_MIMIC_DIR）")


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one CSV file 源文件的行."""
    (path,) = DATA.glob(f"*/{name}.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stays() -> Iterator[tuple[dict[str, str], datetime, datetime, int]]:
    for row in rows("admissions"):
        begin, end = moment(row["admittime"]), moment(row["dischtime"])
        yield row, begin, end, max(1, (end.date() - begin.date()).days)


def last_service() -> dict[str, str]:
    last: dict[str, tuple[str, str]] = {}
    for row in rows("services"):
        last[row["hadm_id"]] = max(last.get(row["hadm_id"], ("", "")), (row["transfertime"], row["curr_service"]))
    return {key: service for key, (_, service) in last.items()}


def last_unit() -> dict[str, str]:
    last: dict[str, tuple[str, str]] = {}
    for row in rows("transfers"):
        if row["hadm_id"] and row["eventtype"] in ("admit", "transfer"):
            last[row["hadm_id"]] = max(last.get(row["hadm_id"], ("", "")), (row["intime"], row["careunit"]))
    return {key: unit for key, (_, unit) in last.items()}


def mean_by(key: Callable[[dict[str, str]], str]) -> dict[str, float]:
    days: dict[str, list[int]] = defaultdict(list)
    for row, _, _, length in stays():
        days[key(row)].append(length)
    return {name: round(sum(each) / len(each), 6) for name, each in days.items()}


def counted(name: str, column: str, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> dict[str | None, int]:
    return dict(Counter(row[column] or None for row in rows(name) if keep(row)))


def readmitted(days: int) -> tuple[int, int]:
    """Living discharges followed by another admission of the person within so many days (by date), and living discharges."""
    begun: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row, begin, _, _ in stays():
        begun[row["subject_id"]].append((begin, row["hadm_id"]))
    hit = living = 0
    for row, _, end, _ in stays():
        if row["hospital_expire_flag"] == "1":
            continue
        living += 1
        hit += any(
            begin >= end and (begin.date() - end.date()).days <= days
            for begin, stay in begun[row["subject_id"]]
            if stay != row["hadm_id"]
        )
    return hit, living


def lab_minutes(keep: Callable[[dict[str, str]], bool]) -> float:
    """Median minutes 采样至结果 over specimens (first draw to last result filed)."""
    specimen: dict[str, list[datetime]] = {}
    for row in rows("labevents"):
        if not keep(row) or not row["storetime"]:
            continue
        drawn, filed = moment(row["charttime"]), moment(row["storetime"])
        if row["specimen_id"] in specimen:
            seen = specimen[row["specimen_id"]]
            specimen[row["specimen_id"]] = [min(seen[0], drawn), max(seen[1], filed)]
        else:
            specimen[row["specimen_id"]] = [drawn, filed]
    return statistics.median((b - a).total_seconds() / 60 for a, b in specimen.values())


def midnights() -> int:
    """Midnight bed days 床位日: midnights between admission and discharge, over all stays."""
    return sum((end.date() - begin.date()).days for _, begin, end, _ in stays())


def unit_midnights() -> dict[str, int]:
    """Midnights spent in each care unit after admission 各单元床位日."""
    spent: dict[str, int] = defaultdict(int)
    for row in rows("transfers"):
        if row["eventtype"] in ("admit", "transfer") and row["outtime"]:
            nights = (moment(row["outtime"]).date() - moment(row["intime"]).date()).days
            if nights:
                spent[row["careunit"]] += nights
    return dict(spent)


def top(counts: dict[str | None, int], n: int) -> list[tuple[str | None, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] or ""))[:n]


def title(code: str, version: str) -> str:
    return titles()[(code, version)]


@cache
def titles() -> dict[tuple[str, str], str]:
    return {(row["icd_code"], row["icd_version"]): row["long_title"] for row in rows("d_icd_diagnoses")}


def ages() -> dict[str, int]:
    anchor = {row["subject_id"]: int(row["anchor_age"]) - int(row["anchor_year"]) for row in rows("patients")}
    return {row["hadm_id"]: anchor[row["subject_id"]] + begin.year for row, begin, _, _ in stays()}


def band(years: int) -> str:
    return "75+" if years >= 75 else "60-74" if years >= 60 else "45-59" if years >= 45 else "15-44"


LOS = "sum(length_of_stay)::DOUBLE / count(*)"
TURNAROUND = (
    "SELECT median(date_diff('second', s.collected_at, r.published_at) / 60.0) FROM hospital.lab_report r"
    " JOIN hospital.lab_sample s USING (sample_id) WHERE r.published_at IS NOT NULL"
)
AGAIN = (
    "SELECT count(*) FILTER (again), count(*) FROM (SELECT s.stay_id, EXISTS (SELECT 1 FROM hospital.stay o WHERE o.patient_key = s.patient_key"
    " AND o.stay_id <> s.stay_id AND o.admitted_at >= s.discharged_at"
    " AND date_diff('day', s.discharged_at::DATE, o.admitted_at::DATE) <= {days}) AS again"
    " FROM hospital.stay s JOIN hospital.front_page f USING (stay_id) WHERE f.disposition IS DISTINCT FROM '死亡')"
)
ROUTE = {"EMERGENCY ROOM": "急诊", "CLINIC REFERRAL": "门诊", "PHYSICIAN REFERRAL": "门诊", "WALK-IN/SELF REFERRAL": "门诊"}


def route(place: str) -> str:
    return "其他医疗机构转入" if place.startswith("TRANSFER FROM") else ROUTE.get(place, "其他")


Expected = Callable[[], object]
FIGURES: dict[str, tuple[str, Expected]] = {
    # 规模与分布
    "患者数": ("SELECT count(*) FROM hospital.patient", lambda: len(rows("patients"))),
    "按性别患者数": ("SELECT gender, count(*) FROM hospital.patient GROUP BY 1", lambda: {"男" if k == "M" else "女": v for k, v in counted("patients", "gender").items()}),
    "有死亡日期的患者": ("SELECT count(died_on) FROM hospital.patient", lambda: sum(1 for r in rows("patients") if r["dod"])),
    "住院数": ("SELECT count(*) FROM hospital.stay", lambda: len(rows("admissions"))),
    "按入院类型": ("SELECT admit_type, count(*) FROM hospital.stay GROUP BY 1", lambda: counted("admissions", "admission_type")),
    "按入院途径": ("SELECT admit_route, count(*) FROM hospital.stay GROUP BY 1", lambda: dict(Counter(route(r["admission_location"]) for r in rows("admissions")))),
    "按离院去向": ("SELECT disposition_code, count(*) FROM hospital.front_page GROUP BY 1", lambda: counted("admissions", "discharge_location")),
    "按出院科室": ("SELECT department, count(*) FROM hospital.stay GROUP BY 1", lambda: dict(Counter(last_service().values()))),
    "按出院病区": ("SELECT w.name, count(*) FROM hospital.stay s JOIN hospital.ward w USING (ward) GROUP BY 1", lambda: dict(Counter(UNITS[u] for u in last_unit().values()))),
    "按年龄段住院": (
        "SELECT CASE WHEN age_years >= 75 THEN '75+' WHEN age_years >= 60 THEN '60-74' WHEN age_years >= 45 THEN '45-59' ELSE '15-44' END, count(*) FROM hospital.stay GROUP BY 1",
        lambda: dict(Counter(band(age) for age in ages().values())),
    ),
    "住院最多的患者次数": ("SELECT max(n) FROM (SELECT count(*) AS n FROM hospital.stay GROUP BY patient_key)", lambda: max(counted("admissions", "subject_id").values())),
    # 结局
    "院内死亡": ("SELECT count(*) FROM hospital.front_page WHERE disposition = '死亡'", lambda: sum(r["hospital_expire_flag"] == "1" for r in rows("admissions"))),
    "按科室院内死亡": (
        "SELECT department, count(*) FROM hospital.front_page WHERE disposition = '死亡' GROUP BY 1",
        lambda: dict(Counter(last_service()[r["hadm_id"]] for r in rows("admissions") if r["hospital_expire_flag"] == "1")),
    ),
    "非医嘱离院": ("SELECT count(*) FROM hospital.front_page WHERE disposition = '非医嘱离院'", lambda: sum(r["discharge_location"] == "AGAINST ADVICE" for r in rows("admissions"))),
    "30天再入院": (AGAIN.format(days=30), lambda: readmitted(30)),
    "7天再入院": (AGAIN.format(days=7), lambda: readmitted(7)),
    # 住院日与床位日
    "平均住院日": (f"SELECT round({LOS}, 6) FROM hospital.stay", lambda: round(statistics.fmean(n for *_, n in stays()), 6)),
    "住院日中位数": ("SELECT median(length_of_stay) FROM hospital.stay", lambda: statistics.median(n for *_, n in stays())),
    "最长住院日": ("SELECT max(length_of_stay) FROM hospital.stay", lambda: max(n for *_, n in stays())),
    "按入院类型平均住院日": (f"SELECT admit_type, round({LOS}, 6) FROM hospital.stay GROUP BY 1", lambda: mean_by(lambda r: r["admission_type"])),
    "按科室平均住院日": (f"SELECT department, round({LOS}, 6) FROM hospital.stay GROUP BY 1", lambda: mean_by(lambda r: last_service()[r["hadm_id"]])),
    "按病区平均住院日": (f"SELECT w.name, round({LOS}, 6) FROM hospital.stay JOIN hospital.ward w USING (ward) GROUP BY 1", lambda: mean_by(lambda r: UNITS[last_unit()[r["hadm_id"]]])),
    "总床位日（24时）": ("SELECT sum(date_diff('day', admitted_at::DATE, discharged_at::DATE)) FROM hospital.stay", midnights),
    "按单元床位日": (
        "SELECT to_ward_code, sum(nights) FROM (SELECT to_ward_code, kind, date_diff('day', moved_at::DATE, (lead(moved_at) OVER (PARTITION BY stay_id ORDER BY moved_at, transfer_id))::DATE) AS nights"
        " FROM hospital.transfer WHERE kind IS NOT NULL) WHERE kind IN ('入院', '转床') AND nights > 0 GROUP BY 1",
        unit_midnights,
    ),
    # 转移与重症
    "转移数": ("SELECT count(*) FROM hospital.transfer", lambda: len(rows("transfers"))),
    "按类型转移": (
        "SELECT kind, count(*) FROM hospital.transfer GROUP BY 1",
        lambda: {{"admit": "入院", "transfer": "转床", "discharge": "出院", "ED": None}[str(k)]: v for k, v in counted("transfers", "eventtype").items()},
    ),
    "转科（换服务）的住院": ("SELECT count(*) FROM hospital.stay WHERE department <> admit_department", lambda: sum(first != last for first, last in first_and_last())),
    "重症入住": ("SELECT count(*) FROM hospital.icu_stay", lambda: len(rows("icustays"))),
    "按重症病房平均天数": (
        "SELECT first_unit, round(avg(days::DOUBLE), 2) FROM hospital.icu_stay GROUP BY 1",
        lambda: {unit: round(statistics.fmean(round(float(r["los"]), 4) for r in rows("icustays") if r["first_careunit"] == unit), 2) for unit in {r["first_careunit"] for r in rows("icustays")}},
    ),
    # 检验与微生物
    "检验结果行": ("SELECT count(*) FROM hospital.lab_result", lambda: len(rows("labevents"))),
    "异常检验结果": ("SELECT count(*) FROM hospital.lab_result WHERE flag = 'abnormal'", lambda: sum(r["flag"] == "abnormal" for r in rows("labevents"))),
    "带比较符的结果": ("SELECT count(*) FROM hospital.lab_result WHERE comparator IS NOT NULL", lambda: sum(r["value"].lstrip().startswith(("<", ">")) for r in rows("labevents"))),
    "检验项目前十": (
        "SELECT item, count(*) AS n FROM hospital.lab_result GROUP BY 1 ORDER BY n DESC, item LIMIT 10",
        lambda: top(counted("labevents", "itemid"), 10),
    ),
    "检验周转中位数（分钟）": (TURNAROUND, lambda: lab_minutes(lambda r: True)),
    "住院检验周转中位数（分钟）": (TURNAROUND + " AND r.patient_class = '住院'", lambda: lab_minutes(lambda r: bool(specimen_stay().get(r["specimen_id"])))),
    "微生物行与分离株": (
        "SELECT count(*), count(organism) FROM hospital.microbiology",
        lambda: (len(rows("microbiologyevents")), sum(bool(r["org_name"]) for r in rows("microbiologyevents"))),
    ),
    # 诊断、操作、DRG、用药
    "诊断前十": (
        "SELECT name, count(*) AS n FROM hospital.diagnosis GROUP BY code, edition, name ORDER BY n DESC, name LIMIT 10",
        lambda: top({title(*pair): n for pair, n in Counter((r["icd_code"], r["icd_version"]) for r in rows("diagnoses_icd")).items()}, 10),
    ),
    "主要诊断数": ("SELECT count(*) FROM hospital.diagnosis WHERE main", lambda: sum(r["seq_num"] == "1" for r in rows("diagnoses_icd"))),
    "手术操作行": ("SELECT count(*) FROM hospital.procedure", lambda: len(rows("procedures_icd")) + len(rows("hcpcsevents"))),
    "按分组器DRG": ("SELECT grouper, count(*) FROM hospital.drg_case GROUP BY 1", lambda: counted("drgcodes", "drg_type")),
    "用药医嘱药品前十": (
        "SELECT name, count(*) AS n FROM hospital.medical_order WHERE source_table = 'prescriptions' GROUP BY 1 ORDER BY n DESC, name LIMIT 10",
        lambda: top(counted("prescriptions", "drug"), 10),
    ),
    "给药执行按事件": ("SELECT event, count(*) FROM hospital.administration GROUP BY 1", lambda: merged("emar", "event_txt")),
    "观测行": ("SELECT kind, count(*) FROM hospital.observation GROUP BY 1", lambda: {kind: len(rows(name)) for name, kind in KINDS.items()}),
}
KINDS = {
    "chartevents_vitals_from_meds": "生命体征", "inputevents": "入量", "ingredientevents": "入量成分", "outputevents": "出量",
    "procedureevents": "重症操作", "datetimeevents": "日期型", "omr": "门诊体征",
}  # fmt: skip


def merged(name: str, column: str) -> dict[str | None, int]:
    return dict(Counter(row[column].strip() or None for row in rows(name)))


@cache
def specimen_stay() -> dict[str, str]:
    return {row["specimen_id"]: row["hadm_id"] for row in rows("labevents") if row["hadm_id"]}


def first_and_last() -> list[tuple[str, str]]:
    first: dict[str, tuple[str, str]] = {}
    for row in rows("services"):
        here = (row["transfertime"], row["curr_service"])
        first[row["hadm_id"]] = min(first.get(row["hadm_id"], here), here)
    return [(first[stay][1], last) for stay, last in last_service().items()]


def _units() -> dict[str, str]:
    with (FOLDER / "codes" / "ward.csv").open(encoding="utf-8", newline="") as file:
        return {row["source_code"]: row["source_name"] for row in csv.DictReader(file)}


UNITS = _units()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoadReceipt, duckdb.DuckDBPyConnection]]:
    """The MIMIC folder loaded once into a fresh home: what the load says, and the warehouse."""
    from yishu import flow
    from yishu.kernel.duck import warehouse_instance
    from yishu.kernel.settings import Settings

    home = tmp_path_factory.mktemp("mimic")
    settings = Settings.of(FOLDER, home, {"YISHU_MIMIC_DIR": str(DATA), "YISHU_NOW": "2025-07-15T08:30:00"})
    receipt = flow.load(settings)
    connection = warehouse_instance(home)
    yield receipt, connection
    connection.close()


@pytest.fixture(scope="module")
def warehouse(loaded: tuple[LoadReceipt, duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    return loaded[1]


def test_every_row_is_accounted_for(loaded: tuple[LoadReceipt, duckdb.DuckDBPyConnection]) -> None:
    """All 30 tables placed or ignored by a named rule 收支平衡; `-s` prints the account."""
    receipt, _ = loaded
    print("\n" + sheet(receipt))
    files = {p.name.removesuffix(".csv.gz"): p for p in DATA.glob("*/*.csv.gz")}
    balance(receipt, lambda _source, table: csv_rows(files[table]))
    assert {t.table for s in receipt.sources for t in s.tables} == set(files)


@pytest.mark.parametrize("name", FIGURES)
def test_figure_equals_the_csv_files(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    sql, expected = FIGURES[name]
    found = shaped(warehouse.execute(sql).fetchall(), ordered="LIMIT" in sql)
    assert found == plain(expected()), name


def shaped(found: list[tuple[object, ...]], *, ordered: bool) -> object:
    """Rows as a value 值: one cell, one tuple, a list in order, or a dictionary by the first column."""
    if ordered:
        return [tuple(plain(cell) for cell in row) for row in found]
    if len(found) == 1 and len(found[0]) == 1:
        return plain(found[0][0])
    if len(found) == 1 and all(isinstance(cell, int) for cell in found[0]):
        return tuple(found[0])
    return {row[0]: plain(row[1]) for row in found}


def plain(value: object) -> object:
    if isinstance(value, dict | list | tuple | int | str) or value is None:
        return value
    return round(float(str(value)), 6)


def test_every_source_row_is_accounted_for(warehouse: duckdb.DuckDBPyConnection) -> None:
    receipts = warehouse.execute(
        "SELECT source_table, sum(rows_in), sum(placed + merged + flagged + quarantined + ignored) FROM quality.receipt GROUP BY 1"
    ).fetchall()
    accounted = {table: (int(came), int(went)) for table, came, went in receipts}
    names = {path.name.removesuffix(".csv.gz") for path in DATA.glob("*/*.csv.gz")}
    assert {name: accounted[name] for name in names} == {name: (len(rows(name)), len(rows(name))) for name in names}


def test_dates_stay_inside_the_person() -> None:
    """Dates are shifted per patient 日期已平移: the folder must say so, or metrics would be compared across persons."""
    assert "known_to: shifted" in (FOLDER / "hospital.yaml").read_text(encoding="utf-8")
    spans = [moment(r["admittime"]).date() for r in rows("admissions")]
    assert max(spans) - min(spans) > timedelta(days=365 * 30) and min(spans) > date(2100, 1, 1)
