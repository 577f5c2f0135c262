"""Questions of people 真实问法: our own sets, in a catalogue as given, renamed and shuffled, and in another hospital."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.ask_judge import said_of, tally
from tests.ask_notation import items
from yishu.ask import Understanding, Vocabulary

GOLDEN = Path(__file__).parents[2] / "golden" / "ask"
CATALOG = json.loads((GOLDEN / "catalog.json").read_text(encoding="utf-8"))
NOW = date(2025, 7, 15)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines()]


# file, catalogue, least share right, most share wrong; of the held-back part nobody reads more than the total
SETS = [
    ("own_tune.jsonl", "catalog.json", 0.97, 0.01), ("own_held.jsonl", "catalog.json", 0.92, 0.02), ("tuned.jsonl", "catalog.json", 0.97, 0.01), ("held.jsonl", "catalog.json", 0.92, 0.02),
    ("maternity_child/questions.jsonl", "maternity_child/catalog.json", 0.95, 0.01),
]  # fmt: skip


@pytest.mark.parametrize(("name", "catalog", "right", "wrong"), SETS)
def test_questions_of_people_are_understood(name: str, catalog: str, right: float, wrong: float) -> None:
    raw = json.loads((GOLDEN / catalog).read_text(encoding="utf-8"))
    items = lines(name)
    counts, mistaken = tally(Understanding(Vocabulary.of_catalog(raw), NOW), raw, items)
    shown = mistaken if "held" not in name else []
    assert counts["right"] >= right * len(items) and counts["wrong"] <= wrong * len(items), (counts, shown)


# file, catalogue, the day: first-run scores are in the README of the sets
FRESH = [
    (f"{part}_{name}", catalog, now) for part in ("first", "second")
    for name, catalog, now in (("general", "catalog.json", NOW), ("maternity", "maternity_child/catalog.json", NOW), ("model", "fresh/model_catalog.json", date(2026, 6, 30)))
] + [(f"{part}_general", "catalog.json", NOW) for part in ("third", "fourth", "fifth", "sixth", "seventh", "eighth")]  # fmt: skip


@pytest.mark.parametrize(("name", "catalog", "now"), FRESH)
def test_fresh_questions_stay_understood(name: str, catalog: str, now: date) -> None:
    raw = json.loads((GOLDEN / catalog).read_text(encoding="utf-8"))
    asked = list(items(GOLDEN / "fresh" / f"{name}.txt", now))
    counts, mistaken = tally(Understanding(Vocabulary.of_catalog(raw), now), raw, asked)
    assert counts["right"] >= 0.94 * len(asked) and counts["wrong"] <= 0.01 * len(asked), (counts, mistaken)


def renamed() -> tuple[dict[str, Any], dict[str, str]]:
    """The catalogue with every id renamed and everything shuffled."""
    shuffle = random.Random(7)
    names = {m[0]: f"k{i}" for i, m in enumerate(CATALOG["metrics"])}
    metrics = [[names[m[0]], *m[1:]] for m in CATALOG["metrics"]]
    shuffle.shuffle(metrics)
    dims = [(f"x{i}", list(values)) for i, (name, values) in enumerate(CATALOG["dimensions"].items()) if name != "time grains"]
    names |= dict(zip([n for n in CATALOG["dimensions"] if n != "time grains"], [d[0] for d in dims], strict=True))
    shuffle.shuffle(dims)
    for _, values in dims:
        shuffle.shuffle(values)
    return {**CATALOG, "metrics": metrics, "dimensions": {**dict(dims), "time grains": CATALOG["dimensions"]["time grains"]}}, names


def translate(text: str, names: dict[str, str]) -> str:
    for old in sorted(names, key=len, reverse=True):
        text = text.replace(f'"{old}"', f'"{names[old]}"')
        for tail in (".yoy", ".mom", ".yoy_diff", ".mom_diff"):
            text = text.replace(f'"{old}{tail}"', f'"{names[old]}{tail}"')
    return text


def canonical(said: dict[str, Any]) -> str:
    """A reply without the order of options and values, which may follow the file."""
    body = json.loads(json.dumps(said, ensure_ascii=False))
    if "clarify" in body:
        return "clarify"
    for f in body.get("query", {}).get("filters", []):
        f["values"] = sorted(f["values"])
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def test_ids_and_order_do_not_matter() -> None:
    other, names = renamed()
    first = Understanding(Vocabulary.of_catalog(CATALOG), NOW)
    second = Understanding(Vocabulary.of_catalog(other), NOW)
    for item in lines("tuned.jsonl") + lines("own_tune.jsonl"):
        mine, theirs = said_of(first, item), said_of(second, item)
        assert canonical(json.loads(translate(json.dumps(mine, ensure_ascii=False), names))) == canonical(theirs), item["question"]


def test_another_hospital_is_understood() -> None:
    house = Understanding(Vocabulary.of_catalog(json.loads((GOLDEN / "maternity.json").read_text(encoding="utf-8"))), NOW)
    wrong = []
    rows = [row.split(" => ") for row in (GOLDEN / "maternity.txt").read_text(encoding="utf-8").splitlines()]
    for question, want in rows:
        said = house.ask(question)
        behaviour, _, metric = want.partition(" ")
        got = said.metric or (said.frame.metrics[0] if said.frame else "")
        if said.behaviour != behaviour or (metric and got != metric):
            wrong.append((question, said.as_json()))
    assert len(wrong) <= 0.05 * len(rows), wrong


def test_a_new_synonym_is_answerable_after_publishing() -> None:
    more = {**CATALOG, "metrics": [*CATALOG["metrics"], ["new", "首台准点率", "%", ["早刀率"]]]}
    reply = Understanding(Vocabulary.of_catalog(more), NOW).ask("骨科上月早刀率")
    assert reply.frame and reply.frame.metrics == ("new",)
