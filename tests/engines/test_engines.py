"""One definition, the same answer on every engine 四个引擎同一答案; an absent engine is skipped by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.engines.cases import QUESTIONS, imported, rows, same, written
from tests.hospital_rows import NOW, random_hospital, warehouse
from tests.needs import ROOT
from tests.unit.metrics.test_missing_is_not_zero import SPAN, hospital
from yishu.kernel import InputError
from yishu.metrics import MetricQuery, centre
from yishu.metrics.certify import certify
from yishu.metrics.compile import SYSTEM, compiled
from yishu.metrics.compile.dialect import text_of
from yishu.metrics.engines import Engine, engine_named, statement
from yishu.metrics.outside import outside_query
from yishu.metrics.plan import Extent, fact_times, plan

CERTIFIED = (
    "avg_length_of_stay", "bed_turnover", "lab_tat_minutes", "stock_value", "wait_minutes", "outpatient_patients",
    "k_people_7d", "k_revenue_mtd", "k_stay_p90", "k_beds_first", "k_beds_mean", "k_beds_max", "k_booked_seen", "k_not_back",
)  # fmt: skip


@pytest.mark.parametrize(
    "engine",
    [
        "duckdb",
        pytest.param("postgres", marks=pytest.mark.needs("postgres")),
        pytest.param("clickhouse", marks=pytest.mark.needs("chdb")),
        pytest.param("spark", marks=pytest.mark.needs("spark")),
    ],
)
@pytest.mark.filterwarnings("default")
def test_every_question_is_answered_alike(engine: str, tmp_path: Path) -> None:
    given, hospital, wrong = imported(), rows(), []
    with engine_named(engine) as ready:
        ready.load_parquet(written(tmp_path))
        for question in QUESTIONS[::3] if engine == "spark" else QUESTIONS:  # a session of Spark is slow; all of them agree too
            _, told = ready.rows(statement(ready, outside_query(given.centre, question.query)))
            reason = same(told, question.answer(hospital), len(question.query.by))
            if reason:
                wrong.append(f"{question.name}: {reason}")
        wrong += missing_is_not_zero(ready, tmp_path)
    assert not wrong, wrong


def missing_is_not_zero(engine: Engine, folder: Path) -> list[str]:
    """A sum of unknown amounts stays unknown and no rows are zero, joined or whole, on this engine."""
    house, made = centre(), hospital(None)
    files = []
    for name in ("charge", "visit", "department"):
        stored = [c for c, kind in house.tables.table(name).stored if not kind.endswith("[]")]
        own = folder / f"{name}.parquet"
        with warehouse({name: made[name]}) as connection:
            listed = ", ".join(f'"{c}"' for c in stored)
            pq.write_table(connection.execute(f"SELECT {listed} FROM wh.hospital.{name}").to_arrow_table(), own)
        files.append(own)
    engine.load_parquet(files)
    span = Extent(datetime(2024, 6, 10), datetime(2025, 7, 1))
    wrong = []
    for query, true in (
        ({"metrics": ["revenue", "drug_cost_ratio"], "time": SPAN}, {(): (None, None)}),
        ({"metrics": ["revenue", "outpatient_visits"], "dimensions": ["department"], "time": SPAN}, {("骨科",): (None, 6), ("心血管内科",): (0, 6)}),
    ):
        asked = MetricQuery.parse(query)
        known = dict.fromkeys(fact_times(asked, house), span)
        _, told = engine.rows(statement(engine, compiled(plan(asked, (), asked.dimensions, house, known, NOW), SYSTEM, house)))
        width = len(asked.dimensions)
        found = {tuple(row[:width]): tuple(None if c is None else int(c) for c in row[width:]) for row in told}  # type: ignore[call-overload]
        if found != true:
            wrong.append(f"{query['metrics']}: {found}")
    return wrong


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="oracle"):
        text_of(outside_query(imported().centre, QUESTIONS[0].query), "oracle")


@pytest.mark.needs("postgres")
@pytest.mark.filterwarnings("default")
def test_library_metrics_are_certified_on_postgres() -> None:
    whole = centre(ROOT / "tests" / "golden" / "kinds")
    few = {n: whole.by_id[n] for n in CERTIFIED}
    connection = warehouse(random_hospital(4, 60))
    found = certify(replace(whole, by_id=few), connection, ["postgres"], NOW)
    connection.close()
    assert [c for c in found if c.outcome != "equal"] == []
    assert len(found) == len(CERTIFIED)


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "clickhouse", "spark"])
def test_no_engine_is_asked_for_an_approximation(engine: str) -> None:
    """SQLGlot writes PERCENTILE_APPROX for Spark, 6.0 where the median of an even number of rows is 6.5."""
    house, span = centre(ROOT / "tests" / "golden" / "kinds"), Extent(datetime(2024, 6, 10), datetime(2025, 7, 1))
    for metric in ("lab_tat_minutes", "stay_days_median", "k_stay_p90", "outpatient_patients"):
        asked = MetricQuery.parse({"metrics": [metric], "dimensions": ["month"]})
        known = dict.fromkeys(fact_times(asked, house), span)
        text, _ = text_of(compiled(plan(asked, (), asked.dimensions, house, known, NOW), SYSTEM, house), engine)
        assert "approx" not in text.lower() and "uniq(" not in text.lower(), text
