"""Questions asked of a small hospital: order, limits, having, comparisons, refusals, time, as-of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from tests.property.metrics_oracle import Oracle
from yishu.kernel.errors import InputError, NotPermitted, YishuError
from yishu.metrics import MetricQuery, centre, measure, sql, values
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
AUDITOR = Viewer("auditor", "auditor", "审计员")
PHARMACIST = Viewer("pharmacist", "pharmacist", "药师")


@lru_cache(maxsize=1)
def hospital():  # type: ignore[no-untyped-def]
    made = random_hospital(7, 150)
    return warehouse(made), Oracle(made, NOW)


def asked(viewer: Viewer = DIRECTOR, **query: object):  # type: ignore[no-untyped-def]
    return measure(viewer, MetricQuery.parse(query), centre(), hospital()[0], lambda: NOW)


def test_rows_are_ordered_with_ties_by_dimension_and_unknown_last() -> None:
    answer = asked(
        metrics=["discharges"], dimensions=["department", "quarter"], order={"by": "discharges", "dir": "desc"}
    )
    told = [(r[2], r[0], r[1]) for r in answer.rows]
    assert told == sorted(told, key=lambda t: (-t[0], t[1] is None, t[1] or "", t[2]))
    assert answer.columns[0].as_json() == {"id": "department", "label": "科室", "role": "dimension"}


def test_the_first_of_each_and_then_the_limit() -> None:
    every = asked(metrics=["discharges"], dimensions=["department", "month"], order={"by": "discharges", "dir": "desc"})
    few = asked(
        metrics=["discharges"],
        dimensions=["department", "month"],
        order={"by": "discharges", "dir": "desc"},
        limit_by={"dimension": "department", "n": 2},
        limit=5,
        totals=True,
    )
    kept, seen = [], {}
    for row in every.rows:
        seen[row[0]] = seen.get(row[0], 0) + 1
        if seen[row[0]] <= 2:
            kept.append(row)
    assert list(few.rows) == kept[:5]
    assert few.totals[0].rows[0][0] == sum(r[2] for r in every.rows)


def test_having_may_name_another_metric_or_a_comparison_not_shown() -> None:
    every = asked(
        metrics=["avg_length_of_stay", "discharges"],
        dimensions=["month"],
        time={"start": "2025-01-01", "end": "2025-06-30"},
        compare=["mom"],
    )
    kept = asked(
        metrics=["avg_length_of_stay"],
        dimensions=["month"],
        time={"start": "2025-01-01", "end": "2025-06-30"},
        having=[{"metric": "discharges.mom_diff", "op": ">", "value": 0}],
    )
    ids = [c.id for c in every.columns]
    rising = [r for r in every.rows if (r[ids.index("discharges.mom_diff")] or 0) > 0]
    assert [r[:2] for r in kept.rows] == [r[:2] for r in rising]
    assert len(kept.columns) == 2


def test_month_on_month_meets_the_month_before() -> None:
    answer = asked(
        metrics=["revenue"], dimensions=["month"], time={"start": "2025-01-01", "end": "2025-06-30"}, compare=["mom"]
    )
    wide = {r[0]: r[1] for r in asked(metrics=["revenue"], dimensions=["month"]).rows}
    order = sorted(wide)
    for row in answer.rows:
        assert row[2] == wide[order[order.index(row[0]) - 1]]


def test_a_running_month_is_compared_with_the_same_elapsed_days() -> None:
    answer = asked(
        metrics=["outpatient_visits"], time={"start": "2025-07-01", "end": "2025-07-31"}, compare=["yoy", "mom"]
    )
    told = answer.as_json()["range"]
    last = answer.data_through.date().isoformat()[5:]
    assert told["compare"]["yoy"] == {"start": "2024-07-01", "end": f"2024-{last}"}
    assert told["compare"]["mom"] == {"start": "2025-06-01", "end": f"2025-06-{last[3:]}"}


def test_whole_quarters_go_back_by_quarters_and_a_custom_base_is_its_own() -> None:
    told = asked(
        metrics=["surgeries"],
        time={"start": "2025-04-01", "end": "2025-06-30"},
        compare=["mom", "custom"],
        compare_base={"start": "2024-05-01", "end": "2024-05-31"},
    ).as_json()["range"]
    assert told["compare"]["mom"] == {"start": "2025-01-01", "end": "2025-03-31"}
    assert told["compare"]["custom"] == {"start": "2024-05-01", "end": "2024-05-31"}


def test_a_comparison_outside_what_is_known_is_unknown() -> None:
    (row,) = asked(metrics=["discharges"], time={"start": "2024-06-01", "end": "2024-06-30"}, compare=["yoy"]).rows
    assert row[0] is not None and row[1:] == (None, None, None)


def test_several_facts_meet_without_fan_out() -> None:
    both = asked(metrics=["outpatient_visits", "discharges", "revenue"], dimensions=["department"])
    for place, metric in enumerate(("outpatient_visits", "discharges", "revenue"), 1):
        alone = {r[0]: r[1] for r in asked(metrics=[metric], dimensions=["department"]).rows}
        assert {r[0]: r[place] for r in both.rows if r[place]} == {k: v for k, v in alone.items() if v}


def test_minutes_and_another_time_axis() -> None:
    _, oracle = hospital()
    answer = asked(
        metrics=["imaging_exams"], time={"start": "2025-01-01T08:00", "end": "2025-06-30T12:30", "on": "request"}
    )
    low, high = datetime(2025, 1, 1, 8), datetime(2025, 6, 30, 12, 31)
    true = [
        r
        for r in oracle.rows["exam"]
        if r["status"] == "已完成" and r["requested_at"] and low <= r["requested_at"] < high
    ]
    assert answer.rows == ((len(true),),)
    assert answer.as_json()["query"]["time"] == {
        "start": "2025-01-01T08:00",
        "end": "2025-06-30T12:30",
        "on": "request",
    }


def test_open_windows_and_missing_front_pages_are_named() -> None:
    made = random_hospital(7, 150)
    made["front_page"] = made["front_page"][:20]
    query = {
        "metrics": ["readmission_rate_31d", "mortality_rate"],
        "time": {"start": "2025-01-01", "end": "2025-07-14"},
    }
    answer = measure(DIRECTOR, MetricQuery.parse(query), centre(), warehouse(made), lambda: NOW)
    why = {i.metric: i for i in answer.incomplete}
    assert why["readmission_rate_31d"].why == "window_open" and why["readmission_rate_31d"].count
    assert why["mortality_rate"].why == "rows_missing" and "首页未齐" in why["mortality_rate"].say


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"metrics": ["outpatient_visit"]}, "metric.unknown"),
        ({"metrics": ["discharges"], "dimensions": ["departmen"]}, "dimension.unknown"),
        ({"metrics": ["discharges"], "dimensions": ["channel"]}, "dimension.not_allowed"),
        ({"metrics": ["discharges"], "time": {"start": "2025-02-30", "end": "2025-03-01"}}, "query.time"),
        ({"metrics": ["discharges"], "time": {"start": "2025-03-02", "end": "2025-03-01"}}, "query.time"),
        (
            {"metrics": ["discharges"], "time": {"start": "2025-03-01", "end": "2025-03-02", "on": "visit"}},
            "query.axis",
        ),
        (
            {"metrics": ["discharges"], "filters": [{"dimension": "campus", "op": "in", "values": ["x"] * 10_001}]},
            "query.too_many_values",
        ),
        (
            {"metrics": ["discharges"], "filters": [{"dimension": "department", "op": "in", "values": ["骨可"]}]},
            "member.unknown",
        ),
        (
            {"metrics": ["discharges"], "filters": [{"dimension": "month", "op": "in", "values": ["2025-13"]}]},
            "member.bad",
        ),
        ({"metrics": ["discharges"], "fliters": []}, "query.key"),
        ({"metrics": []}, "query.no_metric"),
        ({"metrics": ["discharges"], "limit": 0}, "query.type"),
        ({"metrics": ["discharges"], "compare": ["custom"]}, "query.compare"),
        ({"metrics": ["bed_occupancy_rate"], "dimensions": ["hour"]}, "query.no_clock"),
        ({"metrics": ["discharges"], "order": {"by": "discharges.wow"}}, "query.column"),
        ([1], "query.type"),
    ],
)
def test_bad_questions_are_refused_with_the_right_word(query: object, code: str) -> None:
    with pytest.raises(InputError) as caught:
        measure(DIRECTOR, MetricQuery.parse(query), centre(), hospital()[0], lambda: NOW)
    assert caught.value.code == code
    assert caught.value.message


def test_ten_thousand_values_are_taken() -> None:
    names = [f"t{i}" for i in range(9_998)] + ["肺炎", None]
    answer = asked(metrics=["outpatient_visits"], filters=[{"dimension": "diagnosis", "op": "in", "values": names}])
    assert answer.rows[0][0] > 0


def test_names_ids_and_what_lies_below() -> None:
    by_name = asked(
        metrics=["discharges"], filters=[{"dimension": "department", "op": "in", "values": ["骨科", "普通外科"]}]
    ).rows
    assert (
        by_name
        == asked(
            metrics=["discharges"], filters=[{"dimension": "department", "op": "in", "values": ["D0403", "D0401"]}]
        ).rows
    )
    assert (
        by_name
        == asked(metrics=["discharges"], filters=[{"dimension": "department", "op": "in", "values": ["外科"]}]).rows
    )
    assert (
        by_name
        == asked(
            metrics=["discharges"], filters=[{"dimension": "department_group", "op": "=", "values": ["外科"]}]
        ).rows
    )
    year = asked(metrics=["discharges"], filters=[{"dimension": "month", "op": "=", "values": ["2025"]}]).rows
    assert year == asked(metrics=["discharges"], filters=[{"dimension": "year", "op": "=", "values": ["2025"]}]).rows


def test_nobody_without_a_right_gets_a_number() -> None:
    with pytest.raises(NotPermitted) as caught:
        asked(AUDITOR, metrics=["discharges"])
    assert caught.value.exit_status == 3
    assert asked(PHARMACIST, metrics=["stock_value"]).rows == asked(metrics=["stock_value"]).rows
    with pytest.raises(NotPermitted):
        asked(PHARMACIST, metrics=["outpatient_visits"])
    nobody = Viewer("x", "unheard", "无名")
    with pytest.raises(NotPermitted):
        asked(nobody, metrics=["outpatient_visits"])


def test_a_head_keeps_another_department_role_he_sets_himself() -> None:
    answer = asked(
        HEAD, metrics=["revenue"], filters=[{"dimension": "exec_department", "op": "in", "values": ["骨科"]}]
    )
    assert [f.dimension for f in answer.query.filters] == ["exec_department"]
    assert (
        answer.rows
        == asked(metrics=["revenue"], filters=[{"dimension": "exec_department", "op": "in", "values": ["骨科"]}]).rows
    )
    with pytest.raises(NotPermitted):
        asked(HEAD, metrics=["revenue"], filters=[{"dimension": "exec_department", "op": "in", "values": ["儿科"]}])
    with pytest.raises(NotPermitted):
        asked(HEAD, metrics=["revenue"], filters=[{"dimension": "department_group", "op": "in", "values": ["外科"]}])


def test_the_number_as_it_was_known() -> None:
    made = random_hospital(3, 60)
    early, late = NOW - timedelta(days=40), NOW - timedelta(days=10)
    for row in made["charge"]:
        row["known_from"] = early
    before = sum(
        r["amount"] or 0 for r in made["charge"] if r["patient_class"] in ("门急诊", "住院") and r["charged_at"]
    )
    changed = next(r for r in made["charge"] if r["patient_class"] == "住院" and r["charged_at"] and r["amount"])
    history = {"charge": [{**changed, "known_until": late}]}
    changed["amount"], changed["known_from"] = changed["amount"] * 3, late
    con = warehouse(made, history=history)
    query = MetricQuery.parse({"metrics": ["revenue"]})
    then = measure(DIRECTOR, replace(query, as_of=late - timedelta(hours=1)), centre(), con, lambda: NOW)
    now = measure(DIRECTOR, query, centre(), con, lambda: NOW)
    assert then.rows[0][0] == float(before)
    assert now.rows[0][0] != then.rows[0][0]


def test_engine_errors_say_nothing() -> None:
    con = warehouse(random_hospital(1, 5))
    con.execute("DROP TABLE wh.hospital.visit")
    with pytest.raises(YishuError) as caught:
        measure(DIRECTOR, MetricQuery.parse({"metrics": ["outpatient_visits"]}), centre(), con, lambda: NOW)
    assert caught.value.exit_status == 4 and "visit" not in str(caught.value.as_json())


def test_the_cursor_is_read_only_and_the_sql_is_bound() -> None:
    con, _ = hospital()
    written = sql(
        DIRECTOR,
        MetricQuery.parse(
            {
                "metrics": ["discharges"],
                "filters": [{"dimension": "diagnosis", "op": "=", "values": ["x'; DROP TABLE stay; --"]}],
            }
        ),
        centre(),
        con,
        lambda: NOW,
    )
    assert "DROP" not in written.split("-- $p1")[0]


def test_value_lists_show_a_head_his_own_departments() -> None:
    con, _ = hospital()
    assert [m.label for m in values(HEAD, "department", centre(), con).values] == ["骨科"]
    assert len(values(DIRECTOR, "department", centre(), con).values) == 4
    assert [m.label for m in values(DIRECTOR, "doctor", centre(), con, "王磊").values] == [
        "王磊(骨科)",
        "王磊(普通外科)",
    ]
