"""Understanding of questions 问数理解: 200 metrics and 20,000 values; latency of a mixed set, cold start, publishing a synonym."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median, quantiles
from typing import Any

from yishu.ask import Asker, Understanding, Vocabulary

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "ask"
NOW = date(2025, 7, 15)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红健文辉力宁宇晨欣怡浩然梓涵子轩"
PARTS = ["门诊", "住院", "急诊", "日间", "医保", "护理", "药事", "检验", "影像", "麻醉", "输血", "病案", "感控", "随访", "体检", "康复"]
WHATS = ["完成率", "及时率", "合格率", "占用时长", "预约量", "随访量", "退回率", "差错数", "周转天数", "达标率", "人均耗时", "复核率"]


def catalogue(metrics: int = 200, values: int = 20_000, seed: int = 5) -> dict[str, Any]:
    """The given catalogue, grown: made-up metrics, departments, doctors, diagnoses and drugs."""
    dice = random.Random(seed)
    raw: dict[str, Any] = json.loads((GOLDEN / "catalog.json").read_text(encoding="utf-8"))
    names = [f"{a}{b}{c}" for a in PARTS for b in ("", "首次", "二线") for c in WHATS]
    raw["metrics"] = [*raw["metrics"], *([f"x{i}", n, "%", [f"{n}值"]] for i, n in enumerate(names[: metrics - len(raw["metrics"])]))]
    dims = raw["dimensions"]
    departments = [*dims["department"], *(f"{a}{b}亚专科" for a in "甲乙丙丁戊己庚辛壬癸" for b in "一二三四五六七八九十")]
    dims["department"] = departments
    room = values - sum(len(v) for v in dims.values())
    doctors = {f"{dice.choice(SURNAMES)}{dice.choice(GIVEN)}{dice.choice(GIVEN)}({dice.choice(departments)})" for _ in range(room // 4)}
    dims["doctor"] = [*dims["doctor"], *sorted(doctors)]
    room = values - sum(len(v) for v in dims.values())
    dims["diagnosis"] = [*dims["diagnosis"], *(f"{dice.choice('心肝脾肺肾胃肠脑骨皮')}{dice.choice('部区段叶')}{dice.choice('慢急亚')}性{dice.choice('炎症瘤损梗')}{i}型" for i in range(room // 2))]
    room = values - sum(len(v) for v in dims.values())
    dims["drug"] = [*dims["drug"], *(f"{dice.choice(['头孢', '阿莫', '左氧', '甲硝', '替莫', '奥司'])}{dice.choice(['克', '西', '沙', '唑', '他'])}{dice.choice(['林', '星', '韦', '定'])}{i}号" for i in range(room))]
    return raw


def questions() -> list[tuple[str, list[str], Asker]]:
    """The independent set, its conversations and people included."""
    rows = [json.loads(line) for line in (GOLDEN / "own_tune.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(r["question"], r.get("turns", []), Asker((r.get("user") or {}).get("role", ""), (r.get("user") or {}).get("department") or "")) for r in rows]


def measure() -> dict[str, Any]:
    """Milliseconds of one question (p50, p95, worst), seconds from nothing to the first reply and from publish to reply."""
    raw = catalogue()
    vocabulary = Vocabulary.of_catalog(raw)
    house = Understanding(vocabulary, NOW)
    asked = questions()
    house.ask("骨颗上月手术抬次")  # sounds are loaded once a process
    spent, worked = [], []
    for question, turns, asker in asked:
        began, cpu = time.perf_counter(), time.process_time()
        house.ask(question, turns, asker)
        spent.append((time.perf_counter() - began) * 1000 / (1 + len(turns)))
        worked.append((time.process_time() - cpu) * 1000 / (1 + len(turns)))
    colds, cold_cpu = [], []
    program = "import json,sys,time;from datetime import date;from yishu.ask import Understanding,Vocabulary;raw=json.load(sys.stdin);b=time.perf_counter();r=Understanding(Vocabulary.of_catalog(raw),date(2025,7,15)).ask('骨科上月门诊人次');print(time.perf_counter()-b,r.behaviour)"
    for _ in range(5):
        began, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", program], input=json.dumps(raw), capture_output=True, text=True, check=True)
        colds.append((time.perf_counter() - began, float(done.stdout.split()[0])))
        after = getrusage(RUSAGE_CHILDREN)
        cold_cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    publishes, publish_cpu = [], []
    for i in range(3):
        began, cpu = time.perf_counter(), time.process_time()
        fresh = replace(vocabulary.metrics[-1], synonyms=(*vocabulary.metrics[-1].synonyms, f"新说法{'甲乙丙'[i]}率"))
        reply = Understanding(replace(vocabulary, metrics=(*vocabulary.metrics[:-1], fresh)), NOW).ask(f"骨科上月新说法{'甲乙丙'[i]}率")
        assert reply.frame and reply.frame.metrics == (fresh.id,)
        publishes.append(time.perf_counter() - began)
        publish_cpu.append(time.process_time() - cpu)
    cut, cut_cpu = quantiles(spent, n=20), quantiles(worked, n=20)
    return {
        "metrics": len(vocabulary.metrics), "values": sum(len(d.values) for d in vocabulary.dimensions), "questions": len(asked),
        "p50_ms": round(median(spent), 2), "p95_ms": round(cut[18], 2), "worst_ms": round(max(spent), 1),
        "cold_start_s": round(median(c[0] for c in colds), 2), "of_which_lexicon_s": round(median(c[1] for c in colds), 2),
        "publish_to_answer_s": round(median(publishes), 2),
        "cpu": {
            "p50_ms": round(median(worked), 2), "p95_ms": round(cut_cpu[18], 2), "worst_ms": round(max(worked), 1),
            "cold_start_s": round(median(cold_cpu), 2), "publish_to_answer_s": round(median(publish_cpu), 2),
        },
    }  # fmt: skip
