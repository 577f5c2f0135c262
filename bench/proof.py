"""`make proof`: big proofs 大证明 with seeds, resumable.

Each run of a proof appends one line `{"commit", "at", "seed", "count", "failures", "seconds", "detail"}` to `docs/proof/NAME.jsonl`;
`docs/proof.md` is made from these lines, so totals grow over several runs of the same code.
A proof is a file `bench/proof_NAME.py` with `TITLE`, `UNIT` and `run(seed, seconds) -> Outcome`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LINES = ROOT / "docs" / "proof"
PAGE = ROOT / "docs" / "proof.md"
PARTS = {
    "model": "模拟医院", "metrics": "指标与引擎", "guard": "权限、时间与速度", "ask": "问数：理解", "talk": "问数：回答与界面", "index": "患者主索引",
    "journey": "全流程", "messages": "集成平台",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a proof saw 一次证明的结果."""

    count: int
    failures: int
    detail: dict[str, Any] = field(default_factory=dict)


def names() -> tuple[str, ...]:
    """Every proof there is."""
    return tuple(sorted(p.stem.removeprefix("proof_").replace("_", "-") for p in Path(__file__).parent.glob("proof_*.py")))


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    dirty = subprocess.run(["git", "status", "--porcelain", "yishu"], cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout.strip() or "unknown") + ("+" if dirty.stdout.strip() else "")


def _seen(name: str) -> list[dict[str, Any]]:
    path = LINES / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def prove(name: str, minutes: float) -> Outcome:
    """Run one proof with the next seed and write its line."""
    module = importlib.import_module(f"bench.proof_{name.replace('-', '_')}")
    seed = len(_seen(name)) + 1
    began = time.monotonic()
    outcome: Outcome = module.run(seed, minutes * 60)
    line = {
        "commit": _commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "count": outcome.count,
        "failures": outcome.failures,
        "seconds": round(time.monotonic() - began, 1),
        "detail": outcome.detail,
    }
    LINES.mkdir(parents=True, exist_ok=True)
    with (LINES / f"{name}.jsonl").open("a") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return outcome


def page() -> str:
    """`docs/proof.md` from the lines; the hand-written figures stand in `docs/proof/figures.md` and `figures-<part>.md`."""
    out = ["# 证明 Proof", "", "由 `make proof` 的记录（`docs/proof/*.jsonl`）生成；每行写明次数、失败、种子与提交。", ""]
    out += ["| 证明 | 次数 | 失败 | 运行 | 提交 | 命令 |", "|---|---:|---:|---:|---|---|"]
    for name in names():
        seen = _seen(name)
        module = importlib.import_module(f"bench.proof_{name.replace('-', '_')}")
        total = sum(line["count"] for line in seen)
        failed = sum(line["failures"] for line in seen)
        commits = ", ".join(dict.fromkeys(line["commit"] for line in seen)) or "未运行"
        out.append(f"| {module.TITLE} | {total:,} {module.UNIT} | {failed:,} | {len(seen)} | {commits} | `make proof NAME={name}` |")
    for figures in sorted(LINES.glob("figures*.md"), key=lambda path: (path.stem != "figures", path.stem)):
        text = figures.read_text().strip()
        title = [] if text.startswith("#") else [f"## {PARTS.get(figures.stem.removeprefix('figures-'), figures.stem)}", ""]
        out += ["", *title, text]
    return "\n".join(out) + "\n"


def main() -> int:
    """Run one proof or all, then make the page."""
    words = argparse.ArgumentParser(prog="make proof")
    words.add_argument("name", nargs="?", choices=[*names(), "page"])
    words.add_argument("--minutes", type=float, default=5.0)
    asked = words.parse_args()
    failed = 0
    for name in [] if asked.name == "page" else [asked.name] if asked.name else names():
        outcome = prove(name, asked.minutes)
        failed += outcome.failures
        sys.stderr.write(f"{name}: {outcome.count} · failures {outcome.failures}\n")
    PAGE.write_text(page())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
