"""Versions of a channel's text 通道版本: kept once, compared, put back; what would be faulty is not."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.needs import ROOT
from yishu.integration.channel_versions import Versions, note_all, texts
from yishu.integration.inbox import Inbox
from yishu.kernel.errors import InputError

NOW = datetime(2026, 6, 30, 10)


def test_a_text_is_kept_compared_and_put_back(tmp_path: Path) -> None:
    folder, home = tmp_path / "hospital", tmp_path / "home"
    shutil.copytree(ROOT / "hospitals" / "model", folder)
    Inbox(home, lambda: NOW).close()
    note_all(folder, home, NOW)
    versions = Versions(home)
    first = texts(folder, "his_adt")
    assert versions.note(folder, "his_adt", NOW) == 1 and {"sources/his_adt.yaml", "channels/his_adt/map.yaml"} <= first.keys()
    path = folder / "channels" / "his_adt" / "map.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("doctor: PV1-7.1", "doctor: PV1-8.1", 1), encoding="utf-8")
    (folder / "channels" / "his_adt" / "examples" / "more.yaml").write_text("stops: x\n", encoding="utf-8")
    assert versions.note(folder, "his_adt", NOW) == 2
    changed = versions.difference("his_adt", 1, 2)
    assert "-      doctor: PV1-7.1" in changed and "+      doctor: PV1-8.1" in changed and "more.yaml" in changed
    assert versions.put_back(folder, "his_adt", 1, NOW, "it") == 3
    assert texts(folder, "his_adt") == first
    assert [(v.number, v.by, v.current) for v in versions.all("his_adt")] == [(3, "it", True), (2, "", False), (1, "", False)]


def test_a_faulty_version_is_not_put_back(tmp_path: Path) -> None:
    folder, home = tmp_path / "hospital", tmp_path / "home"
    shutil.copytree(ROOT / "hospitals" / "model", folder)
    Inbox(home, lambda: NOW).close()
    versions, path = Versions(home), folder / "channels" / "his_adt" / "map.yaml"
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("PV1-19.1", "PV1.19"), encoding="utf-8")
    versions.note(folder, "his_adt", NOW)
    path.write_text(right, encoding="utf-8")
    with pytest.raises(InputError, match="今天已不能用"):
        versions.put_back(folder, "his_adt", 1, NOW, "it")
    assert path.read_text(encoding="utf-8") == right
    with pytest.raises(InputError, match="没有第 9 版"):
        versions.read("his_adt", 9)
