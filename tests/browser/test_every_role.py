"""每个角色: whoever logs in finds a home, every leaf of his menu is sound, and what is not his is said, not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, OpenPage, Server, go, settle, sound

HOMES = {
    "finance": "/cockpit",
    "quality": "/cockpit",
    "doctor_ortho": "/department",
    "nurse_ortho": "/department",
    "pharmacist": "/department",
    "auditor": "/audit",
}
NOT_HIS = {"doctor_ortho": "/cockpit", "nurse_ortho": "/sources", "pharmacist": "/sources", "auditor": "/cockpit", "finance": "/sources", "quality": "/audit"}


@pytest.mark.parametrize("name", HOMES)
def test_every_leaf_of_the_menu_is_sound(visit: OpenPage, tmp_path: Path, name: str) -> None:
    wide = visit(name)
    assert HOMES[name] in wide.page.url
    leaves = wide.page.get_by_role("navigation", name="主菜单").get_by_role("link")
    paths = [str(leaves.nth(at).get_attribute("href")) for at in range(leaves.count())]
    assert HOMES[name] in paths
    for path in paths:
        go(wide.page, path)
        assert wide.page.locator(".face[data-tone=bad], .face[data-tone=warn]").count() == 0, f"{path} fails for {name}"
        sound(wide, tmp_path, f"{name}{path.replace('/', '-')}")
    narrow = visit(name, size=NARROW, skin="dark")
    sound(narrow, tmp_path, f"{name}-phone-dark")


@pytest.mark.parametrize("name", NOT_HIS)
def test_what_is_not_his_is_said_and_not_shown(visit: OpenPage, name: str) -> None:
    page = visit(name).page
    go(page, NOT_HIS[name])
    assert page.locator(".face[data-tone=warn]").first.is_visible()
    assert page.locator("[data-card], tr[data-source], .audit-list .ant-table-row").count() == 0


def test_the_auditor_finds_an_action_and_the_chain_whole(visit: OpenPage, server: Server) -> None:
    page = visit("auditor").page
    page.get_by_text("审计链完整").wait_for()
    go(page, "/audit?action=login&viewer=auditor")
    rows = page.locator(".audit-list .ant-table-row")
    assert rows.count() >= 1
    assert set(rows.locator("td:nth-child(4)").all_inner_texts()) == {"登录"}
    settle(page)
    text = page.locator("body").inner_text()
    assert not [word for word in server.passwords.values() if word in text]
