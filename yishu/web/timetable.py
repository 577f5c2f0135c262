"""Timetable 定时装载: a thread of the server that loads each source when its time has come."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from yishu import flow
from yishu.kernel.errors import YishuError
from yishu.web.house import Busy, House

LOOK_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Timetable:
    """Loads sources by their `schedule` while it is open; a failed attempt waits for the next time like any other."""

    def __init__(self, house: House, look_seconds: float = LOOK_SECONDS) -> None:
        self.house, self.look_seconds = house, look_seconds
        self.tried: dict[str, datetime] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timetable", daemon=True)

    def __enter__(self) -> Timetable:
        self.tried = flow.last_loads(self.house.settings)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.wait(self.look_seconds):
            self.once()

    def once(self) -> tuple[str, ...]:
        """Load what is due now; returns the names of the sources tried."""
        now = self.house.clock()
        try:
            names = flow.due(self.house.settings, self.tried, now)
            if not names:
                return ()
            receipt = self.house.load(list(names), False, False, lambda _: None)
        except Busy:
            return ()  # somebody loads by hand: looked at again in a moment
        except YishuError as error:
            _log.warning("定时装载没有做成：%s", error.code)
            names = tuple(flow.next_loads(self.house.settings, self.tried, now)) if error.code != "source.faults" else ()
            self.tried |= dict.fromkeys(names, now)
            return names
        self.tried |= dict.fromkeys(names, now)
        for source in receipt.failed:
            _log.warning("来源 %s 没有装入：%s", source.source, (source.error or {}).get("code"))
            self.house.note("system:timetable", "load_failed", source.source)
        return names
