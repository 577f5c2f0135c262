"""Corrections of a message, and what the monitor says of silence and delay."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.needs import ROOT
from yishu.flow.monitor import bucket, overview, p95, silent
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.channels import channels
from yishu.integration.edit import edited
from yishu.integration.inbox import Inbox, Letter, Search, State
from yishu.kernel import Settings
from yishu.kernel.errors import InputError

NOW = datetime(2026, 6, 30, 10, 30)
RAW = b"MSH|^~\\&|HIS|A\rPID|1||123^^^HIS\rPV1|1|O\rOBX|1\rOBX|2|NM\r"
FOLDER = ROOT / "hospitals" / "model"


def test_a_correction_sets_values_by_path_and_escapes_them() -> None:
    told = edited(Message.read(RAW), {"PV1-19.1": "99|0", "OBX[2]-5": "5", "PID-3.4": "MZ", "MSH-3": "X"})
    message = Message.read(told)
    assert message.get("PV1-19.1") == "99|0"
    assert [message.get(p) for p in ("OBX[2]-5", "OBX[1]-5", "PID-3.1", "PID-3.4", "MSH-3")] == ["5", "", "123", "MZ", "X"]


@pytest.mark.parametrize("path", ["PV1", "ZZZ-1", "OBX[3]-1", "MSH-1", "; drop"])
def test_a_wrong_path_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        edited(Message.read(RAW), {path: "x"})


def test_silence_is_told_against_what_the_hour_usually_brings() -> None:
    spec = next(c for c in channels(FOLDER) if c.name == "lis_oru")
    heard = {((NOW - timedelta(days=d)).date().isoformat(), 10): 40 for d in range(1, 7)}
    assert silent(spec, heard, (NOW - timedelta(minutes=20)).isoformat(), NOW) == "平时 10 点每小时 40 条，已 20 分钟没有"
    assert silent(spec, heard, (NOW - timedelta(minutes=5)).isoformat(), NOW) == ""
    assert silent(spec, {}, (NOW - timedelta(days=1)).isoformat(), NOW) == ""


def test_the_95th_of_a_hundred() -> None:
    assert p95({"ms:100": 94, "ms:500": 6}) == 500
    assert p95({"ms:100": 95, "ms:500": 5}) == 100
    assert (p95({}), bucket(3), bucket(101), bucket(9e9)) == (None, 100, 200, 60_000)


def test_the_overview_groups_what_is_stuck_and_search_finds_by_patient_state_and_time(tmp_path: Path) -> None:
    settings = Settings.of(FOLDER, tmp_path, {"YISHU_NOW": NOW.isoformat()})
    inbox = Inbox(tmp_path, lambda: NOW)
    ids = [inbox.put(Letter("his_adt", f"M{n}", f"k{n % 2}", "ADT^A04", b"%d" % n)).result(10).id for n in range(6)]
    inbox.mark(ids[:3], State.PARKED, "PID-3.1 空")
    told = overview(settings, inbox)
    assert [(s["reason"], s["count"]) for s in told.stuck] == [("PID-3.1 空", 3)]
    assert told.totals["waiting"] == 3 and told.totals["received"] == 6 and told.totals["failed"] == 3
    assert [k.id for k in inbox.search(Search(order_key="k0"))] == [5, 3, 1]
    assert [k.id for k in inbox.search(Search(state="parked", before=3))] == [2, 1]
    assert inbox.search(Search(since=NOW + timedelta(seconds=1))) == []
    assert inbox.replay(ids[:3]) == 3 and len(inbox.work()) == 6
    inbox.close()
