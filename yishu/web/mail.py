"""Mail 收发室: the server's thread that places what the inbox holds, and the gateway process it watches."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from duckdb import DuckDBPyConnection

from yishu.flow.alerts import look
from yishu.flow.take import MessageReceipt, Taker
from yishu.integration.channel_versions import Versions, note_all
from yishu.integration.channels import ChannelSpec, channels
from yishu.integration.inbox import Inbox
from yishu.kernel import Settings

log = logging.getLogger("yishu.web")
REHEARSED = 5_000
LOOKS = 30.0   # seconds between looks at silence, clocks and gaps
EVERY = 0.1   # seconds between looks at the inbox: a metric moves well within two seconds of its ACK


class Mail:
    """Places waiting messages 收发室 as long as the server runs; one writer at a time."""

    def __init__(self, settings: Settings, warehouse: DuckDBPyConnection, writing: Callable[[], AbstractContextManager[object]], moved: Callable[[], None]) -> None:
        self._settings, self._warehouse, self._writing, self._moved = settings, warehouse, writing, moved
        self.inbox = Inbox(settings.home, settings.clock)
        self._taker: Taker | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mail", daemon=True)

    @staticmethod
    def wanted(settings: Settings) -> bool:
        """Whether the hospital has channels at all."""
        return bool(channels(settings.hospital))

    def start(self) -> None:
        """Begin to place."""
        self._thread.start()

    def close(self) -> None:
        """Stop placing; what waits stays in the inbox."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        if self._taker is not None:
            self._taker.close()
        self.inbox.close()

    def _work(self) -> None:
        looked = -LOOKS
        while not self._stop.wait(EVERY):
            try:
                if self.inbox.depth():
                    self.drain()
                if time.monotonic() - looked > LOOKS:
                    looked = time.monotonic()
                    look(self._settings, self.inbox)
            except Exception as error:
                # the text may carry patient data; the message itself stays in the inbox
                log.error("mail: %s", type(error).__name__)
                self._taker = None
                self._stop.wait(5.0)

    def taker(self) -> Taker:
        """The one who places; opened at the first message, anew after a load has brought other dictionaries."""
        if self._taker is None:
            self._taker = Taker(self._settings, self._warehouse.cursor(), self.inbox)
            note_all(self._settings.hospital, self._settings.home, self._settings.clock())   # the text now in use
        return self._taker

    def forget(self) -> None:
        """A load has changed what is known: open anew before the next batch."""
        if self._taker is not None:
            self._taker.close()
            self._taker = None

    def drain(self) -> list[MessageReceipt]:
        """Place all that may be placed now."""
        with self._writing():
            out = self._drain()
        if out:
            self._moved()
        return out

    def _drain(self) -> list[MessageReceipt]:
        out: list[MessageReceipt] = []
        taker = self.taker()
        while part := taker.run():
            out += part
            if self._stop.is_set():
                break
        return out

    def rehearse(self, ids: Sequence[int]) -> list[dict[str, object]]:
        """What placing these messages again would change 演练; nothing is kept."""
        kept = [k for k in (self.inbox.get(i) for i in ids[:REHEARSED]) if k is not None]
        with self._writing():
            return [r.as_json() for r in self.taker().apply(kept, keep=False).values()]

    def put_back(self, versions: Versions, channel: str, number: int, by: str) -> int:
        """An earlier text of a channel is in use from the next batch on 回退."""
        with self._writing():
            made = versions.put_back(self._settings.hospital, channel, number, self._settings.clock(), by)
            self.forget()
        return made

    def spec(self, channel: str) -> ChannelSpec | None:
        """The channel of that name."""
        return next((c for c in channels(self._settings.hospital) if c.name == channel), None)

    def receipts(self, ids: Sequence[int]) -> list[dict[str, object]]:
        """What became of these messages, placed now if they were not yet."""
        wanted = {f"M{i}" for i in ids}
        return [r.as_json() for r in self.drain() if r.message_id in wanted]
