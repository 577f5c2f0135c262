"""The number in the sentence 句中的数 is the number the query path gives for the same MetricQuery, always."""

from __future__ import annotations

import json
import random
import re
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu.ask import Asker, Turn, Understanding, Vocabulary
from yishu.ask.answer import AMOUNT, Desk, Said, ask, edited
from yishu.ask.catalogue import catalogue
from yishu.ask.sentence import Figure
from yishu.metrics import Looking, MetricQuery, centre, explain, measure, values
from yishu.security import Viewer, system_viewer

GOLDEN = Path(__file__).parents[1] / "golden" / "ask"
DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
SIZES = {"万": 1e4, "亿": 1e8}


@lru_cache(maxsize=1)
def desk(who: str = "director") -> Desk:
    connection, house, viewer = warehouse(random_hospital(0, 200)), centre(), DIRECTOR
    reader = system_viewer("test")
    raw = catalogue(house, lambda d: [(m.id, m.label) for m in values(reader, d, house, connection, "", 5000).values])
    return Desk(
        viewer, house, Understanding(Vocabulary.of_catalog(raw), NOW.date()), Asker("director", "", False), "",
        lambda query: measure(viewer, query, house, connection, lambda: NOW),
        lambda query, against: explain(Looking(viewer, house, connection, lambda: NOW), query, None, against), lambda _table: ["HIS"],
    )  # fmt: skip


def shown(text: str) -> tuple[float, float] | None:
    """The number a person reads in a text and how far from it the true one may lie; None where no number is shown."""
    found = re.search(r"([\d,]+(?:\.(\d+))?)(万|亿)?", text)
    if found is None:
        return None
    size = SIZES.get(found[3] or "", 1.0)
    return float(found[1].replace(",", "")) * size, 0.5 * 10.0 ** -len(found[2] or "") * size * (1 + 1e-9)


def amounts(said: Said, again: Desk, text: str, figure: Figure) -> int:
    """A contribution in the sentence against a fresh explanation of the same query."""
    assert said.query is not None and len(said.query.compare) == 1
    ((dimension, member),) = figure.member
    why = again.explain(said.query, said.query.compare[0])
    held = [p.amount for by in why.by if by.dimension == dimension for p in by.parts if p.member == member]
    assert held == [figure.value], (said.question, figure)
    read = shown(text)
    if read is not None and "不到" not in text:
        assert abs(abs(held[0]) - read[0]) <= read[1], (said.question, text, held)
    return 1


def check(said: Said, again: Desk) -> int:
    """Every figure against a fresh answer of the same query; returns how many there were."""
    assert said.query is not None
    fresh = again.measure(said.query)
    ids = [c.id for c in fresh.columns]
    seen = 0
    for phrase in said.phrases:
        figure = phrase.figure
        if figure is None:
            continue
        if figure.column == AMOUNT:
            seen += amounts(said, again, phrase.text, figure)
            continue
        member = dict(figure.member)
        rows = [r for r in fresh.rows if all(r[ids.index(d)] == m for d, m in member.items())]
        assert len(rows) == 1, (said.question, figure)
        held = rows[0][ids.index(figure.column)]
        assert figure.value == held, (said.question, figure)
        if held is None:
            continue
        assert isinstance(held, (int, float))
        read = shown(phrase.text)
        if read is None or "倍" in phrase.text or "不到" in phrase.text:
            continue
        assert abs(abs(held) - read[0]) <= read[1], (said.question, phrase.text, held)
        seen += 1
    # No number stands in the sentence outside the figures, but in dates, counts of rows and the limits named beside them.
    for phrase in said.phrases:
        if phrase.figure is None and said.limits is None:
            bare = re.sub(r"\d+年|\d+月|\d+日|\d+时|第.季度|共 \d+ 项|有 \d+ 个|\d{4}-\d\d-\d\d", "", phrase.text)
            names = [*(c.label for c in said.chips), *(m.label for m in again.centre.metrics)]
            names += [c.label for c in said.causes]
            names += [str(v) for f in said.query.filters for v in f.values]
            held_names = [*names, *(str(v) for r in fresh.rows for v in r if isinstance(v, str))]
            for name in sorted(held_names, key=len, reverse=True):
                bare = bare.replace(name, "")
            assert not re.search(r"\d", bare), (said.sentence, bare)
    return seen


QUESTIONS = [json.loads(line) for line in (GOLDEN / "own_tune.jsonl").read_text("utf-8").splitlines()]
WITH_DATA = [q for q in QUESTIONS if q["expect"]["behaviour"] == "query" and "user" not in q and q["lang"] == "zh"]


@pytest.mark.parametrize("part", range(4))
def test_the_sentence_says_what_the_query_path_says(part: int) -> None:
    here = desk()
    seen = 0
    for item in random.Random(part).sample(WITH_DATA, 45):
        turn = Turn()
        for question in [*item.get("turns", []), item["question"]]:
            said, turn = ask(here, question, turn)
        if said.query is not None:
            seen += check(said, here)
    assert seen > 20


KINDS = {
    "value": "6月{m}", "trend": "今年每月{m}", "breakdown": "6月各科室{m}", "compare": "6月{m}同比", "rank": "6月{m}最高的3个科室", "share": "6月各院区{m}占比",
    "filter": "6月{m}超过{n}的科室", "explain": "为什么6月{m}变了", "anomaly": "近30天每天{m}有没有异常",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_says_what_the_query_path_says(kind: str) -> None:
    here, seen = desk(), 0
    for metric, least in (("门诊人次", 3), ("出院人次", 2), ("医疗收入", 100), ("药占比", 1), ("手术台次", 1)):
        said, turn = ask(here, KINDS[kind].format(m=metric, n=least), Turn())
        assert said.behaviour in ("query", "clarify", "refuse"), said.sentence
        if said.query is None:
            continue
        assert said.intent == kind, (said.question, said.intent)
        seen += check(said, here)
        further, _ = ask(here, "环比呢" if kind != "explain" else "同比呢", turn)
        seen += check(further, here) if further.query is not None else 0
    assert seen >= 3


def test_a_query_changed_by_its_chips_says_what_the_query_path_says() -> None:
    here, r = desk(), random.Random(3)
    names = [m.id for m in here.centre.metrics]
    seen = 0
    for _ in range(60):
        metric = here.centre.metric(r.choice(names))
        allowed = [d for d in here.centre.allowed(metric) if d != "hour"]
        query = MetricQuery.parse(
            {"metrics": [metric.id], "dimensions": r.sample(allowed, r.choice([0, 0, 1, 1, 2])),
             "time": {"start": "2025-03-01", "end": "2025-05-31"}, "compare": r.choice([[], ["mom"], ["yoy", "mom"]]),
             "order": r.choice([None, {"by": metric.id, "dir": "desc"}]), "share": r.random() < 0.2}
        )  # fmt: skip
        said, _ = edited(here, "改条件", query, "value", Turn())
        if said.query is not None:
            seen += check(said, here)
    assert seen > 40


def test_the_clock_of_the_oracle_is_the_clock_of_the_answers() -> None:
    assert desk().today == NOW.date() >= date(2025, 1, 1)
