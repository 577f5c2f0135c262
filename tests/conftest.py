"""Skips by name 按名跳过: `@pytest.mark.needs("chromium")`."""

from __future__ import annotations

import pytest

from tests.needs import have


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("needs"):
            for name in mark.args:
                if not have(name):
                    item.add_marker(pytest.mark.skip(reason=f"needs {name}"))
