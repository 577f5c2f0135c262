"""Run every layer of tests 分层检查, print the time of each and one closing list of what was skipped and why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from tests.needs import HAVE, ROOT, have

LAYERS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("house", ("tests/house",), 1),
    ("unit", ("tests/unit", "tests/contract"), 2),
    ("golden", ("tests/golden",), 2),
    ("property", ("tests/property",), 2),
    ("engines", ("tests/engines",), 1),
    ("flow", ("tests/flow",), 2),
    ("browser", ("tests/browser",), 1),
)


def main(asked: list[str]) -> int:
    """Run the layers named, or all; 0 when nothing failed and no skip lacks its reason."""
    reports = ROOT / ".test-report"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    times: list[tuple[str, float, int]] = []
    broken: list[str] = []
    for name, folders, workers in LAYERS:
        if asked and name not in asked:
            continue
        present = [folder for folder in folders if any((ROOT / folder).rglob("test_*.py"))]
        if not present:
            continue
        began = time.monotonic()
        report = reports / f"{name}.xml"
        print(f"\n━━ {name} ━━", flush=True)
        spread = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
        words = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *spread, *present]
        status = subprocess.run(words, cwd=ROOT, check=False).returncode
        seen = _read(report, counts, skipped)
        times.append((name, time.monotonic() - began, seen))
        if status != 0:
            broken.append(f"{name} (exit {status})")
    portal = _portal(asked)
    if portal is not None:
        seconds, status = portal
        times.append(("portal", seconds, 0))
        if status != 0:
            broken.append(f"portal (exit {status})")
    _close(times, skipped, broken)
    unexplained = _unexplained(skipped)
    for line in unexplained:
        print(f"skipped although it is here, or without a reason: {line}")
    failed = counts["failed"]
    print(f"\n{counts['passed']} passed, {failed} failed, {sum(skipped.values())} skipped")
    strict = bool(os.environ.get("YISHU_STRICT_SKIPS"))
    return 1 if failed or broken or not counts["passed"] or (strict and unexplained) else 0


def _read(report: Path, counts: Counter[str], skipped: Counter[str]) -> int:
    if not report.exists():
        counts["failed"] += 1
        return 0
    seen = 0
    for case in ET.parse(report).getroot().iter("testcase"):
        seen += 1
        skip = case.find("skipped")
        if skip is not None:
            skipped[skip.get("message", "no reason")] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            counts["failed"] += 1
        else:
            counts["passed"] += 1
    return seen


def _portal(asked: list[str]) -> tuple[float, int] | None:
    if (asked and "portal" not in asked) or not (ROOT / "portal" / "node_modules").is_dir():
        return None
    began = time.monotonic()
    print("\n━━ portal ━━", flush=True)
    status = subprocess.run(["npm", "test", "--silent"], cwd=ROOT / "portal", check=False).returncode
    return time.monotonic() - began, status


def _unexplained(skipped: Counter[str]) -> list[str]:
    lines = []
    for reason in skipped:
        name = reason.removeprefix("needs ")
        if reason == name or name not in HAVE or have(name):
            lines.append(reason)
    return lines


def _close(times: list[tuple[str, float, int]], skipped: Counter[str], broken: list[str]) -> None:
    print("\nlayer        seconds   tests")
    for name, seconds, seen in times:
        print(f"{name:<10} {seconds:9.1f} {seen:7d}")
    print(f"{'all':<10} {sum(t for _, t, _ in times):9.1f} {sum(n for _, _, n in times):7d}")
    if skipped:
        print("\nskipped:")
        for reason, number in sorted(skipped.items()):
            print(f"  {number:4d}  {reason}")
    if broken:
        print("\nbroken layers: " + ", ".join(broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
