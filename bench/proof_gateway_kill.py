"""Kill the gateway at random moments under load: nothing acknowledged is lost, nothing kept twice, order holds."""

from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.proof import Outcome
from tests.unit.integration.test_inbox import kill_once
from yishu.integration.inbox import Inbox

TITLE = "网关 kill -9：收讫不丢、不重、不乱序"
UNIT = "次中断"
KILLS_PER_HOME = 20


def run(seed: int, seconds: float) -> Outcome:
    """As many kills as fit in `seconds`; a new home every KILLS_PER_HOME kills."""
    until = time.monotonic() + seconds
    kills = failures = acknowledged = kept_total = 0
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            sent: list[str] = []
            number = 0
            for turn in range(KILLS_PER_HOME):
                ids, number = kill_once(home, seed * 1_000_000 + kills + turn, number)
                sent += ids
            kills += KILLS_PER_HOME
            box = Inbox(home, datetime.now)
            kept = [k.control_id for k in box.all()]
            fine = box.verify() is None and set(sent) <= set(kept) and len(kept) == len(set(kept))
            by_patient: dict[int, list[str]] = {}
            for ident in kept:
                by_patient.setdefault(int(ident[1:]) % 5, []).append(ident)
            fine = fine and all(ids == sorted(ids) for ids in by_patient.values())
            failures += not fine
            acknowledged += len(sent)
            kept_total += len(kept)
            box.close()
    return Outcome(kills, failures, {"acknowledged": acknowledged, "kept": kept_total})
