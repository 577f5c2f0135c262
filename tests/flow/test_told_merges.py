"""A merge told by a message merges two persons, metrics by person move with them, and the unmerge moves them back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.model_hospital import FOLDER, UNTIL, a_model_hospital, settings_of
from yishu import identity, metrics, security
from yishu.flow import letters
from yishu.identity import ledger
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.store import open_store

NOW = UNTIL + timedelta(minutes=5)
METRIC = (FOLDER.parents[1] / "yishu/metrics/library/outpatient_patients.yaml").read_text("utf-8")
PERSONS = METRIC.replace("id: outpatient_patients", "id: outpatient_persons").replace("label: 门诊就诊人数", "label: 门诊就诊自然人数").replace("Outpatients seen", "Persons seen").replace("distinct: patient_key", "distinct: patient.person_id")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("told")
    home = folder / "home"
    shutil.copytree(a_model_hospital(days=8, scale=0.06, defects="none"), home)
    shutil.copytree(FOLDER, folder / "hospital")
    (folder / "hospital" / "metrics").mkdir(exist_ok=True)
    (folder / "hospital" / "metrics" / "outpatient_persons.yaml").write_text(PERSONS, "utf-8")
    return replace(settings_of(home), hospital=folder / "hospital", clock=lambda: NOW)


def seen(settings: Settings) -> int:
    """Persons seen in the clinics, by the metric centre."""
    connection = warehouse_instance(settings.home, read_only=True)
    try:
        query = metrics.MetricQuery.parse({"metrics": ["outpatient_persons"], "time": {"start": "2026-06-01", "end": "2026-07-01"}})
        answer = metrics.measure(security.viewer(settings.hospital, "director"), query, metrics.centre(settings.hospital), connection, settings.clock)
        (row,) = answer.as_json()["rows"]
        return int(row[-1])
    finally:
        connection.close()


def two_cards(settings: Settings) -> list[tuple[int, int, str]]:
    """(patient, person, card) of two people seen in the clinics, each with one card only."""
    connection = warehouse_instance(settings.home, read_only=True)
    try:
        found = connection.execute(
            "SELECT v.patient_key, any_value(p.person_id) FROM wh.hospital.visit v JOIN wh.hospital.patient p USING (patient_key) "
            "WHERE v.visit_class = '门诊' AND v.status = '已就诊' AND p.source = 'his_mz' "
            "AND (SELECT count(*) FROM wh.hospital.patient q WHERE q.person_id = p.person_id) = 1 GROUP BY 1 ORDER BY 1 LIMIT 2"
        ).fetchall()
    finally:
        connection.close()
    local = {row["patient_key"]: row["local_id"] for row in identity.known_keys(open_store(settings.home)).to_pylist() if row["source"] == "his_mz"}
    return [(patient, person, local[patient]) for patient, person in found]


def tell(settings: Settings, folder: Path, kind: str, number: str, *segments: str) -> list[dict[str, object]]:
    text = "\r".join((f"MSH|^~\\&|HIS_MZ|YS|YS|YS|20260630100100||ADT^{kind}|{number}|P|2.5.1|||||CHN|UNICODE UTF-8", f"EVN|{kind}|20260630100000", *segments, ""))
    file = folder / f"{number}.hl7"
    file.write_bytes(text.encode())
    return letters.receipts(settings, letters.post(settings, "his_adt", [file]), None)


def pid(card: str) -> str:
    return f"PID|1||{card}^^^HIS_MZ^PI"


@pytest.fixture
def clean(settings: Settings) -> Iterator[bytes]:
    engine = open_store(settings.home)
    before = ledger.state(engine)
    yield before
    engine.dispose()


def test_a40_moves_the_metric_and_a37_moves_it_back(settings: Settings, tmp_path: Path) -> None:
    (one, kept, card), (other, gone, second) = two_cards(settings)
    before = seen(settings)
    (receipt,) = tell(settings, tmp_path, "A40", "T1", pid(card), f"MRG|{second}^^^HIS_MZ^PI")
    assert (receipt["state"], receipt["reason"]) == ("placed", "")
    assert seen(settings) == before - 1
    engine = open_store(settings.home)
    with engine.connect() as connection:
        assert ledger.person_of(connection, [one, other]) == {one: kept, other: kept}
        event = ledger.history(connection, [kept])[-1]
    assert (event.kind, event.actor, event.reason, event.occurred_at) == ("merge", "message:his_adt", "消息 ADT^A40 T1", datetime(2026, 6, 30, 10, 1))
    (receipt,) = tell(settings, tmp_path, "A37", "T2", pid(card), pid(second).replace("PID|1", "PID|2"))
    assert receipt["reason"] == "" and seen(settings) == before
    with engine.connect() as connection:
        assert ledger.person_of(connection, [one, other]) == {one: kept, other: gone}
    assert ledger.verify(engine)[1] is None
    engine.dispose()


def test_a_message_placed_again_does_not_redo_what_people_undid(settings: Settings, tmp_path: Path) -> None:
    (one, kept, card), (other, gone, second) = two_cards(settings)
    tell(settings, tmp_path, "A40", "T3", pid(card), f"MRG|{second}^^^HIS_MZ^PI")
    engine = open_store(settings.home)
    identity.unmerge(engine, kept, gone, by="it", reason="窗口合错了卡", at=NOW)
    told = identity.Telling("merge", ("his_mz", card), ("his_mz", second), "message:his_adt", "消息 ADT^A40 T3", NOW, NOW)
    assert identity.follow_told(engine, told) is None
    identity.keep_apart(engine, one, other, by="it", reason="本人核对，两个人", at=NOW)
    (receipt,) = tell(settings, tmp_path, "A40", "T4", pid(card), f"MRG|{second}^^^HIS_MZ^PI")
    assert receipt["state"] == "placed" and "不同的人" in str(receipt["reason"])
    with engine.connect() as connection:
        assert ledger.person_of(connection, [one, other]) == {one: kept, other: gone}
    engine.dispose()


def test_a28_makes_somebody_and_a43_moves_one_record(settings: Settings, tmp_path: Path) -> None:
    (_, kept, card), _ = two_cards(settings)
    named = "PID|1||{}^^^HIS_MZ^PI||欧阳^测试||19900214|F|||||13511112222"
    for number, new in (("T5", "990000001"), ("T6", "990000002")):
        tell(settings, tmp_path, "A28", number, named.format(new))
    engine = open_store(settings.home)
    keys = {row["local_id"]: row["patient_key"] for row in identity.known_keys(engine).to_pylist() if row["source"] == "his_mz"}
    first, second = keys["990000001"], keys["990000002"]
    with engine.connect() as connection:
        person = ledger.person_of(connection, [first, second])
    assert person == {first: first, second: first}   # the same name, birth date and phone: one person at once
    (receipt,) = tell(settings, tmp_path, "A43", "T7", pid(card), "MRG|990000002^^^HIS_MZ^PI")
    assert receipt["reason"] == ""
    with engine.connect() as connection:
        assert ledger.person_of(connection, [first, second]) == {first: first, second: kept}
    tell(settings, tmp_path, "A31", "T8", named.format("990000001").replace("欧阳^测试", "欧阳^改名"))
    assert identity.find(engine, settings.home, "name", "欧阳改名") == (first,)
    (receipt,) = tell(settings, tmp_path, "A40", "T9", pid(card), "MRG|880000001^^^HIS_MZ^PI")
    assert "没有消息所说的患者" in str(receipt["reason"])
    engine.dispose()
