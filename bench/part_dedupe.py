"""A whole table de-duplicated 全表查重: ours against Splink in the same minute, from the CSV to closed clusters, quality of both.

Each runs in a process of its own, in turn. `YISHU_BENCH_PEOPLE` sets the rows (200,000; the issue's figure is 1,000,000).
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

from bench.million import people_file
from yishu.identity.column import Column
from yishu.identity.link import FieldMap, read_table
from yishu.identity.match import Bands, match

SEED = 13
MAP = Path(__file__).parent / "link_maps" / "chinese_people.yaml"
Pairs = set[tuple[str, str]]


def measure() -> dict[str, Any]:
    """Seconds, peak memory and quality of both, and how many times as fast ours is."""
    rows = int(os.environ.get("YISHU_BENCH_PEOPLE", "200000"))
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        file = people_file(Path(folder) / "people.csv", rows, SEED)
        said = {}
        for who in ("ours", "splink"):
            done = subprocess.run([sys.executable, "-m", "bench.part_dedupe", who, str(file)], check=True, stdout=subprocess.PIPE, text=True)
            said[who] = json.loads(done.stdout.splitlines()[-1])
    ours, theirs = said["ours"], said["splink"]
    return {
        "rows": rows, **said, "times_as_fast": round(theirs["seconds"] / ours["seconds"], 2), "times_less_cpu": round(theirs["cpu_s"] / ours["cpu_s"], 2),
        "load_average": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def ours(path: Path) -> tuple[Pairs, int]:
    """Pairs our matcher merges by itself; and how many more it would ask about."""
    mapped = FieldMap.read(MAP)
    table = read_table(path, mapped)
    columns = {f.column: Column.of(f.kind, table.columns[f.column], f.format) for f in mapped.fields}
    found = match(columns, bands=Bands.of(mapped.locale))
    if found is None:
        return set(), 0
    pairs = {(a, b) if a < b else (b, a) for members in found.people for a, b in combinations([table.ids[i] for i in members], 2)}
    return pairs, int((~found.same).sum())


def scored(who: str, path: Path) -> dict[str, Any]:
    """Run one of the two and hold its pairs to the truth."""
    began = time.perf_counter()
    if who == "ours":
        pairs, more = ours(path)
    else:
        from bench.splink_adapter import dedupe

        pairs, more = dedupe(path)
    seconds = time.perf_counter() - began
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    truth = _truth(path)
    right = len(truth & pairs)
    precision, recall = right / max(len(pairs), 1), right / max(len(truth), 1)
    return {
        "seconds": round(seconds, 1), "cpu_s": round(sum(s.ru_utime + s.ru_stime for s in spent), 1), "peak_mb": round(spent[0].ru_maxrss / 1_024),
        "pairs": len(pairs), "precision": round(precision, 5), "recall": round(recall, 5), "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 5),
        "more": more,
    }  # fmt: skip


def _truth(path: Path) -> Pairs:
    groups: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            groups[row["person"]].append(row["rec_id"])
    return {pair for members in groups.values() for pair in combinations(sorted(members), 2)}


if __name__ == "__main__":
    print(json.dumps(scored(sys.argv[1], Path(sys.argv[2]))))
