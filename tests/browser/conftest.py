"""Browser tests 浏览器测试: one demo hospital of 60 days, one server, Debian's chromium; skipped by name where one is lacking."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.needs import have

ROOT = Path(__file__).parents[2]
AXE = ROOT / "portal" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DAYS = 60
UNTIL = "2026-06-30T10:00"
WIDE, NARROW = (1440, 900), (390, 844)
SKINS = ("light", "dark")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a browser test and needs chromium and the built portal."""
    lacking = [name for name in ("chromium", "portal") if not have(name)]
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            for name in lacking:
                item.add_marker(pytest.mark.skip(reason=f"needs {name}"))


@dataclass(frozen=True, slots=True)
class Server:
    """A running demo 运行中的演示: where it is and how its accounts log in."""

    base_url: str
    home: Path
    passwords: dict[str, str]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _passwords(home: Path) -> dict[str, str]:
    kept = json.loads((home / "demo-accounts.json").read_text("utf-8"))
    kept = kept.get("accounts", kept) if isinstance(kept, dict) else kept
    if isinstance(kept, list):
        return {str(one["name"]): str(one["password"]) for one in kept}
    return {str(name): str(one["password"] if isinstance(one, dict) else one) for name, one in kept.items()}


def _answers(base_url: str, process: subprocess.Popen[bytes], log: Path, patience: float = 300) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text('utf-8', 'replace')[-2000:]}")
        try:
            with urllib.request.urlopen(f"{base_url}/api/v1/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not answer within {patience} s: {log.read_text('utf-8', 'replace')[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo hospital, made once and served (`YISHU_TEST_HOME` names one already made)."""
    work = tmp_path_factory.mktemp("browser")
    given = os.environ.get("YISHU_TEST_HOME")
    home = Path(given) if given else work / "home"
    made = [] if given else ["--days", str(DAYS), "--until", UNTIL]
    port = _free_port()
    log = work / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "yishu.cli", "demo", *made, "--home", str(home), "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=out,
        )
    base_url = f"http://127.0.0.1:{port}"
    try:
        _answers(base_url, process, log)
        yield Server(base_url, home, _passwords(home))
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium 浏览器."""
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=shutil.which("chromium") or "chromium", args=CHROMIUM)
        yield running
        running.close()


@dataclass(frozen=True, slots=True)
class Visit:
    """A person at a screen 一次到访."""

    page: Page
    faults: list[str]


OpenPage = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Open a browser for a person: `visit("director", size=NARROW, skin="dark")` logs in with the password."""
    opened: list[BrowserContext] = []

    def come(name: str | None, size: tuple[int, int] = WIDE, skin: str = "light") -> Visit:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            base_url=server.base_url,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        context.add_init_script(f"localStorage.setItem('yishu.skin', '{skin}')")
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        if name is not None:
            log_in(page, name, server.passwords[name])
        return Visit(page, faults)

    yield come
    for context in opened:
        context.close()


def log_in(page: Page, name: str, password: str) -> None:
    """Through the login page, as a person does."""
    page.goto("/login")
    page.get_by_label("账号", exact=True).fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)
    settle(page)


def settle(page: Page) -> None:
    """Wait until nothing on the page is loading."""
    page.wait_for_load_state("networkidle")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator(".face-loading, main[aria-busy=true]")).to_have_count(0, timeout=20_000)


def follow(page: Page, door: Locator, to: str) -> None:
    """Go through a door and wait for what lies behind it."""
    door.click()
    page.wait_for_url(lambda url: to in url)
    settle(page)


def go(page: Page, path: str) -> None:
    """Open an address and wait for what it shows."""
    page.goto(path)
    settle(page)


def axe(page: Page) -> list[str]:
    """What axe finds (WCAG 2.2 A and AA), one line a finding."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})).violations"
        ".flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} ${n.any.map(a => a.message).join('; ')}`))"
    )
    return list(found)


def sound(visit: Visit, tmp_path: Path, name: str) -> None:
    """A page is sound: no script error, nothing for axe, no sideways scrolling; its picture is kept."""
    page = visit.page
    page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
    assert visit.faults == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, f"{name} scrolls sideways"
    if AXE.is_file():
        assert axe(page) == []
