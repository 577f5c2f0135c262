"""A metric moves 数字动了: seconds from a message's ACK over MLLP until the director's number has moved, through the served hospital."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.proof import ROOT
from bench.proof_take_kill import FOLDER, NOW, a_home, a_message
from yishu.integration.gateway import FILE
from yishu.kernel import Settings
from yishu.web.client import through_server
from yishu.web.feed import send

TIMES = 20
QUERY = {"metrics": ["outpatient_visits"], "dimensions": [], "time": None}


def measure(times: int = TIMES) -> dict[str, Any]:
    """One message at a time; the number is asked for every 20 ms."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        home = Path(folder) / "home"
        a_home(home)
        moment = {"YISHU_NOW": NOW.isoformat()}
        settings = Settings.of(FOLDER, home, moment)
        words = [sys.executable, "-m", "yishu.cli", "--hospital", str(FOLDER), "--home", str(home), "serve", "--port", str(_free()), "--mllp-port", "0"]
        server = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **moment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _until(lambda: (home / FILE).exists() and _asked(settings) is not None, 180)
            seconds = [_one(settings, n) for n in range(times)]
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    return {
        "messages": times, "first_s": round(seconds[0], 3), "median_s": round(statistics.median(seconds[1:]), 3), "slowest_s": round(max(seconds[1:]), 3),
        "load_average": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def _one(settings: Settings, number: int) -> float:
    before = _asked(settings)
    answers = asyncio.run(send(settings, a_seen_visit(number)))
    acknowledged = time.perf_counter()
    if b"MSA|AA|" not in answers[0]:
        raise RuntimeError(re.sub(r"\s+", " ", answers[0].decode("utf-8", "replace")))
    _until(lambda: _asked(settings) != before, 60)
    return time.perf_counter() - acknowledged


def a_seen_visit(number: int) -> bytes:
    """An outpatient visit that was seen, so that 门诊人次 counts it."""
    head, _, rest = a_message(number, 650_000 + number, 1).partition(b"\rDG1")
    return head + b"\rZGH|0|\xe6\x99\xae\xe9\x80\x9a|1|1|0\rZJZ|20260630090000|20260630091000|20260630092000\rDG1" + rest


def _asked(settings: Settings) -> str | None:
    answer = through_server(settings, "/query", {"viewer": "director", "query": QUERY})
    return json.dumps(answer["rows"]) if answer else None


def _until(true: Any, seconds: float) -> None:
    last = time.monotonic() + seconds
    while not true():
        if time.monotonic() > last:
            raise TimeoutError("the served hospital did not answer in time")
        time.sleep(0.02)


def _free() -> int:
    import socket

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
