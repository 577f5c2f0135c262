"""A hospital is served: refused in the clear, one server a home, commands go through it, the browser keeps its cookie."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_hospital import loaded
from yishu.kernel import Settings

ROOT = Path(__file__).parents[2]


def yishu(settings: Settings, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yishu.cli", "--hospital", str(settings.hospital), "--home", str(settings.home), *words]
    environment = {**os.environ, "YISHU_NOW": "2025-01-08T08:00:00"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, input=text, check=False, timeout=120)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return loaded(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def served(hospital: Settings) -> Iterator[tuple[Settings, int, str]]:
    port = free_port()
    code = (
        "import sys; from yishu.kernel import Settings; from yishu.web.serve import Listen, serve; "
        "serve(Settings.of(sys.argv[1], sys.argv[2]), Listen(port=int(sys.argv[3])), demo=True, say=lambda l: print(l, flush=True))"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(hospital.hospital), str(hospital.home), str(port)], cwd=ROOT,
        env={**os.environ, "YISHU_NOW": "2025-01-08T08:00:00"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    link = ""
    for line in server.stdout:
        found = re.search(r"http://\S+/login/link/\S+", line)
        if found:
            link = found.group()
        if "demo-accounts" in line:
            break
    assert link
    yield hospital, port, link
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=30)
    assert not (hospital.home / "server.json").exists()


def test_commands_go_through_the_running_server(served: tuple[Settings, int, str]) -> None:
    settings, _, _ = served
    answer = yishu(settings, "--json", "load", "mz")
    assert answer.returncode == 0, answer.stderr
    receipt = json.loads(answer.stdout)
    assert receipt["rows_in"] == sum(receipt[name] for name in ("placed", "merged", "flagged", "quarantined", "ignored"))
    assert "抽取 门诊" in answer.stderr
    refused = yishu(settings, "--json", "load", "--rebuild")
    assert refused.returncode == 2 and json.loads(refused.stdout)["error"]["code"] == "load.rebuild_open"
    traced = yishu(settings, "--json", "trace", "visit", "MZ-1")
    assert json.loads(traced.stdout)["origin"]["key"] == "1"
    assert yishu(settings, "check", "--defects").stdout.startswith("id,family")


def test_a_second_server_and_a_taken_port_are_refused(served: tuple[Settings, int, str]) -> None:
    settings, port, _ = served
    second = yishu(settings, "--json", "serve", "--port", str(free_port()))
    assert second.returncode == 4 and json.loads(second.stdout)["error"]["code"] == "warehouse.busy"
    taken = yishu(settings, "--json", "serve", "--port", str(port))
    assert taken.returncode == 4 and json.loads(taken.stdout)["error"]["code"] == "serve.port"


def test_the_demo_writes_its_accounts_for_their_owner_only(served: tuple[Settings, int, str]) -> None:
    settings, port, _ = served
    path = settings.home / "demo-accounts.json"
    assert path.stat().st_mode & 0o077 == 0 and (settings.home / "server.json").stat().st_mode & 0o077 == 0
    made = json.loads(path.read_text())
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/login", json.dumps({"name": "director", "password": made["director"]}).encode(),
        {"content-type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["viewer"]["name"] == "director"


@pytest.mark.browser
@pytest.mark.needs("chromium")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_browser_keeps_a_secure_cookie_on_this_machine(served: tuple[Settings, int, str], host: str) -> None:
    from playwright.sync_api import sync_playwright

    settings, port, _ = served
    password = json.loads((settings.home / "demo-accounts.json").read_text())["director"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://{host}:{port}/api/v1/health")
        told = page.evaluate(
            "async (password) => { await fetch('/api/v1/login', {method: 'POST', headers: {'content-type': 'application/json'},"
            " body: JSON.stringify({name: 'director', password})}); const me = await fetch('/api/v1/me');"
            " return [me.status, (await me.json()).name, document.cookie] }",
            password,
        )
        browser.close()
    assert told == [200, "director", ""]


def test_plain_http_is_refused_on_an_address_others_reach(hospital: Settings) -> None:
    answer = yishu(hospital, "--json", "serve", "--host", "0.0.0.0")
    error = json.loads(answer.stdout)["error"]
    assert answer.returncode == 2 and error["code"] == "serve.plain"
    assert "--tls-cert" in error["hint"] and "--behind-proxy" in error["hint"]


def test_a_trial_certificate_serves_tls(hospital: Settings, tmp_path: Path) -> None:
    pair = json.loads(yishu(hospital, "--json", "doctor", "--make-cert", str(tmp_path / "tls")).stdout)
    assert Path(pair["key"]).stat().st_mode & 0o077 == 0
    told = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    told.load_cert_chain(pair["cert"], pair["key"])
    again = yishu(hospital, "--json", "doctor", "--make-cert", str(tmp_path / "tls"))
    assert again.returncode == 2
