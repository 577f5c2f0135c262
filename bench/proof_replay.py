"""Replay 重放: messages sent by sixteen senders, placed as they come; placed again, and the warehouse made anew: the same checksums, history included."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from bench.proof import Outcome
from bench.proof_take_kill import FOLDER, NOW, a_home, a_message
from yishu import flow, hospital
from yishu.flow import letters
from yishu.integration.channels import channels
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

TITLE = "十六个发送方，入模、全部重放、删库重建：三者校验和相同（含历史）"
UNIT = "条重放的消息"
SENDERS = 16
MOST = 100_000
A_SECOND = 250   # messages that surely fit in a second of a run


def run(seed: int, seconds: float) -> Outcome:
    """A hundred thousand messages where the time allows it."""
    messages = min(MOST, int(seconds * A_SECOND))
    with tempfile.TemporaryDirectory() as base:
        home = Path(base) / "home"
        a_home(home, visits=True)
        settings = Settings.of(FOLDER, home, {"YISHU_NOW": (NOW + timedelta(days=1)).isoformat()})
        sending = _timed(lambda: send(home, seed, messages))
        rng = random.Random(seed)
        placing = _timed(lambda: place(settings, rng))
        fresh = sums(home)
        inbox = Inbox(home, settings.clock)
        numbers = [kept.id for kept in inbox.all()]
        inbox.replay(numbers)
        waiting = len(inbox.waiting())
        inbox.close()
        replaying = _timed(lambda: place(settings, rng))
        replayed = sums(home)
        rebuilding = _timed(lambda: flow.load(settings, rebuild=True))
        rebuilt = sums(home)
    differing = [f"replayed {t}" for t in fresh if fresh[t] != replayed.get(t)] + [f"rebuilt {t}" for t in fresh if fresh[t] != rebuilt.get(t)]
    failures = (len(numbers) != messages) + (waiting != messages) + len(differing)
    return Outcome(messages, failures, {"tables": len(fresh), "differing": differing, "send_s": sending, "place_s": placing, "replay_s": replaying, "rebuild_s": rebuilding})


def send(home: Path, seed: int, messages: int) -> None:
    """Sixteen senders at once, each with patients of his own, in order."""
    inbox = Inbox(home, Clock().now)
    door = Door(Channel.of(next(c for c in channels(FOLDER) if c.name == "his_adt")), inbox, lambda: NOW)

    def one(sender: int) -> None:
        rng, steps = random.Random(seed * 100 + sender), dict[int, int]()
        for number in range(sender, messages, SENDERS):
            patient = 600_000 + sender * 1_000 + rng.randrange(1 + messages // SENDERS // 8)
            steps[patient] = steps.get(patient, 0) + 1
            taking = door.take(a_message(number, patient, steps[patient]))
            if rng.random() < 0.05:
                taking.stamp.result(60)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inbox.close()


class Clock:
    """A clock that moves 20 ms a look, so that each commit has its own moment."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        """The next moment."""
        self._now += timedelta(milliseconds=20)
        return self._now


def place(settings: Settings, rng: random.Random) -> None:
    """Place all that waits, in batches of many sizes."""
    with letters.placing(settings) as taker:
        while taker.run(rng.choice((500, 2_000, 5_000))):
            pass


def sums(home: Path) -> dict[str, str]:
    """The checksums of every table."""
    connection = warehouse_instance(home, read_only=True)
    try:
        return hospital.checksum(connection)
    finally:
        connection.close()


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 1)
