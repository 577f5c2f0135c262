"""Order within a patient under failures, retries, parks, merges, replays and restarts, against a plain model that folds messages in their order."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from bench.proof import Outcome
from tests.property.message_world import Said, World, a_world

TITLE = "同一患者的次序：失败、重试、搁置、合并、重放、重启的随机序列，与平白模型逐版本相同"
UNIT = "步"
STEPS = 40
CODES, STARTS, ENDS = (None, "S00001", "S00002", "S00003"), (None, "20260630080000", "20260630081500"), (None, "20260630090000")


def run(seed: int, seconds: float) -> Outcome:
    """As many sequences as fit; each begins with new patients and ends with every version compared."""
    rng, until = random.Random(seed), time.monotonic() + seconds - 10
    steps = failures = sequences = messages = 0
    with tempfile.TemporaryDirectory() as folder, a_world(Path(folder)) as world:
        while time.monotonic() < until:
            world.begin()
            try:
                for _ in range(STEPS):
                    one_step(rng, world)
                    steps += 1
                world.check()
            except AssertionError:
                failures += 1
            sequences, messages = sequences + 1, messages + len(world.told)
    return Outcome(steps, failures, {"sequences": sequences, "messages": messages})


def one_step(rng: random.Random, world: World) -> None:
    """One thing that happens."""
    dice = rng.random()
    if dice < 0.5:
        said: Said = (rng.choice(CODES), rng.choice(STARTS), rng.choice(ENDS))
        world.send(rng.randint(1, 3), rng.randint(0, 1), said, rng.choice((None, None, None, 1)), rng.random() < 0.2, rng.choice((0, 1, 500)))
    elif dice < 0.7:
        world.take(rng.choice((1, 2, 100)))
    elif dice < 0.8:
        world.wait(rng.choice((1, 30)))
    elif dice < 0.87:
        world.park()
    elif dice < 0.98:
        world.replay([rng.randrange(40) for _ in range(rng.randint(1, 4))])
    else:
        world.reopen()
