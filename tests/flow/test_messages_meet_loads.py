"""Messages and night loads meet in the same rows: placed once, in order, followed both ways."""

import csv
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.model_hospital import UNTIL, a_model_hospital, settings_of
from yishu import flow, hospital
from yishu.flow import letters
from yishu.flow.story import story
from yishu.hospital.events import derive_events
from yishu.integration.inbox import Inbox, State
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

CHANNELS = ("his_adt", "his_orm", "his_siu", "lis_oru", "his_dft")
LATER = UNTIL + timedelta(minutes=5)
COMPARED = {
    "visit": "visit_id, patient_key, visit_class, department, doctor, campus, insurance_type, registered_at, started_at, ended_at, status, gender, diagnosis",
    "stay": "stay_id, patient_key, admitted_at, department, ward, bed, doctor, status, gender",
    "appointment": "appointment_id, patient_key, department, doctor, slot_at, booked_at, status, channel",
    "charge": "charge_id, patient_key, fin_category, item_code, drug, department, exec_department, quantity, amount, charged_at, refund",
    "prescription": "prescription_id, patient_key, visit_id, department, doctor, kind",
    "medical_order": "order_id, patient_key, stay_id, department, doctor, drug, term, status",
    "lab_report": "report_id, patient_key, sample_id, department, received_at, published_at, turnaround_minutes",
    "lab_result": "result_id, patient_key, item, value, unit",
}


@pytest.fixture(scope="module")
def hospital_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("messages") / "home"
    shutil.copytree(a_model_hospital(days=8, scale=0.06, defects="none"), home)
    return home


def at(home: Path, moment: datetime) -> Settings:
    return replace(settings_of(home), clock=lambda: moment)


def take_all(settings: Settings, home: Path) -> dict[str, int]:
    states: dict[str, int] = {}
    for channel in CHANNELS:
        sent = letters.post(settings, channel, [home / "sources" / "messages" / channel])
        for receipt in letters.receipts(settings, sent, None):
            states[str(receipt["state"])] = states.get(str(receipt["state"]), 0) + 1
    return states


def rows(home: Path, table: str, columns: str, where: str = "TRUE") -> dict[str, tuple[object, ...]]:
    connection = warehouse_instance(home, read_only=True)
    try:
        return {row[0]: row for row in connection.execute(f"SELECT {columns} FROM wh.hospital.{table} WHERE {where}").fetchall()}
    finally:
        connection.close()


def sums(home: Path) -> dict[str, str]:
    connection = warehouse_instance(home, read_only=True)
    try:
        return hospital.checksum(connection)
    finally:
        connection.close()


EVENT = "event_id, message_id, patient_key, visit_id, stay_id, activity, place, started, completed, department, resource, source, source_key"
MESSAGE = 1


def events_live_and_derived_anew(home: Path) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """The event log as messages left it, and as one derivation of the whole makes it."""
    connection = warehouse_instance(home)
    try:
        live = set(connection.execute(f"SELECT {EVENT} FROM wh.hospital.event").fetchall())
        connection.execute("BEGIN; DELETE FROM wh.quality.applied WHERE source = 'events'")
        derive_events(connection, hospital.Batch("derived", "anew", LATER, 1, ""))
        anew = set(connection.execute(f"SELECT {EVENT} FROM wh.hospital.event").fetchall())
        connection.execute("ROLLBACK")
        return live, anew
    finally:
        connection.close()


def truth_keys(home: Path) -> dict[str, set[str]]:
    """What the simulator says the messages speak of: keys of source rows by hospital table."""
    made = {"MZ_GHZD": ("visit", "MZ-"), "YY_YYXX": ("appointment", "YY-"), "lis_report": ("lab_report", ""), "MZ_CFK": ("prescription", "CF-"), "ZY_BQYZ": ("medical_order", "YZ-")}
    found: dict[str, set[str]] = {}
    with (home / "truth" / "truth_message.csv").open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            if line["table"] in made:
                table, prefix = made[line["table"]]
                found.setdefault(table, set()).add(prefix + line["key"])
    return found


