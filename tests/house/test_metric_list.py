"""Every library metric stands in the docs as it is defined 指标清单与定义一致."""

from __future__ import annotations

from tests.house.metric_list import PAGE, page


def test_the_list_is_what_the_library_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.house.metric_list"
