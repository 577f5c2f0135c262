"""A small golden for each segment as FHIR: what the field lines of the v2-to-FHIR tables give."""

from typing import Any

import pytest

from yishu.integration.adapters.fhir import bundle
from yishu.integration.adapters.hl7v2 import Message

HEAD = "MSH|^~\\&|HIS|总院|YS|YS|20260101||ADT^A01|1|P|2.5.1\rPID|1||123^^^HIS^MR||欧阳^锋\r"


def made(tail: str, kind: str) -> list[dict[str, Any]]:
    told: Any = bundle(Message(HEAD + tail))
    return [e["resource"] for e in told["entry"] if e["resource"]["resourceType"] == kind]


def test_nk1_is_a_contact_of_the_patient_each_his_own() -> None:
    (patient,) = made("NK1|1|黄^蓉|SPO||||C|20240101\rNK1|2|郭^靖|FTH\r", "Patient")
    assert [c["name"][0]["family"] for c in patient["contact"]] == ["黄", "郭"]
    assert patient["contact"][0]["period"] == {"start": "2024-01-01"}
    assert [r["name"][0]["family"] for r in made("NK1|1|黄^蓉|SPO\rNK1|2|郭^靖|FTH\r", "RelatedPerson")] == ["黄", "郭"]


def test_in1_gives_plan_and_group_and_in2_adds_to_it() -> None:
    (policy,) = made("IN1|1|JB^职工医保|O9|医保局||||G7\rIN2|E1|||||MC77\r", "Coverage")
    assert [(c["type"]["coding"]["code"], c["value"]) for c in policy["class"]] == [("plan", "JB"), ("group", "G7")]
    assert {"value": "MC77"} in policy["identifier"]
    assert {"value": "MC77"} in made("IN1|1|JB\rIN2|E1|||||MC77\r", "Patient")[0]["identifier"]


def test_a_note_belongs_to_what_it_follows() -> None:
    tail = "OBR|1|P1||GLU\rNTE|1||空腹||7^王\\S\\^五|20260101\rOBX|1|NM|G^糖||5\rNTE|1||复查\r"
    assert made(tail, "ServiceRequest")[0]["note"] == [{"text": "空腹", "time": "2026-01-01"}]
    assert made(tail, "Observation")[0]["note"] == [{"text": "复查"}]


@pytest.mark.parametrize(
    ("tail", "kind", "path", "wanted"),
    [
        ("EVN|A01|20260101|||||门诊楼^1.2.3\r", "Location", ("name",), "门诊楼"),
        ("PRD|RP|赵^一|||||88^X^^20270101|20260101\r", "PractitionerRole", ("identifier", 0, "value"), "88"),
        ("RF1|A|R|Med|||R-1|20260101\r", "ServiceRequest", ("identifier", 0, "value"), "R-1"),
        ("AUT||||20260101|20260201|AU-1|175&CNY\r", "ClaimResponse", ("preAuthRef",), "AU-1"),
        ("PDA|I21|||20260101\r", "Condition", ("recordedDate",), "2026-01-01"),
        ("INV|S1|OK|RC|C-4|||||25||ML|20270131\r", "Substance", ("instance", "expiry"), "2027-01-31"),
        ("PR1|1||P1^切除||20260101|D\r", "Procedure", ("category", 0, "coding", 0, "code"), "D"),
        ("SCH|A-1\rAIS|1||B超^腹部\r", "ServiceRequest", ("code", 0, "coding", 0, "code"), "B超"),
        ("OBX|1|NM|8867-4^心率||60~120|/min\r", "Observation", ("component", 1, "valueQuantity", "value"), 120),
        ("OBX|1|DR|P^时段||20260101^20260102\r", "Observation", ("valuePeriod", 0, "end"), "2026-01-02"),
        ("ORC|NW|P1\rRXO|D1^药||||||||G|||||||||5|mg\r", "MedicationRequest", ("strength", "value"), 5),
    ],
)  # fmt: skip
def test_a_segment_says(tail: str, kind: str, path: tuple[str | int, ...], wanted: object) -> None:
    found: Any = made(tail, kind)[0]
    for step in path:
        found = found[step]
    assert found == wanted


def test_an_orders_timing_stands_before_or_after_its_obr() -> None:
    one, two = made("ORC|NW|P1\rTQ1|1|2|BID\rOBR|1|P1||A\rOBR|2|P2||B\r", "ServiceRequest")
    assert "timing" in one and "timing" not in two
    (after,) = made("OBR|1|P1||A\rTQ1|1|3\r", "ServiceRequest")
    assert "quantityQuantity" in after


def test_the_same_house_is_told_once() -> None:
    assert [o["name"] for o in made("PD1|||总院甲~总院甲~总院乙\r", "Organization") if o.get("name")] == ["总院甲", "总院乙"]