def test_messages_say_what_the_night_load_says_and_each_row_is_one(hospital_home: Path, tmp_path: Path) -> None:
    loaded = {table: rows(hospital_home, table, columns) for table, columns in COMPARED.items()}
    home = tmp_path / "home"
    shutil.copytree(hospital_home, home)
    keys = truth_keys(home)
    assert keys["visit"]
    connection = warehouse_instance(home)
    for table in (*COMPARED, "event"):
        connection.execute(f"DELETE FROM wh.hospital.{table}")
    connection.close()
    states = take_all(at(home, LATER), home)
    assert set(states) == {"placed"}
    live, anew = events_live_and_derived_anew(home)
    assert {e for e in live if e[MESSAGE] is not None} == {e for e in anew if e[MESSAGE] is not None}
    assert len(live) > 100 and live <= anew
    for table, wanted in keys.items():
        said = rows(home, table, COMPARED[table])
        assert wanted <= set(said), table
        for key in sorted(wanted & set(loaded[table])):
            theirs, ours = loaded[table][key], said[key]
            differing = {c for c, a, b in zip(COMPARED[table].split(", "), theirs, ours, strict=True) if a != b and b is not None}
            assert differing <= {"status"}, (table, key, differing, theirs, ours)


def test_taking_what_a_load_has_seen_changes_nothing_and_repeats_have_no_effect(hospital_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(hospital_home, home)
    before = {table: len(rows(home, table, columns)) for table, columns in COMPARED.items()}
    settings = at(home, LATER)
    assert set(take_all(settings, home)) == {"placed"}
    assert {table: len(rows(home, table, columns)) for table, columns in COMPARED.items()} == before
    first = sums(home)
    assert set(take_all(settings, home)) == {"repeat"}
    assert sums(home) == first
    inbox = Inbox(home, lambda: LATER)
    inbox.replay([k.id for k in inbox.all()])
    inbox.close()
    with letters.placing(settings) as taker:
        taker.drain()
    assert sums(home) == first
    flow.load(at(home, LATER + timedelta(hours=1)), ["his_mz"], full=True)
    assert {t: len(rows(home, t, c)) for t, c in COMPARED.items()} == before


def a_visit(number: int, patient: str, event: str = "A04", pv1: str = "990001") -> bytes:
    return (
        f"MSH|^~\\&|HIS_MZ|JLYY|ESB|YISHU|20260630100{number}00||ADT^{event}|X{number}|P|2.4\rEVN|{event}|2026063010000{number}\r"
        f"PID|1||{patient}^^^HIS_MZ^PI||王小明||19800101|M\rPV1|1|O|0403^^^HQ||||||||||||||||{pv1}{'|' * 25}20260630100000\rZGH|0|普通|1|1|0\r"
    ).encode()


def test_a_bad_message_stops_its_own_patient_says_why_and_a_fix_lets_all_through(hospital_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(hospital_home, home)
    folder = tmp_path / "in"
    folder.mkdir()
    for n, body in enumerate([a_visit(1, "88001", pv1=""), a_visit(2, "88001"), a_visit(3, "88002", pv1="990003")]):
        (folder / f"{n}.hl7").write_bytes(body)
    settings = at(home, LATER)
    receipts = letters.receipts(settings, letters.post(settings, "his_adt", [folder]), None)
    assert [r["state"] for r in receipts] == ["failed", "waiting", "placed"]
    assert receipts[0]["reason"] == "PV1-19.1 空"
    inbox = Inbox(home, lambda: LATER)
    inbox.mark([int(str(receipts[0]["message_id"])[1:])], State.PARKED, "PV1-19.1 空")
    inbox.close()
    with letters.placing(settings) as taker:
        assert [r.state for r in taker.drain()] == ["placed"]
    told = story(settings, str(receipts[2]["message_id"])).as_json()
    assert ("visit", "MZ-990003") in {(r["table"], r["key"]) for r in told["rows"]}  # type: ignore[index,union-attr]
    assert "outpatient_visits" in {m["id"] for m in told["metrics"]}  # type: ignore[index,union-attr]
    assert "王小明" not in str(told) and "88002" not in str(told["segments"])
    traced = flow.trace(settings, "visit", "MZ-990003")
    assert (traced.message_id, traced.source) == (receipts[2]["message_id"], "his_mz")
    assert traced.record is not None and traced.record["visit"] == "990003"


def test_a_rebuild_places_loads_and_messages_to_the_same_rows(hospital_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(hospital_home, home)
    settings = at(home, LATER)
    (tmp_path / "a.hl7").write_bytes(a_visit(1, "88001"))
    (tmp_path / "b.hl7").write_bytes(a_visit(2, "88002", pv1="990002"))
    letters.receipts(settings, letters.post(settings, "his_adt", [tmp_path / "a.hl7"]), None)
    letters.receipts(settings, letters.post(at(home, LATER + timedelta(minutes=1)), "his_adt", [tmp_path / "b.hl7"]), None)
    before = sums(home)
    flow.load(settings, rebuild=True)
    assert sums(home) == before
