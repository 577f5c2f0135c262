"""The same words make the same bytes; another seed makes other people."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import pytest

from yishu.demo import make
from yishu.demo.folder import files
from yishu.demo.pathway import pathways

UNTIL = datetime(2026, 3, 8, 9, 15)


def digest(home: Path) -> dict[str, str]:
    return {str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(home.rglob("*")) if p.is_file()}


def test_same_words_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        make(tmp_path / name, seed=seed, until=UNTIL, days=4, scale=0.3, defects="full")
    a, b, c = (digest(tmp_path / name) for name in "abc")
    assert a == b
    assert {p for p in a if "/messages/" not in p} == {p for p in c if "/messages/" not in p}
    assert a["sources/his_mz.db"] != c["sources/his_mz.db"]


def test_beside_or_alone_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "beside", seed=3, until=UNTIL, days=3, scale=0.1, defects="full")
    monkeypatch.delattr(os, "fork")
    make(tmp_path / "alone", seed=3, until=UNTIL, days=3, scale=0.1, defects="full")
    assert digest(tmp_path / "beside") == digest(tmp_path / "alone")


def test_none_plants_nothing(tmp_path: Path) -> None:
    receipt = make(tmp_path, seed=5, until=UNTIL, days=6, scale=0.3, defects="none")
    assert receipt.defects == {}


def test_one_family_alone(tmp_path: Path) -> None:
    receipt = make(tmp_path, seed=5, until=UNTIL, days=6, scale=0.3, defects="orphan")
    assert set(receipt.defects) == {"orphan"}


def test_committed_folder_is_what_the_structure_says() -> None:
    folder = Path(__file__).parents[3] / "hospitals" / "model"
    for name, text in files().items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"python -m yishu.demo.folder hospitals/model（{name}）"


def test_every_story_is_of_a_department_with_beds() -> None:
    assert len(pathways()) >= 60
    assert all(p.story and p.icd and p.weight > 0 for p in pathways())
