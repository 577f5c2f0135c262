"""FHIR bundles, DICOM headers and CDA documents tell the same life as the stores, under the same numbers."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pydicom
import pytest
from lxml import etree

from yishu.demo import make

UNTIL = datetime(2026, 6, 30, 16)
LATELY = "2026-06-28 16:00:00"
# CYRQ may be filled hours before the patient goes; the move out of the last bed says when he went
STAYS = "SELECT b.*, coalesce(z.ZKSJ, '') AS GONE FROM ZY_BRRY b LEFT JOIN ZY_ZKJL z ON z.ZYH = b.ZYH AND z.ZKLX = 9"
V3 = {"v": "urn:hl7-org:v3"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("papers")
    make(home, seed=12, until=UNTIL, days=9, scale=0.3, defects="none")
    return home


def _listed(home: Path, channel: str) -> list[dict[str, str]]:
    with (home / "truth" / "truth_message.csv").open(encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r["channel"] == channel]


def _rows(home: Path, store: str, sql: str) -> list[sqlite3.Row]:
    connection = sqlite3.connect(home / "sources" / f"{store}.db")
    connection.row_factory = sqlite3.Row
    made = connection.execute(sql).fetchall()
    connection.close()
    return made


def _bundles(home: Path) -> list[tuple[dict[str, str], dict[str, list[dict]]]]:  # type: ignore[type-arg]
    made = []
    for row in _listed(home, "fhir"):
        by_type = defaultdict(list)
        for entry in json.loads((home / "sources" / "messages" / "fhir" / row["file"]).read_bytes())["entry"]:
            assert entry["request"] == {"method": "PUT", "url": f"{entry['resource']['resourceType']}/{entry['resource']['id']}"}
            by_type[entry["resource"]["resourceType"]].append(entry["resource"])
        made.append((row, dict(by_type)))
    return made


def test_every_file_is_listed_once(home: Path) -> None:
    for channel in ("fhir", "dicom", "cda"):
        listed = _listed(home, channel)
        assert sorted(r["file"] for r in listed) == sorted(p.name for p in (home / "sources" / "messages" / channel).iterdir()) and listed
        assert len({r["control_id"] for r in listed}) == len(listed)


REQUIRED = {  # what R4 demands (cardinality 1..) of the resources written here
    "Patient": set(), "Encounter": {"status", "class"}, "Condition": {"subject"}, "ServiceRequest": {"status", "intent", "subject"},
    "DiagnosticReport": {"status", "code"}, "Observation": {"status", "code"},
}  # fmt: skip


def test_bundles_hold_what_r4_demands_and_their_references_resolve(home: Path) -> None:
    kinds = Counter()
    for row, by_type in _bundles(home):
        there = {f"{kind}/{r['id']}" for kind, many in by_type.items() for r in many}
        for kind, many in by_type.items():
            for r in many:
                assert set(r) >= REQUIRED[kind] and len(r["id"]) <= 64 and set(r["id"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")
                pointed = [r[k]["reference"] for k in ("subject", "encounter") if "reference" in r.get(k, {})] + [x["reference"] for k in ("basedOn", "result") for x in r.get(k, ())]
                assert set(pointed) <= there
        kinds[row["type"], row["table"]] += 1
    assert set(kinds) == {("FHIR^Encounter", "MZ_GHZD"), ("FHIR^Encounter", "ZY_BRRY"), ("FHIR^DiagnosticReport", "lis_report")}


def test_encounters_are_the_rows_of_the_two_his(home: Path) -> None:
    visits = {str(r["XH"]): r for r in _rows(home, "his_mz", "SELECT g.*, p.SFZH, p.SEX, p.BIRTH FROM MZ_GHZD g JOIN MZ_BRXX p USING (PATID)")}
    stays = {str(r["ZYH"]): r for r in _rows(home, "his_zy", STAYS)}
    told = set()
    for row, by_type in _bundles(home):
        if row["type"] != "FHIR^Encounter":
            continue
        (patient,), (encounter,) = by_type["Patient"], by_type["Encounter"]
        number = encounter["identifier"][0]["value"]
        ids = {i["system"]: i["value"] for i in patient["identifier"]}
        assert number == row["key"] == row["visit"] and encounter["subject"]["reference"] == f"Patient/{patient['id']}"
        begun = encounter["period"]["start"][:19].replace("T", " ")
        if row["table"] == "MZ_GHZD":
            r = visits[number]
            assert ids["urn:jlyy:HIS_MZ"] == str(r["PATID"]) == row["patient_local_id"] and ids.get("urn:jlyy:MOI", "") == r["SFZH"]
            assert begun.replace("-", "").replace(" ", "") == r["GHRQ"] and encounter["class"]["code"] == ("EMER" if r["GHLB"] == "2" else "AMB")
            assert {"男": "male", "女": "female"}.get(r["SEX"], patient["gender"]) == patient["gender"]
            assert r["BIRTH"] == patient["birthDate"].replace("-", "") and r["JLZT"] == "0"
            if "Condition" in by_type:
                assert by_type["Condition"][0]["code"]["coding"][0]["code"] == r["ZDDM"]
        else:
            r = stays[number]
            assert ids["urn:jlyy:HIS_ZY"] == str(r["BRID"]) and begun == r["RYRQ"] and patient["name"][0]["text"] == r["BRXM"]
            assert {1: "male", 2: "female"}[r["BRXB"]] == patient["gender"] and patient["birthDate"] == r["CSNY"][:10]
            if encounter["status"] == "finished":
                assert encounter["period"]["end"][:19].replace("T", " ") == r["GONE"]
        told.add((row["table"], number))
    came = {("MZ_GHZD", k) for k, r in visits.items() if r["JLZT"] == "0" and r["GHRQ"] > LATELY.replace("-", "").replace(" ", "")}
    assert {t for t in told if t[0] == "MZ_GHZD"} == came and len(came) > 200
    moved = {("ZY_BRRY", k) for k, r in stays.items() if r["CYPB"] != 9 and len(k) == 8 and (r["RYRQ"] > LATELY or r["GONE"] > LATELY)}
    assert {t for t in told if t[0] == "ZY_BRRY"} == moved and len(moved) > 20


def test_observations_are_the_results_of_the_laboratory(home: Path) -> None:
    results = {(r["report_id"], r["item_code"]): r for r in _rows(home, "lis", "SELECT * FROM lis_result")}
    reports = {r["report_id"]: r for r in _rows(home, "lis", "SELECT * FROM lis_report JOIN lis_sample USING (barcode)")}
    seen = 0
    for row, by_type in _bundles(home):
        if row["type"] != "FHIR^DiagnosticReport":
            continue
        (report,) = by_type["DiagnosticReport"]
        r = reports[row["key"]]
        assert [i["value"] for i in report["identifier"]] == [row["key"], r["barcode"]]
        assert row["patient_local_id"] == r["pat_no"] and row["visit"] == r["vis_no"] == report["encounter"]["identifier"]["value"]
        assert by_type["ServiceRequest"][0]["id"] == r["req_no"]
        for o in by_type["Observation"]:
            stored = results[row["key"], o["code"]["coding"][0]["code"]]
            quantity = o.get("valueQuantity")
            if quantity:
                assert float(stored["result"].lstrip("<>")) == quantity["value"] and quantity["unit"] == stored["unit"]
                assert quantity.get("comparator", "") == stored["result"][: len(quantity.get("comparator", ""))]
            else:
                assert o["valueString"] == stored["result"]
            assert o["referenceRange"][0]["text"] == stored["ref_range"]
            seen += 1
    assert seen > 300


def test_headers_are_the_studies_of_the_ris(home: Path) -> None:
    studies = {r["study_uid"]: r for r in _rows(home, "ris_pacs", "SELECT * FROM exam_study JOIN exam_request USING (acc_no)")}
    undeclared = 0
    for row in _listed(home, "dicom"):
        d = pydicom.dcmread(home / "sources" / "messages" / "dicom" / row["file"])
        r = studies[row["key"]]
        assert (d.StudyInstanceUID, d.AccessionNumber, d.Modality, d.PatientID) == (r["study_uid"], r["acc_no"], r["modality"], r["pid"])
        assert f"{d.StudyDate}{d.StudyTime}" == "".join(c for c in r["begin_time"] if c.isdigit()) and "PixelData" not in d
        assert d.get("SpecificCharacterSet", "") == r["charset"] and d.PatientBirthDate == r["birth"].replace("-", "") and d.PatientSex == r["sex"]
        undeclared += not r["charset"]
        name = d["PatientName"].value.original_string if not r["charset"] else str(d.PatientName).encode("gb18030")
        assert name.decode("gb18030") == r["name"] and d.NumberOfStudyRelatedInstances == r["img_cnt"]
    lately = {uid for uid, r in studies.items() if r["end_time"] > LATELY}
    assert {r["key"] for r in _listed(home, "dicom")} == lately and undeclared > 3 and len(lately) > 30


def test_discharge_records_are_the_documents_of_the_emr(home: Path) -> None:
    documents = {str(r["DOC_ID"]): r for r in _rows(home, "emr_ba", "SELECT * FROM EMR_DOC")}
    stays = {r["ZYH"]: r for r in _rows(home, "his_zy", STAYS)}
    for row in _listed(home, "cda"):
        tree = etree.parse(home / "sources" / "messages" / "cda" / row["file"])
        r = documents[row["key"]]
        stay = stays[r["ZYH"]]

        def at(path: str, tree: etree._ElementTree = tree) -> str:
            return str(tree.xpath(path, namespaces=V3)[0])

        assert at("/v:ClinicalDocument/v:id/@extension") == str(r["DOC_ID"]) and at("//v:title/text()") == r["TITLE"]
        assert at("//v:patientRole/v:id[1]/@extension") == str(r["ZYH"]) == row["visit"] and at("//v:patientRole/v:id[2]/@extension") == str(stay["BRID"])
        assert at("//v:patient/v:name/text()") == stay["BRXM"] and at("//v:patient/v:birthTime/@value") == stay["CSNY"][:10].replace("-", "")
        assert at("//v:effectiveTime/v:low/@value") == "".join(c for c in stay["RYRQ"] if c.isdigit())
        assert at("//v:effectiveTime/v:high/@value") == "".join(c for c in stay["GONE"] if c.isdigit())
        assert at("/v:ClinicalDocument/v:effectiveTime/@value") == "".join(c for c in r["CREATE_TIME"] if c.isdigit())
    lately = {k for k, r in documents.items() if r["DOC_TYPE"] == "出院记录" and r["CREATE_TIME"] > LATELY}
    assert {r["key"] for r in _listed(home, "cda")} == lately and len(lately) > 10
