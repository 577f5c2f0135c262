"""A message shown as FHIR: by segment, by type, and nothing that a hostile message can break."""

from hypothesis import given, settings
from hypothesis import strategies as st

from yishu.integration.adapters.fhir import bundle
from yishu.integration.adapters.hl7v2 import HL7Error, Message

ORU = (
    "MSH|^~\\&|LIS|总院|YS|YS|20260101080000+0800||ORU^R01|M1|P|2.5.1\r"
    "PID|1||123^^^HIS^MR~4401^^^MOI^NI||欧阳^锋||19800102|M\r"
    "OBR|1|P1^HIS|F1^LIS|GLU^葡萄糖^LN|||202601010700\r"
    "OBX|1|NM|2345-7^葡萄糖^LN||5.60|mmol/L^^UCUM|3.9-6.1|H|||F|||202601010730\r"
    "OBX|2|SN|1^滴度^L||>^1^:^128||||||F\r"
    "OBX|3|CWE|2^培养^L||112283007^大肠埃希菌^SCT||||||F\r"
)


def test_an_oru_as_fhir() -> None:
    told = bundle(Message(ORU))
    by_type: dict[str, list[dict]] = {}
    for entry in told["entry"]:
        by_type.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    assert by_type["Patient"] == [
        {
            "resourceType": "Patient", "identifier": [{"value": "123", "system": "HIS", "type": {"coding": [{"code": "MR"}]}}, {"value": "4401", "system": "MOI", "type": {"coding": [{"code": "NI"}]}}],
            "name": [{"family": "欧阳", "given": ["锋"]}], "birthDate": "1980-01-02", "gender": "male",
        }
    ]  # fmt: skip
    glucose, titre, culture = by_type["Observation"]
    assert glucose["valueQuantity"] == [{"value": 5.6, "unit": "mmol/L", "code": "mmol/L", "system": "http://unitsofmeasure.org"}]
    assert glucose["effectiveDateTime"] == "2026-01-01T07:30:00"
    assert titre["valueRatio"] == [{"numerator": {"value": 1}, "denominator": {"value": 128}}]
    assert culture["valueCodeableConcept"][0]["coding"][0] == {"code": "112283007", "display": "大肠埃希菌", "system": "http://snomed.info/sct"}
    assert by_type["DiagnosticReport"][0]["code"] and by_type["ServiceRequest"][0]["identifier"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="|^~\\&\rPIDOBXRSNMETAXC1234567890 .-+王", max_size=400))
def test_no_message_breaks_the_bundle(tail: str) -> None:
    try:
        message = Message("MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5\r" + tail)
    except HL7Error:
        return
    assert bundle(message)["resourceType"] == "Bundle"
