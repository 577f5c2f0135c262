"""Proof 问数乱问: random strings and word pieces through the understanding."""

from __future__ import annotations

import json
import random
import time
from datetime import date
from pathlib import Path

from bench.proof import Outcome
from yishu.ask import Asker, Understanding, Vocabulary

CATALOG = Path(__file__).parents[1] / "tests" / "golden" / "ask" / "catalog.json"
PIECES = ["上个月", "今年", "去年", "6月", "近7天", "春节", "比", "同比", "环比", "门诊人次", "药占比", "收入", "占比", "人次", "骨科", "儿科", "内科", "王磊", "一病区", "各科室", "每月", "前三", "最高", "超过", "30%", "1.2万", "除了", "以外", "和", "为什么", "怎么算", "呢", "那", "按", "13月", "2月30日", "0", "-1", "99999999年", "第0季度", "周八", "NaN", "null", "（", "）", "、", "，", "？", "%", "千", "亿", "半", "男", "女", "60岁以上", "last", "month", "top", "by", "and", "than", "'or'1'='1", "<b>", "{{x}}", "\u202e", "😀", "\x00", "㈠", "Ⅳ", "men", "zhen", "ren", "ci"]
LETTERS = "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从门诊科药abcdefghij0123456789 ?!%-./"
TITLE = "问数：随机字符串与词块，任何一句都须有一个老实的回应，科室的人永远带着本科室"
UNIT = "句"
CHUNK = 2_000


def house() -> Understanding:
    return Understanding(Vocabulary.of_catalog(json.loads(CATALOG.read_text(encoding="utf-8"))), date(2025, 7, 15))


def fuzz(count: int, seed: int, mind: Understanding | None = None) -> int:
    """So many random strings read without a crash; returns how many were answered with a query."""
    dice, mind, queries = random.Random(seed), mind or house(), 0
    for _ in range(count):
        if dice.random() < 0.6:
            text = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 8)))
        else:
            text = "".join(dice.choice(LETTERS) for _ in range(dice.randint(1, 24)))
        turns = ["骨科上个月门诊人次"] if dice.random() < 0.1 else []
        asker = Asker("nurse", "骨科") if dice.random() < 0.2 else Asker()
        reply = mind.ask(text, turns, asker)
        assert reply.behaviour in {"query", "clarify", "refuse", "define", "lineage"}
        json.dumps(reply.as_json())
        queries += reply.behaviour == "query"
        if reply.frame and asker.department and reply.behaviour == "query":
            assert any(f.values == ("骨科",) for f in reply.frame.filters), text
    return queries


def run(seed: int, seconds: float) -> Outcome:
    """Fuzz in chunks until the time is up; a chunk that fails is counted, named and passed over."""
    began, mind, done, queries, failed = time.monotonic(), house(), 0, 0, []
    while time.monotonic() - began < seconds:
        start = seed * 1_000_000_007 + done
        try:
            queries += fuzz(CHUNK, start, mind)
        except Exception as fault:  # whatever it is, it is what is looked for
            failed.append(f"seed {start}: {type(fault).__name__}: {fault}"[:300])
        done += CHUNK
    return Outcome(done, len(failed), {"queries": queries, "failed": failed[:20]})
