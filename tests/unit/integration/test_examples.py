"""Examples beside a map 范例: those of the model hospital come out; a wrong one is told with file, line, wanted and made."""

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.needs import ROOT
from yishu import flow
from yishu.flow import letters
from yishu.integration.channels import channels
from yishu.integration.examples import example_faults
from yishu.integration.inbox import Inbox, State
from yishu.kernel import Settings

MODEL = ROOT / "hospitals" / "model"


def test_the_examples_of_the_model_hospital_come_out_and_cover_the_message_types() -> None:
    assert example_faults(MODEL, channels(MODEL)) == ()
    kinds = {path.read_text(encoding="utf-8").split("|")[8].split("^")[0] for path in (MODEL / "channels").glob("*/examples/*.hl7")}
    assert {"ADT", "RDE", "RDS", "MDM", "VXU", "MFN"} <= kinds


def test_a_wrong_example_is_told_by_check(tmp_path: Path) -> None:
    folder = tmp_path / "hospital"
    shutil.copytree(MODEL, folder)
    case = folder / "channels" / "his_adt" / "examples" / "register.yaml"
    case.write_text(case.read_text(encoding="utf-8").replace('visit: "990001"', 'visit: "990009"'), encoding="utf-8")
    (folder / "channels" / "his_adt" / "examples" / "visit_missing.yaml").unlink()
    said = {fault.file.name: fault.text for fault in flow.check(Settings.of(folder, tmp_path / "home"))}
    assert "mz_visit.visit 应为 990009，实得 990001" in said["register.yaml"] and "visit_missing.yaml" in said["visit_missing.hl7"]


@pytest.mark.parametrize(("form", "body"), [("json", b'{"a": 1}'), ("xml", b"<a>1</a>")])
def test_a_document_handed_over_does_not_pass_the_hl7_door(tmp_path: Path, form: str, body: bytes) -> None:
    folder = tmp_path / "hospital"
    shutil.copytree(MODEL, folder)
    (folder / "sources" / "doc_in.yaml").write_text(f"label: 文档\nkind: http\nformat: {form}\naccepts: {{types: [ADT]}}\n", encoding="utf-8")
    shutil.copytree(folder / "channels" / "his_adt", folder / "channels" / "doc_in", ignore=shutil.ignore_patterns("examples"))
    (tmp_path / "a.txt").write_bytes(body)
    settings = replace(Settings.of(folder, tmp_path / "home"), clock=lambda: datetime(2026, 6, 30))
    (sent,) = letters.post(settings, "doc_in", [tmp_path / "a.txt"])
    inbox = Inbox(settings.home, settings.clock)
    kept = inbox.get(sent.id)
    inbox.close()
    assert kept is not None and (kept.state, kept.kind, kept.body) == (State.WAITING, form.upper(), body)
