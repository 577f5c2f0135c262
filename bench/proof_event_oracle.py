"""Process maps against PM4Py 流程图与 PM4Py 对照: random logs of every shape and the given Sepsis log; graph, variants, waits, durations equal."""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import events
from bench.proof import Outcome

ROOT = Path(__file__).parents[1]
ORACLE = ROOT / ".tools" / "oracle" / "bin" / "python"
TITLE = "流程图与 PM4Py：图、变体、等待、时长相等"
UNIT = "份日志"


def ready() -> Path:
    """The oracle's environment, made from its locked requirements where it lacks."""
    if not ORACLE.exists():
        uv = ROOT / ".tools" / "bin" / "uv"
        subprocess.run([uv, "venv", "--quiet", ORACLE.parents[1]], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", ORACLE, "--require-hashes", "-r", ROOT / "bench/oracle/requirements.lock"], check=True)
    return ORACLE


def oracle(paths: list[Path]) -> list[dict[str, Any]]:
    """What PM4Py says of each log."""
    done = subprocess.run([ready(), ROOT / "bench/oracle/pm4py_log.py", *paths], capture_output=True, text=True, check=True)
    return [json.loads(line.removeprefix("JSON ")) for line in done.stdout.splitlines() if line.startswith("JSON ")]


def random_log(path: Path, r: random.Random) -> None:
    """Ties, interleaved cases, one-event cases, few or many activities, empty case names."""
    cases, letters, size = r.choice([1, 3, 40]), r.choice([1, 4, 30]), r.randint(1, 400)
    fine = r.choice([1, 60, 3600])
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["case", "activity", "start", "complete", "resource"])
        for _ in range(size):
            at = r.randrange(0, 200_000) // fine * fine
            moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1_735_689_600 + at))
            rows.writerow([f"例{r.randrange(cases)}", f"活动{r.randrange(letters)}", "", moment, "r"])


def differs(path: Path, said: dict[str, Any]) -> list[str]:
    """What of ours is not the oracle's."""
    import duckdb

    connection = duckdb.connect()
    events.load(connection, path)
    found = events.discover(events.steps(connection), top=1_000_000)
    wrong = []
    if {f"{e.before}→{e.after}": e.count for e in found.edges} != said["edges"]:
        wrong.append("edges")
    waits = {f"{e.before}→{e.after}": e.median_seconds for e in found.edges}
    if any(abs((waits.get(edge) or 0.0) - wait) > 1e-6 for edge, wait in said["waits"].items()):
        wrong.append("waits")
    if found.variants != said["variants"] or sorted(v.cases for v in found.top_variants)[-20:] != said["ways"]:
        wrong.append("variants")
    if abs((found.median_hours or 0.0) - said["median_hours"]) > 1e-9:
        wrong.append("durations")
    return wrong


def sepsis(folder: Path) -> Path | None:
    """The given log in the runner's columns."""
    from tests.needs import data_dir

    given = data_dir() / "eventlogs" / "sepsis_cases.csv.gz"
    if not given.exists():
        return None
    path = folder / "sepsis.csv"
    with gzip.open(given, "rt") as text, path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["case", "activity", "start", "complete", "resource"])
        rows.writerows([r["case_id"], r["activity"], "", r["timestamp"], r["resource"]] for r in csv.DictReader(text))
    return path


def run(seed: int, seconds: float) -> Outcome:
    """Logs in batches of forty until the time is up; the Sepsis log first."""
    r = random.Random(seed)
    began, count, failures = time.monotonic(), 0, 0
    detail: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = sepsis(folder)
        if given is not None:
            wrong = differs(given, oracle([given])[0])
            detail["sepsis"] = wrong or "equal"
            count, failures = 1, int(bool(wrong))
        while time.monotonic() - began < seconds or count < 2:
            paths = [folder / f"log{n}.csv" for n in range(40)]
            for path in paths:
                random_log(path, r)
            for path, said in zip(paths, oracle(paths), strict=True):
                wrong = differs(path, said)
                count += 1
                failures += int(bool(wrong))
                if wrong:
                    detail.setdefault("wrong", []).append(wrong)
    return Outcome(count, failures, detail)
