"""Bench 问数: understanding at 200 metrics and 20,000 values, beside a plain dictionary walk of the same minute."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "ask"


def large() -> dict[str, object]:
    """The example catalogue grown to 200 metrics and 20,000 values."""
    raw = json.loads((GOLDEN / "catalog.json").read_text(encoding="utf-8"))
    heads = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
    raw["metrics"] += [[f"extra_{i}", f"{heads[i % 20]}{heads[i // 20 % 20]}类专项完成率", "%", []] for i in range(175)]
    raw["dimensions"]["drug"] += [f"{heads[i % 20]}{heads[i // 20 % 20]}{heads[i // 400 % 20]}{heads[i // 8000 % 20]}片" for i in range(19_800)]
    return dict(raw)


def main() -> None:
    begun = time.perf_counter()
    from yishu.ask import Understanding, Vocabulary

    house = Understanding(Vocabulary.of_catalog(large()), date(2025, 7, 15))
    house.ask("骨科上个月门诊人次")
    cold = time.perf_counter() - begun
    cpu = time.process_time()
    house.ask("上月门真人次")
    questions = [json.loads(line) for name in ("tuned", "held") for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    took = []
    for item in questions:
        start = time.perf_counter()
        house.ask(item["question"])
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    start = time.perf_counter()
    words = house.linker.phrases
    hits = sum(item["question"][a:b] in words for item in questions for a in range(len(item["question"])) for b in range(a + 1, len(item["question"]) + 1))
    walk = (time.perf_counter() - start) * 1000 / len(questions)
    sys.stdout.write(json.dumps({"cold_s": round(cold, 3), "cold_cpu_s": round(cpu, 3), "p50_ms": round(took[len(took) // 2], 2), "p95_ms": round(took[int(len(took) * 0.95)], 2), "max_ms": round(took[-1], 1), "dictionary_walk_ms": round(walk, 3), "ratio_p50": round(took[len(took) // 2] / walk, 1), "hits": hits}) + "\n")


if __name__ == "__main__":
    main()
