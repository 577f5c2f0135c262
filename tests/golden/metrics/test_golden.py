"""Every golden question still becomes the same SQL and gives the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.golden.metrics.make import FOLDER, answered, plain


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda f: f.stem)
def test_golden(file: Path) -> None:
    kept = yaml.safe_load(file.read_text(encoding="utf-8"))
    now = answered(file)
    assert now["duckdb"] == kept["duckdb"]
    assert now["columns"] == kept["columns"]
    assert plain(now["rows"]) == kept["rows"]
