"""登录: the right word, the wrong word, the dropped cookie, the demo's doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, SKINS, WIDE, OpenPage, Server, settle, sound


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_the_login_page_is_sound(visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str) -> None:
    seen = visit(None, size=size, skin=skin)
    seen.page.goto("/login")
    settle(seen.page)
    sound(seen, tmp_path, "login")


def test_a_wrong_word_is_refused_in_plain_words(visit: OpenPage) -> None:
    page = visit(None).page
    page.goto("/login")
    page.get_by_label("账号", exact=True).fill("auditor")
    page.get_by_label("密码", exact=True).fill("not this one")
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    assert page.get_by_role("alert").inner_text().strip()
    assert "/login" in page.url


def test_the_demo_switches_roles_without_a_word(visit: OpenPage) -> None:
    page = visit(None).page
    page.goto("/login")
    page.locator('[data-account="head_ortho"]').click()
    page.wait_for_url("**/department")
    settle(page)
    page.get_by_role("button", name="账号").click()
    page.get_by_role("menuitem", name="信息科").first.click()
    page.wait_for_url("**/sources")


def test_a_dropped_cookie_gets_a_clear_page(visit: OpenPage, server: Server, tmp_path: Path) -> None:
    seen = visit(None)
    page = seen.page
    page.route("**/api/v1/login", lambda route: route.fulfill(status=200, content_type="application/json", body="{}"))
    page.goto("/login")
    page.get_by_label("账号", exact=True).fill("director")
    page.get_by_label("密码", exact=True).fill(server.passwords["director"])
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.get_by_text("浏览器没有留下登录信息").wait_for()
    sound(seen, tmp_path, "lost_cookie")


def test_a_shared_address_waits_for_the_login(visit: OpenPage, server: Server) -> None:
    page = visit(None).page
    page.goto("/metrics?find=cmi")
    page.wait_for_url("**/login?next=*")
    page.get_by_label("账号", exact=True).fill("director")
    page.get_by_label("密码", exact=True).fill(server.passwords["director"])
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/metrics?find=cmi")
