"""The HTTP contract is pinned: a change of shape is a change of this file, seen by whoever reads the diff."""

from __future__ import annotations

import json
from pathlib import Path

from yishu.web.openapi import description

PINNED = Path(__file__).parent / "openapi.json"
DOCUMENT = Path(__file__).parents[2] / "docs" / "http.md"


def test_the_description_is_the_pinned_one() -> None:
    assert description() == PINNED.read_text(encoding="utf-8"), "python -m yishu.web.openapi > tests/contract/openapi.json"


def test_every_route_is_documented() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    for path, operations in json.loads(PINNED.read_text(encoding="utf-8"))["paths"].items():
        for method, operation in operations.items():
            assert f"`{method.upper()} {path}`" in told, (method, path)
            assert operation.get("description"), (method, path)
            assert "200" in operation["responses"] or "303" in operation["responses"]
