"""Fuzz the doors with atheris: broken HL7, XML and SOAP; no crash (anything but our own refusals), nothing over 50 ms, round trip exact."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.proof import ROOT, Outcome

TITLE = "入口模糊测试（atheris，按结构变异）：HL7、XML、SOAP"
UNIT = "个输入"
SHARES = {"hl7": 0.6, "soap": 0.28, "xml": 0.12}


def run(seed: int, seconds: float) -> Outcome:
    """As many as fit. A death of the fuzzer (a crash of native code, an input that hangs for seconds) is a failure."""
    total, failures, detail = 0, 0, dict[str, Any]()
    for door, share in SHARES.items():
        seen = one_door(door, seed, seconds * share)
        total += seen["count"]
        failures += sum(seen["crashes"].values()) + seen["slow"] + seen["changed"] + (seen["died"] != 0) + (seen["count"] == 0)
        detail[door] = seen
    return Outcome(total, failures, detail)


def one_door(door: str, seed: int, seconds: float) -> dict[str, Any]:
    """What one door saw."""
    with tempfile.TemporaryDirectory() as folder:
        tally, corpus = Path(folder) / "tally.json", Path(folder) / "corpus"
        corpus.mkdir()
        flags = [f"-seed={seed}", f"-max_total_time={max(2, int(seconds) - 4)}", "-max_len=6001", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0", f"-artifact_prefix={folder}/"]
        done = subprocess.run([sys.executable, "-m", "bench.fuzz_doors", door, str(tally), str(corpus), *flags], cwd=ROOT, capture_output=True, check=False)
        seen: dict[str, Any] = json.loads(tally.read_text()) if tally.exists() else {"count": 0, "crashes": {}, "slow": 0, "changed": 0}
        seen |= {"died": done.returncode, "kept": len(list(corpus.iterdir()))}
        if done.returncode:
            seen["last_words"] = done.stderr.decode("utf-8", "replace")[-400:]
        return seen
