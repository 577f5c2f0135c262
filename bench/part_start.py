"""Start 启动: seconds from `yishu demo` to an open door and a filled cockpit, cold and again, with the processor time of the server.

Without `YISHU_BENCH_HOME` a home of the default size is made, loaded and opened from nothing; with it only the next starts are measured.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

AGAIN = 5
LONGEST = 600.0


def measure() -> dict[str, Any]:
    """Cold once, then again five times; every start is ended before the next."""
    given = os.environ.get("YISHU_BENCH_HOME")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given or folder) if given else Path(folder) / "home"
        told: dict[str, Any] = {} if given else {"cold": _start(home, LONGEST)}
        starts = [_start(home, 60.0) for _ in range(AGAIN)]
    told["again"] = {key: median(each[key] for each in starts) for key in ("door_s", "door_cpu_s", "cockpit_s")} | {"starts": starts}
    return told


def _start(home: Path, longest: float) -> dict[str, float]:
    """One start: the first page over the port, then the cockpit by the link the terminal shows."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    said = home.with_name("said.txt")
    said.parent.mkdir(parents=True, exist_ok=True)
    with said.open("w") as stream:
        server = subprocess.Popen([sys.executable, "-m", "yishu.cli", "demo", "--home", str(home), "--port", str(port)], stdout=subprocess.DEVNULL, stderr=stream)
    try:
        _page(f"http://127.0.0.1:{port}/", began + longest, server)
        door, used = time.perf_counter() - began, _used(server.pid)
        link = re.search(r"http://\S+/login/link/\S+", said.read_text(encoding="utf-8"))
        assert link is not None, "no link told"
        assert _cockpit(port, link[0]), "an empty cockpit"
        return {"door_s": round(door, 2), "door_cpu_s": used, "cockpit_s": round(time.perf_counter() - began, 2)}
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def _page(address: str, until: float, server: subprocess.Popen[bytes]) -> None:
    while time.perf_counter() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=30).read()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the door did not open")


def _used(pid: int) -> float:
    """Processor seconds 处理器时间 of the server so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _cockpit(port: int, link: str) -> list[Any]:
    """The cards that hold this month's figure."""
    browser = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    browser.request("GET", link[link.index("/api/"):])
    answer = browser.getresponse()
    answer.read()
    session = str(answer.getheader("Set-Cookie")).split(";")[0]
    browser.request("GET", "/api/v1/cockpit", headers={"Cookie": session})
    told: dict[str, Any] = json.loads(browser.getresponse().read())
    browser.close()
    return [card for card in told["cards"] if card["columns"]["month"]["value"] is not None]
