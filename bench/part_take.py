"""The whole way 收入到入模: messages a second from the inbox to hospital rows, and how the monitor opens with many waiting."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.proof_take_kill import FOLDER, NOW, a_message
from yishu import flow
from yishu.demo.make import make
from yishu.flow import letters
from yishu.flow.monitor import overview
from yishu.integration.channels import channels
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox, Search
from yishu.kernel import Settings

MESSAGES = 20_000


def measure(messages: int = MESSAGES) -> dict[str, Any]:
    """Placed messages a second; seconds until one message's rows are committed; the monitor over what waits."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        home = Path(folder) / "home"
        settings = Settings.of(FOLDER, home, {"YISHU_NOW": NOW.isoformat()})
        make(home, seed=1, until=NOW, days=3, scale=0.05, defects="none")
        flow.load(settings, ["his_mz", "his_zy", "lis"])
        put = _fill(home, settings, messages, 0)
        inbox = Inbox(home, lambda: NOW)
        began = time.perf_counter()
        overview(settings, inbox)
        opened = time.perf_counter() - began
        began = time.perf_counter()
        inbox.search(Search(control_id=f"K{messages // 2}"))
        searched = time.perf_counter() - began
        inbox.close()
        with letters.placing(settings) as taker:
            began = time.perf_counter()
            receipts = taker.drain()
            placed = time.perf_counter() - began
            _fill(home, settings, 1, messages)
            began = time.perf_counter()
            taker.drain()
            one = time.perf_counter() - began
        assert len(receipts) == messages
    return {
        "messages": messages, "put_per_s": round(messages / put), "placed_per_s": round(messages / placed), "one_message_s": round(one, 3),
        "monitor_opens_s": round(opened, 4), "search_s": round(searched, 4), "load_average": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def _fill(home: Path, settings: Settings, messages: int, after: int) -> float:
    inbox = Inbox(home, datetime.now if after < 0 else settings.clock)
    door = Door(Channel.of(next(c for c in channels(FOLDER) if c.name == "his_adt")), inbox, settings.clock)
    began = time.perf_counter()
    stamps = [door.take(a_message(n, 600_000 + n % 4_000, n)).stamp for n in range(after, after + messages)]
    for stamp in stamps:
        stamp.result(60)
    inbox.close()
    return time.perf_counter() - began
