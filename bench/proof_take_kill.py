"""Kill the one who places messages at random moments under load: each message applied once, none lost, in order within a patient."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from bench.proof import ROOT, Outcome
from yishu import flow
from yishu.demo.make import make as demo
from yishu.flow import letters
from yishu.integration.channels import channels
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

TITLE = "入模进程（命令与服务的收发室）kill -9，一成磁盘写满：不丢、不重、同一患者不乱序"
UNIT = "次中断"
FOLDER = ROOT / "hospitals" / "model"
NOW = datetime(2026, 6, 30, 10)
KILLS_PER_HOME = 40
PATIENTS = range(500_001, 500_013)


def a_message(number: int, patient: int, step: int) -> bytes:
    """Step `step` of a patient's visit: the department counts up, so that the last word tells the order."""
    said = f"202606301{step // 60 % 6}{step % 60:02d}00"
    return (
        f"MSH|^~\\&|HIS_MZ|J|E|Y|{said}||ADT^A04|K{number}|P|2.4\rEVN|A04|{said}\rPID|1||{patient}^^^HIS_MZ^PI||张{patient}||19800101|M\r"
        f"PV1|1|O|0403|||||||0403|||||||||{patient}{'|' * 25}{said}\rDG1|1||S{step:05d}^第{step}步^ICD10\r"
    ).encode()


class Sender:
    """A system that keeps sending 发送方 while takers are killed."""

    def __init__(self, rng: random.Random, home: Path) -> None:
        self.steps, self.number, self.now = dict.fromkeys(PATIENTS, 0), 0, NOW
        self.inbox = Inbox(home, lambda: self.now)
        self._rng, self._stop, self._room = rng, threading.Event(), threading.Event()
        self._door = Door(Channel.of(next(c for c in channels(FOLDER) if c.name == "his_adt")), self.inbox, lambda: self.now)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def more(self) -> None:
        """Send some forty more."""
        self._room.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            if not self._room.wait(0.1):
                continue
            self._room.clear()
            for _ in range(8):
                waiting = []
                for _ in range(self._rng.randint(1, 10)):
                    patient = self._rng.choice(PATIENTS)
                    self.steps[patient] += 1
                    self.number += 1
                    self.now += timedelta(milliseconds=7)
                    waiting.append(self._door.take(a_message(self.number, patient, self.steps[patient])).stamp)
                for stamp in waiting:
                    stamp.result(60)
                time.sleep(self._rng.uniform(0, 0.02))

    def close(self) -> None:
        """Stop sending."""
        self._stop.set()
        self._thread.join()
        self.inbox.close()


class Zygote:
    """The process that forks takers 待杀者之母."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._process = subprocess.Popen([sys.executable, "-m", "bench.takers", str(FOLDER), str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._say, self._hear = self._process.stdin, self._process.stdout
        self._hear.readline()

    def kill_one(self, rng: random.Random) -> tuple[bool, bool]:
        """Start one and kill it at a random moment, one in five before it has opened; (killed while opening, disk was full)."""
        full, early = rng.random() < 0.1, rng.random() < 0.2
        largest = max(p.stat().st_size for p in self.home.iterdir() if p.is_file())
        room = largest + rng.choice((0, 4_096, 50_000)) if full else 0
        self._say.write(f"{rng.choice(('taker', 'mail'))} {rng.choice([1, 3, 20, 200])} {room}\n")
        self._say.flush()
        child, opened, gone = 0, False, False

        def heard() -> None:
            nonlocal child, opened, gone
            line = self._hear.readline().strip()
            opened, gone = opened or line == "open", gone or line in ("gone", "")
            child = int(line) if line.isdigit() else child

        while not child:
            heard()
        if early:
            time.sleep(rng.uniform(0.0, 1.2))
        else:
            while not (opened or gone):
                heard()
            time.sleep(rng.uniform(0.0, 0.6))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        was_open = opened
        while not gone:
            heard()
        return not was_open, full

    def close(self) -> None:
        """Let it go."""
        self._say.close()
        self._process.wait()
        self._hear.close()


def one_home(rng: random.Random, home: Path, kills: int, until: float) -> tuple[int, bool, dict[str, int]]:
    """(kills done, whether all held, what was seen)."""
    settings = Settings.of(FOLDER, home, {"YISHU_NOW": NOW.isoformat()})
    sender, zygote = Sender(rng, home), Zygote(home)
    done = early = full = 0
    while done < kills and time.monotonic() < until:
        sender.more()
        was_early, was_full = zygote.kill_one(rng)
        done, early, full = done + 1, early + was_early, full + was_full
    zygote.close()
    sender.close()
    with letters.placing(settings) as taker:
        taker.drain()
    return done, holds(home, sender.number, sender.steps), {"messages": sender.number, "while_opening": early, "disk_full": full}


def holds(home: Path, number: int, steps: Mapping[int, int]) -> bool:
    """Each message applied once, none waiting, the chain whole, and each visit's versions in the order of its messages."""
    connection = warehouse_instance(home, read_only=True)
    try:
        marks = connection.execute("SELECT count(*), count(DISTINCT seq) FROM wh.quality.taken").fetchone()
        said = dict(connection.execute("SELECT visit_id, diagnosis_code FROM wh.hospital.visit").fetchall())
        versions = connection.execute(
            "SELECT visit_id, list(diagnosis_code ORDER BY known_from) FROM (SELECT visit_id, diagnosis_code, known_from FROM wh.history.visit "
            "UNION ALL SELECT visit_id, diagnosis_code, known_from FROM wh.hospital.visit) GROUP BY 1"
        ).fetchall()
    finally:
        connection.close()
    inbox = Inbox(home, lambda: NOW)
    fine = marks == (number, number) and not inbox.waiting() and not inbox.stuck() and inbox.verify() is None
    inbox.close()
    fine = fine and said == {f"MZ-{p}": f"S{n:05d}" for p, n in steps.items() if n}
    # messages of one commit are received at one moment: of those only the last leaves a version
    return fine and all(codes == sorted(set(codes)) and codes[-1] == f"S{steps[int(visit[3:])]:05d}" for visit, codes in versions)


def a_home(first: Path, *, visits: bool = False) -> None:
    """A small model hospital loaded once, its visits left out where only those of messages shall stand."""
    demo(first, seed=1, until=NOW, days=3, scale=0.02, defects="none")
    flow.load(Settings.of(FOLDER, first, {"YISHU_NOW": NOW.isoformat()}), ["his_mz", "his_zy", "lis"])
    if not visits:
        connection = warehouse_instance(first)
        connection.execute("DELETE FROM wh.hospital.visit")
        connection.close()


def run(seed: int, seconds: float) -> Outcome:
    """As many kills as fit; a new home every KILLS_PER_HOME."""
    rng, until = random.Random(seed), time.monotonic() + seconds - 20
    kills = failures = homes = 0
    seen: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as base:
        a_home(Path(base) / "first")
        while time.monotonic() < until:
            home = Path(base) / f"home{homes}"
            shutil.copytree(Path(base) / "first", home)
            done, fine, part = one_home(rng, home, KILLS_PER_HOME, until)
            kills, failures, homes = kills + done, failures + (not fine), homes + 1
            seen = {name: seen.get(name, 0) + number for name, number in part.items()}
            shutil.rmtree(home)
    return Outcome(kills, failures, {**seen, "homes": homes})
