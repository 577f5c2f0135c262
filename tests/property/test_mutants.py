"""The mutation run 变异 in small: its places are still in the code, and three mutants are noticed. All: `make proof NAME=mutants`."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.mutate_guard import EXCUSED, ROOT, mutants


def test_every_mutant_has_its_place_in_the_code() -> None:
    known = mutants()
    assert [m.name for m in known if not m.text] == [] and len(known) > 80
    assert set(EXCUSED) <= {m.name for m in known}


def test_mutants_are_noticed() -> None:
    ran = subprocess.run([sys.executable, "-m", "bench.mutate_guard", "策略陈旧", "许可未限定的表", "丢旁证归属"], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["noticed_by"] for line in lines[:-1]] == ["probes", "policy", "lock"], ran.stdout + ran.stderr
    assert ran.returncode == 0 and lines[-1]["survive"] == []
