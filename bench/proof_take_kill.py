"""Kill the one who places messages at random moments under load: each message applied once, none lost, in order within a patient."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
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

TITLE = "入模进程 kill -9：不丢、不重、同一患者不乱序"
UNIT = "次中断"
FOLDER = ROOT / "hospitals" / "model"
NOW = datetime(2026, 6, 30, 10)
KILLS_PER_HOME = 20
WORKER = """
import sys
from pathlib import Path
from yishu.flow import letters
from yishu.kernel import Settings
with letters.placing(Settings.of(sys.argv[1], sys.argv[2], {"YISHU_NOW": "2026-06-30T10:30:00"})) as taker:
    print("open", flush=True)
    while True:
        taker.run(limit=int(sys.argv[3]))
"""


def a_message(number: int, patient: int, step: int) -> bytes:
    """Step `step` of a patient's visit: the department counts up, so that the last word tells the order."""
    said = f"202606301{step // 60 % 6}{step % 60:02d}00"
    return (
        f"MSH|^~\\&|HIS_MZ|J|E|Y|{said}||ADT^A04|K{number}|P|2.4\rEVN|A04|{said}\rPID|1||{patient}^^^HIS_MZ^PI||张{patient}||19800101|M\r"
        f"PV1|1|O|0403|||||||0403|||||||||{patient}{'|' * 25}{said}\rDG1|1||S{step:05d}^第{step}步^ICD10\r"
    ).encode()


def one_home(rng: random.Random, home: Path, kills: int) -> tuple[int, bool, int]:
    """(kills done, whether all held, messages)."""
    settings = Settings.of(FOLDER, home, {"YISHU_NOW": NOW.isoformat()})
    spec = next(c for c in channels(FOLDER) if c.name == "his_adt")
    ticking = NOW
    number, steps = 0, dict.fromkeys(range(500_001, 500_013), 0)

    def clock() -> datetime:
        return ticking

    done = 0
    for _ in range(kills):
        inbox = Inbox(home, clock)
        door = Door(Channel.of(spec), inbox, clock)
        waiting = []
        for _ in range(rng.randint(50, 250)):
            patient = rng.choice(list(steps))
            steps[patient] += 1
            number += 1
            ticking += timedelta(milliseconds=7)
            waiting.append(door.take(a_message(number, patient, steps[patient])).stamp)
        for stamp in waiting:
            stamp.result(30)
        inbox.close()
        worker = subprocess.Popen([sys.executable, "-c", WORKER, str(FOLDER), str(home), str(rng.choice([1, 3, 20, 200]))], stdout=subprocess.PIPE, cwd=ROOT)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.6))
        worker.kill()
        worker.wait()
        worker.stdout.close()
        done += 1
    with letters.placing(settings) as taker:
        taker.drain()
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
    inbox = Inbox(home, clock)
    fine = marks == (number, number) and not inbox.waiting() and inbox.verify() is None
    inbox.close()
    fine = fine and said == {f"MZ-{p}": f"S{n:05d}" for p, n in steps.items() if n}
    # messages of one commit are received at one moment: of those only the last leaves a version
    fine = fine and all(codes == sorted(set(codes)) and codes[-1] == f"S{steps[int(visit[3:])]:05d}" for visit, codes in versions)
    return done, fine, number


def run(seed: int, seconds: float) -> Outcome:
    """As many kills as fit; a new home every KILLS_PER_HOME."""
    rng, until = random.Random(seed), time.monotonic() + seconds
    kills = failures = messages = 0
    base = tempfile.TemporaryDirectory()
    first = Path(base.name) / "home"
    demo(first, seed=1, until=NOW, days=3, scale=0.02, defects="none")
    flow.load(Settings.of(FOLDER, first, {"YISHU_NOW": NOW.isoformat()}), ["his_mz", "his_zy", "lis"])
    connection = warehouse_instance(first)
    connection.execute("DELETE FROM wh.hospital.visit")
    connection.close()
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            shutil.copytree(first, home)
            done, fine, number = one_home(rng, home, KILLS_PER_HOME)
            kills += done
            failures += not fine
            messages += number
    base.cleanup()
    return Outcome(kills, failures, {"messages": messages})
