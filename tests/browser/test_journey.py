"""患者全流程 and 流程图: a head opens his patient, is asked why for another's, and follows an edge to its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, SKINS, WIDE, OpenPage, follow, go, settle, sound


@pytest.mark.parametrize(("size", "skin"), [(WIDE, SKINS[0]), (NARROW, SKINS[1])], ids=["1440", "390"])
def test_a_patient_opens_and_every_mark_leads_to_its_source(visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str) -> None:
    seen = visit("head_ortho", size=size, skin=skin)
    page = seen.page
    go(page, "/patients")
    sound(seen, tmp_path, "patients")
    people = page.request.get("/api/v1/patients").json()
    mine = next(p["person"] for p in people if p["in_care"])
    go(page, f"/patients/{mine}")
    assert page.locator(".lanes-mark").count() > 0
    sound(seen, tmp_path, "patient")
    go(page, f"/patients/{mine}?tab=list")
    follow(page, page.get_by_role("link", name="查看来源").first, "/record?")
    assert page.locator("tr[data-field]").count() > 0


def test_another_ones_patient_asks_why(visit: OpenPage, tmp_path: Path) -> None:
    seen = visit("head_ortho")
    page = seen.page
    go(page, "/patients")
    other = next(p["person"] for p in page.request.get("/api/v1/patients").json() if not p["in_care"])
    go(page, f"/patients/{other}")
    page.get_by_label("查看理由").fill("骨科请内科会诊")
    sound(seen, tmp_path, "reason")
    page.get_by_role("button", name="写明理由并查看").click()
    page.locator(".journey-banner").wait_for()
    settle(page)
    assert "骨科请内科会诊" in page.locator(".journey-banner").inner_text()
    sound(seen, tmp_path, "opened")


@pytest.mark.parametrize(("size", "skin"), [(WIDE, SKINS[1]), (NARROW, SKINS[0])], ids=["1440", "390"])
def test_the_process_map_and_what_stands_behind_an_edge(visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str) -> None:
    seen = visit("director", size=size, skin=skin)
    page = seen.page
    go(page, "/process?unit=visit")
    page.locator(".flow-node").first.wait_for()
    sound(seen, tmp_path, "process")
    go(page, "/process?unit=visit&tab=edges")
    page.locator("button.flow-link").first.click()
    page.get_by_role("region", name="经过的病例").wait_for()
    settle(page)
    sound(seen, tmp_path, "behind")
    go(page, "/process?tab=pathways")
    assert page.locator(".flow-pathways .ant-table-row").count() > 0
    sound(seen, tmp_path, "pathways")
