"""Alive 活着的模拟医院: while the demo is served its clock ticks; every quarter minute what has come true is written and sent."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from yishu.flow import letters
from yishu.integration.channels import channels
from yishu.kernel import Settings
from yishu.web.feed import through_gateway

if TYPE_CHECKING:
    from yishu.demo.ahead import Ahead

log = logging.getLogger("yishu.demo")
LIVED = "demo-lived.json"
EVERY = 15.0         # seconds between ticks
STRETCH = 8 * 3600   # seconds lived ahead at once


def lived(home: Path) -> datetime:
    """The moment up to which the demo has lived 活到何时; long ago if it never has."""
    path = home / LIVED
    return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["until"]) if path.is_file() else datetime(2000, 1, 1)


class Alive:
    """The thread that lets the demo live 心跳; it writes the source stores and posts messages to the inbox, never the warehouse."""

    def __init__(self, settings: Settings, seed: int, scale: float) -> None:
        self._settings, self._seed, self._scale = settings, seed, scale
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="alive", daemon=True)
        self._ahead: Ahead | None = None

    def __enter__(self) -> Alive:
        if not self._settings.environment.get("YISHU_NOW"):
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def _work(self) -> None:
        since = self._settings.clock()
        while not self._stop.wait(EVERY):
            now = self._settings.clock()
            try:
                self.tick(since, now)
                since = now
            except Exception as error:
                # one line, no patient in it; the next tick makes up for it
                log.error("alive: %s", type(error).__name__)

    def tick(self, since: datetime, now: datetime) -> int:
        """Write and send what came true after `since` up to `now`; how many messages were sent."""
        # here: the simulator is imported when the hospital first lives on, not before its door is open
        from yishu.demo.ahead import ahead
        from yishu.demo.live import step, write
        from yishu.demo.world import seconds

        home, begin, end = self._settings.home, seconds(since.replace(microsecond=0)), seconds(now.replace(microsecond=0))
        if self._ahead is None or self._ahead.end < end:
            turn = self._turn()
            self._ahead = ahead(home, seed=self._seed, now=begin, end=end + STRETCH, scale=self._scale, turn=turn)
            self._note(since, turn + 1)
        made = write(home, step(self._ahead, begin, end))
        known = {c.name for c in channels(self._settings.hospital)}
        for channel, paths in made.items():
            if channel in known and not through_gateway(self._settings, paths):
                letters.post(self._settings, channel, paths)
        self._note(now, self._turn())
        return sum(len(paths) for paths in made.values())

    def _turn(self) -> int:
        path = self._settings.home / LIVED
        return int(json.loads(path.read_text(encoding="utf-8"))["turn"]) if path.is_file() else 0

    def _note(self, until: datetime, turn: int) -> None:
        until = until.replace(microsecond=0) + timedelta(seconds=0)
        (self._settings.home / LIVED).write_text(json.dumps({"until": until.isoformat(), "turn": turn}), encoding="utf-8")
