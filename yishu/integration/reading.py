"""Reading 读取进程: sources are read in worker processes, so that a hung driver can be killed; an idle one is used again.

A fresh interpreter takes a second to start; a hospital has ten sources.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yishu
from yishu.integration.errors import SourceSlow
from yishu.integration.spec import SourceSpec

_idle: list[_Process] = []
_guard = threading.Lock()


class _Process:
    """One worker process, and a thread that collects its lines."""

    def __init__(self) -> None:
        root = str(Path(yishu.__file__).parents[1])
        path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        self.used = False
        self.lines: queue.Queue[str] = queue.Queue()
        self.popen = subprocess.Popen(
            [sys.executable, "-c", "from yishu.integration.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
        )
        threading.Thread(target=self._pump, daemon=True).start()

    def _pump(self) -> None:
        assert self.popen.stdout is not None
        with suppress(ValueError, OSError):
            for line in self.popen.stdout:
                self.lines.put(line)
        self.lines.put("")

    def send(self, text: str) -> None:
        assert self.popen.stdin is not None
        with suppress(BrokenPipeError):
            self.popen.stdin.write(text + "\n")
            self.popen.stdin.flush()

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream is not None:
                with suppress(OSError, ValueError):
                    stream.close()


def _take() -> _Process:
    with _guard:
        while _idle:
            process = _idle.pop()
            if process.popen.poll() is None:
                process.used = True
                return process
            process.end()
    return _Process()


def _give_back(process: _Process) -> None:
    with _guard:
        _idle.append(process)


@atexit.register
def _end_all() -> None:
    with _guard:
        while _idle:
            _idle.pop().end()


def events_of(text: str, spec: SourceSpec) -> Generator[dict[str, Any], None, None]:
    """The events of one job; raises SourceSlow when a table takes longer than the source's limit.

    The stream ends early when the worker died. Whoever stops listening early kills the worker.
    """
    process = _take()
    process.send(text)
    heard = finished = False
    table, since = "", time.monotonic()
    try:
        while True:
            try:
                line = process.lines.get(timeout=max(0.01, since + spec.limits.seconds - time.monotonic()))
            except queue.Empty:
                raise _slow(spec, table) from None
            if not line:
                if heard or not process.used:
                    return
                process.end()
                process = _Process()
                process.send(text)
                continue
            event = json.loads(line)
            heard = True
            if event["event"] == "end":
                finished = True
                return
            table, since = event.get("table", ""), time.monotonic()
            yield event
    finally:
        if finished:
            _give_back(process)
        else:
            process.end()


def _slow(spec: SourceSpec, table: str) -> SourceSlow:
    return SourceSlow(
        "source.slow",
        f"来源 {spec.name}{' 的表 ' + table if table else ''} 超过 {spec.limits.seconds:g} 秒没有读完，已停止",
        hint="查看来源是否繁忙，或在 sources 里把 limits.seconds 放宽；上一次装载的数据仍在",
        where=table,
    )
