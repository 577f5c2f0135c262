"""Error-leak panel 报错泄露: no error, and no missing error, tells of a row the viewer may not see.

Each expression fails on one poisoned row of another department. Placed in the list, filter, group, order, join or aggregate of a
statement over `security.scope`, the engine must answer as if the poisoned row were not there; and what the metric centre raises never
carries a word of the data or of the engine.
"""

from __future__ import annotations

from functools import lru_cache

import duckdb
import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu.kernel.errors import YishuError
from yishu.metrics import MetricQuery, centre, measure, store
from yishu.security import Viewer, bound, scope

HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
CANARY = "canary_张三_13800001111"
EXPRESSIONS = (
    "CAST(diagnosis AS INTEGER)", "CAST(diagnosis AS DATE)", "CAST(diagnosis AS DECIMAL(4,1))", "CAST(diagnosis AS BOOLEAN)",
    "CAST(age_years AS TINYINT)", "age_years * 9223372036854775807", "CAST(age_years * 1000000 AS SMALLINT)", "sqrt(-age_years)",
    "ln(-age_years)", "strptime(diagnosis, '%Y-%m-%d')", "CAST(diagnosis || '-01' AS TIMESTAMP)", "error(diagnosis)",
    "repeat(diagnosis, age_years)", "chr(age_years * 1000)", "factorial(age_years)", "date_trunc(diagnosis, visit_date)",
)  # fmt: skip
PLACES = (
    "SELECT {e} AS x FROM ({s}) ORDER BY visit_id",
    "SELECT visit_id FROM ({s}) WHERE {e} IS NOT NULL ORDER BY 1",
    "SELECT count(*) FROM ({s}) GROUP BY {e} ORDER BY 1",
    "SELECT visit_id FROM ({s}) ORDER BY {e}, visit_id",
    "SELECT max({e}) FROM ({s})",
    "SELECT a.visit_id FROM ({s}) a JOIN (SELECT visit_id AS v, {e} AS x FROM ({s})) b ON a.visit_id = b.v ORDER BY 1",
)


@lru_cache(maxsize=2)
def hospital(poisoned: bool):  # type: ignore[no-untyped-def]
    rows = random_hospital(11, 60)
    for row in rows["visit"]:
        row |= {"age_years": 5, "diagnosis": "2025"}
        if row["department"] is None:
            row["department"] = "D0301"
    if poisoned:
        bad = next(r for r in rows["visit"] if r["department"] == "D0301")
        bad |= {"age_years": 2000000000, "diagnosis": CANARY}
    return warehouse(rows)


def said(poisoned: bool, statement: str) -> object:
    text, parameters = bound(scope(HEAD, "visit", centre().tables))
    try:
        return hospital(poisoned).execute(statement.replace("{s}", text), parameters).fetchall()
    except duckdb.Error as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("place", range(len(PLACES)))
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_poisoned_row_beyond_the_scope_is_not_felt(expression: str, place: int) -> None:
    statement = PLACES[place].replace("{e}", expression)
    clean, poisoned = said(False, statement), said(True, statement)
    assert clean == poisoned and CANARY not in str(poisoned)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_metric_centre_says_nothing_of_the_engine(expression: str) -> None:

    with store.reading(hospital(True), 5) as reader, pytest.raises(YishuError) as refused:
        reader._run(f"SELECT {expression}, error(diagnosis) FROM wh.hospital.visit", {})
    told = str(refused.value.as_json())
    assert "canary" not in told and "13800001111" not in told and "Error" not in told and "diagnosis" not in told


HOSTILE = (
    {"metrics": ["outpatient_visits"], "filters": [{"dimension": "diagnosis", "op": "=", "values": ["' OR 1=1 --"]}]},
    {"metrics": ["outpatient_visits"], "filters": [{"dimension": "diagnosis", "op": "in", "values": [CANARY]}]},
    {"metrics": ["outpatient_visits"], "dimensions": ["diagnosis"], "order": {"by": "outpatient_visits"}, "limit": 1},
    {"metrics": ["outpatient_visits"], "having": [{"metric": "outpatient_visits", "op": ">", "value": 1e308}]},
    {"metrics": ["outpatient_visits"], "filters": [{"dimension": "diagnosis", "op": "in", "values": ["x"] * 10000}]},
    {"metrics": ["outpatient_visits"], "time": {"start": "0001-01-01", "end": "9999-12-30"}},
    {"metrics": ["outpatient_visits"], "filters": [{"dimension": "department", "op": "=", "values": ["心血管内科"]}]},
    {"metrics": ["outpatient_visits"], "filters": [{"dimension": "department", "op": "=", "values": ["心血管"]}]},
    {"metrics": ["outpatient_visits"], "as_of": "0001-01-01T00:00:00"},
)  # fmt: skip


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_hostile_questions_are_answered_alike_with_and_without_hidden_rows(place: int) -> None:
    told = []
    for poisoned in (False, True):
        try:
            answer = measure(HEAD, MetricQuery.parse(HOSTILE[place]), centre(), hospital(poisoned), lambda: NOW).as_json()
            answer.pop("elapsed_ms")
        except YishuError as error:
            answer = error.as_json()  # type: ignore[assignment]
        told.append(answer)
    assert told[0] == told[1] and CANARY not in str({k: v for k, v in told[1].items() if k != "query"})
