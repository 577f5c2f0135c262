"""院长: from the cockpit, through a number's definition and rows, to the source record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, SKINS, WIDE, OpenPage, follow, go, settle, sound


def test_three_clicks_from_a_number_to_its_source_record(visit: OpenPage, tmp_path: Path) -> None:
    seen = visit("director")
    page = seen.page
    assert page.url.endswith("/cockpit")
    assert page.get_by_text("模拟数据").first.is_visible()
    number = page.locator('[data-card="avg_length_of_stay"] [data-period="year"] a.door')
    shown = number.inner_text()

    follow(page, number, "/metrics/")  # 1: the definition, with the figure restated
    assert "/metrics/avg_length_of_stay" in page.url
    assert page.locator(".clicked .figure").inner_text().startswith(shown)
    assert page.get_by_role("complementary", name="指标定义").is_visible()
    definition_at = page.url

    follow(page, page.get_by_role("button", name="查看明细"), "/evidence?")  # 2: the rows
    assert "/evidence?" in page.url
    assert page.locator(".sum-value .figure").inner_text().startswith(shown)

    follow(page, page.locator("a.origin").first, "/record?")  # 3: the source record
    assert "/record?" in page.url
    page.locator("tr[data-field]").first.wait_for()
    assert page.locator("tr[data-field]").count() > 3
    assert page.locator("tr[data-masked]").count() > 0
    sound(seen, tmp_path, "record")

    follow(page, page.get_by_role("link", name="回到明细"), "/evidence?")
    assert "/evidence?" in page.url
    go(page, definition_at)  # the address bar holds the state
    assert page.locator(".clicked .figure").inner_text().startswith(shown)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_every_screen_is_sound(visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str) -> None:
    seen = visit("director", size=size, skin=skin)
    page = seen.page
    sound(seen, tmp_path, "cockpit")
    number = page.locator('[data-card="discharges"] [data-period="month"] a.door')
    follow(page, number, "/metrics/")
    sound(seen, tmp_path, "metric")
    follow(page, page.get_by_role("button", name="查看明细"), "/evidence?")
    sound(seen, tmp_path, "evidence")
    go(page, "/metrics")
    sound(seen, tmp_path, "metrics")


def test_cockpit_says_three_periods_and_ranks_three_ways(visit: OpenPage) -> None:
    page = visit("director").page
    for card in ("discharges", "avg_length_of_stay", "bed_occupancy_rate"):
        for period in ("yesterday", "month", "year"):
            assert page.locator(f'[data-card="{card}"] [data-period="{period}"] .figure').is_visible()
    ranking = page.get_by_role("region", name="排名")
    assert ranking.locator("tbody tr").count() > 3
    ranking.get_by_text("病区", exact=True).click()
    settle(page)
    assert "by=ward" in page.url
    assert ranking.locator("tbody tr").count() > 3
    page.reload()
    settle(page)
    assert "病区排名" in ranking.inner_text()


def test_search_by_pinyin_initials(visit: OpenPage) -> None:
    page = visit("director").page
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="搜索指标、科室、页面").fill("pjzyr")
    page.get_by_role("option", name="平均住院日").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/metrics/avg_length_of_stay")


def test_an_export_says_it_is_a_demo(visit: OpenPage, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    page = visit("director").page
    follow(page, page.locator('[data-card="discharges"] [data-period="month"] a.door'), "/metrics/")
    follow(page, page.get_by_role("button", name="查看明细"), "/evidence?")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="导出 Excel").click()
    path = tmp_path / "rows.xlsx"
    waiting.value.save_as(path)
    book = load_workbook(path, read_only=True)
    text = "\n".join(
        str(value)
        for sheet in book
        for row in sheet.iter_rows(max_row=12, values_only=True)
        for value in row
        if value is not None
    )
    book.close()
    assert "模拟数据" in text
    assert "截至" in text


def test_paper_carries_as_of_and_no_tools(visit: OpenPage, tmp_path: Path) -> None:
    page = visit("director").page
    page.emulate_media(media="print")
    assert page.get_by_text("数据截至").is_visible()
    assert page.get_by_text("模拟数据").first.is_visible()
    assert not page.get_by_role("navigation", name="主菜单").is_visible()
    page.pdf(path=tmp_path / "cockpit.pdf", format="A4")
    assert (tmp_path / "cockpit.pdf").stat().st_size > 10_000
