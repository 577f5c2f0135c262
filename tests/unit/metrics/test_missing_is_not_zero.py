"""Missing is not zero 未知不是零: rows without an amount make a sum unknown, no rows make it zero, on every way to ask."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.hospital_rows import NOW, Row, random_hospital, warehouse
from yishu.metrics import MetricQuery, centre, measure
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
SPAN = {"start": "2025-03-01", "end": "2025-03-31"}


def hospital(amount: object) -> dict[str, list[Row]]:
    """One charge in March without an amount beside one of a known amount earlier; visits of two departments in March."""
    made = random_hospital(3, 12)
    first, other = made["charge"][:2]
    common = {"patient_class": "住院", "fin_category": "西药", "department": "D0403", "campus": "HQ"}
    first |= {**common, "amount": amount, "charged_at": datetime(2025, 3, 10, 9)}
    other |= {**common, "amount": 5, "charged_at": datetime(2024, 6, 10, 9)}
    made["charge"] = [first, other, {**other, "charge_id": "later", "charged_at": datetime(2025, 7, 1)}]
    for i, row in enumerate(made["visit"]):
        row |= {"visit_class": "门诊", "status": "已就诊", "visit_date": datetime(2025, 3, 5).date(), "department": ("D0403", "D0301")[i % 2], "campus": "HQ"}
    return made


@pytest.mark.parametrize("amount,told", [(None, None), (7, 7)])
def test_a_sum_of_unknown_amounts_is_unknown(amount: object, told: object) -> None:
    connection = warehouse(hospital(amount))

    def ask(**more: object) -> tuple[tuple[object, ...], ...]:
        query = MetricQuery.parse({"metrics": ["revenue"], "time": SPAN, **more})
        return measure(DIRECTOR, query, centre(), connection, lambda: NOW).rows

    assert ask() == ((told,),)
    assert ask(dimensions=["department"]) == (("骨科", told),)
    joined = {row[0]: row[1] for row in ask(metrics=["revenue", "outpatient_visits"], dimensions=["department"])}
    assert joined == {"骨科": told, "心血管内科": 0}
    compared = ask(compare=["mom"])[0]
    assert compared[0] == told and compared[1] == 0
    assert ask(time={"start": "2025-04-01", "end": "2025-04-30"}) == ((0,),)
    connection.close()


def test_a_ratio_over_unknown_amounts_is_unknown() -> None:
    made = hospital(None)
    known = {**made["charge"][0], "charge_id": "known", "amount": 20, "fin_category": "检查"}
    made["charge"].append(known)
    connection = warehouse(made)
    query = MetricQuery.parse({"metrics": ["drug_cost_ratio"], "time": SPAN})
    assert measure(DIRECTOR, query, centre(), connection, lambda: NOW).rows == ((None,),)
    made["charge"] = [c for c in made["charge"] if c["charge_id"] != made["charge"][0]["charge_id"]]
    assert measure(DIRECTOR, query, centre(), warehouse(made), lambda: NOW).rows == ((0.0,),)
