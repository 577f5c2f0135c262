"""科主任: his own department and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, SKINS, WIDE, OpenPage, follow, go, sound


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_the_department_board_is_sound(visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str) -> None:
    seen = visit("head_ortho", size=size, skin=skin)
    page = seen.page
    assert page.url.endswith("/department")
    assert "骨科" in page.get_by_role("heading", level=1).inner_text()
    assert page.get_by_role("region", name="床位图").is_visible()
    assert page.get_by_role("region", name="待办").is_visible()
    sound(seen, tmp_path, "department")


def test_beds_taken_and_free_add_up(visit: OpenPage) -> None:
    page = visit("head_ortho").page
    beds = page.get_by_role("region", name="床位图")
    tiles = beds.locator("ul.beds > li")
    assert tiles.count() > 0
    assert f"开放 {tiles.count():,} 张" in beds.inner_text()


def test_the_cockpit_is_not_his(visit: OpenPage, tmp_path: Path) -> None:
    seen = visit("head_ortho")
    page = seen.page
    assert page.get_by_role("navigation", name="主菜单").get_by_text("院长驾驶舱").count() == 0
    go(page, "/cockpit")
    assert page.locator(".face[data-tone=warn]").is_visible()
    assert page.locator("[data-card]").count() == 0
    sound(seen, tmp_path, "forbidden")


def test_another_department_cannot_be_had_by_address(visit: OpenPage) -> None:
    page = visit("head_ortho").page
    own = page.locator('[data-card="discharges"] [data-period="month"] .figure').inner_text()
    go(page, "/department?department=D0401")
    shown = page.locator('[data-card="discharges"] [data-period="month"] .figure')
    assert page.locator(".face").count() > 0 or shown.inner_text() == own


def test_a_number_leads_to_rows_of_his_department_only(visit: OpenPage) -> None:
    page = visit("head_ortho").page
    follow(page, page.locator('[data-card="discharges"] [data-period="year"] a.door'), "/metrics/")
    follow(page, page.get_by_role("button", name="查看明细"), "/evidence?")
    heads = page.locator(".ant-table-thead th").all_inner_texts()
    at = next(i for i, text in enumerate(heads) if text.startswith("出院科室"))
    cells = page.locator(f".ant-table-tbody tr.ant-table-row td:nth-child({at + 1})").all_inner_texts()
    assert cells
    assert set(cells) == {"骨科"} or set(cells) == {"D0403"}
