"""信息科: what each system gave, what has no place yet, whom to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, SKINS, WIDE, OpenPage, follow, go, settle, sound


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_the_home_of_the_information_department_is_sound(
    visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str
) -> None:
    seen = visit("it", size=size, skin=skin)
    page = seen.page
    assert page.url.endswith("/sources")
    assert page.locator('tr[data-source="his_zy"]').is_visible()
    sound(seen, tmp_path, "sources")
    for tab in ("unmapped", "defects"):
        go(page, f"/sources?tab={tab}")
        sound(seen, tmp_path, tab)


def test_every_row_read_has_found_its_place(visit: OpenPage) -> None:
    page = visit("it").page
    assert "差" not in "".join(page.locator("tr[data-source] .tag").all_inner_texts())


def test_the_list_to_send_can_be_made(visit: OpenPage, tmp_path: Path) -> None:
    page = visit("it").page
    page.get_by_role("tab", name="待核对数据").click()
    settle(page)
    page.locator(".pile").nth(1).click()
    assert "department=" in page.url
    with page.expect_download() as waiting:
        page.get_by_role("button", name="清单").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")


def test_a_defect_leads_to_its_source_record(visit: OpenPage) -> None:
    page = visit("it").page
    go(page, "/sources?tab=defects")
    follow(page, page.locator(".ant-table-tbody a").first, "/record?")
    assert "/record?" in page.url
    page.locator("tr[data-field]").first.wait_for()


def test_the_statement_is_shown_to_those_allowed(visit: OpenPage) -> None:
    page = visit("it").page
    go(page, "/metrics/discharges")
    assert "SELECT" in page.get_by_role("region", name="取数语句").inner_text().upper()
