"""Gateway watch 看护网关: start the gateway process, start it anew when it dies; a server that dies leaves it running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from yishu.integration.channels import channels
from yishu.integration.gateway import FILE
from yishu.kernel import Settings


@dataclass(frozen=True, slots=True)
class Doors:
    """Which doors to open 入口: ports (None = none)."""

    host: str = "127.0.0.1"
    mllp: int | None = None
    http: int | None = None
    tls: Sequence[str] = ()


class Watch:
    """The watched gateway process 被看护的网关."""

    def __init__(self, settings: Settings, doors: Doors) -> None:
        self._settings, self._doors = settings, doors
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Watch:
        return self

    def open(self) -> None:
        """Start the gateway, where doors are wanted and the hospital has channels."""
        if (self._doors.mllp is None and self._doors.http is None) or not channels(self._settings.hospital):
            return
        _end(self._settings)   # one that a killed server left behind gives way to the new one
        self._start()
        threading.Thread(target=self._watch, name="gateway", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)

    def _start(self) -> None:
        s, d = self._settings, self._doors
        words = [sys.executable, "-m", "yishu.integration.gateway", "--hospital", str(s.hospital), "--home", str(s.home), "--host", d.host]
        words += ["--mllp-port", str(d.mllp)] if d.mllp is not None else []
        words += ["--http-port", str(d.http)] if d.http is not None else []
        words += list(d.tls)
        if not s.environment.get("YISHU_NOW"):
            from datetime import datetime

            words += ["--clock-offset", str((s.clock() - datetime.now()).total_seconds())]
        # a session of its own: the terminal's Ctrl-C is for the server, which then ends the gateway in order
        with self._lock:
            if not self._stop.is_set():  # the server may be closing already
                self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, env=dict(s.environment))

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            if self._process is not None and self._process.poll() is not None:
                self._start()

    def told(self, seconds: float = 10.0) -> dict[str, object]:
        """Where the gateway listens, once it does; nothing where none was started."""
        until = time.monotonic() + seconds
        while self._process is not None and time.monotonic() < until and not self._stop.is_set():
            with suppress(OSError, ValueError):
                said: dict[str, object] = json.loads((self._settings.home / FILE).read_text())
                if said.get("pid") == self._process.pid:
                    return said
            time.sleep(0.05)
        return {}


def _end(settings: Settings) -> None:
    """End the gateway a former server started for this home, by its number and only if it is one."""
    with suppress(OSError, ValueError, KeyError):
        pid = int(json.loads((settings.home / FILE).read_text())["pid"])
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            if b"yishu.integration.gateway" not in words.read():
                return
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.05)
