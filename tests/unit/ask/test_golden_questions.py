"""Questions of people 真实问法: our own sets, in a catalogue as given, renamed and shuffled, and in another hospital."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from yishu.ask import Asker, Understanding, Vocabulary

GOLDEN = Path(__file__).parents[2] / "golden" / "ask"
CATALOG = json.loads((GOLDEN / "catalog.json").read_text(encoding="utf-8"))
NOW = date(2025, 7, 15)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines()]


def plain(filters: list[dict[str, Any]]) -> set[tuple[str, str, frozenset[str]]]:
    return {(f["dimension"], f["op"], frozenset(f["values"])) for f in filters}


def right(item: dict[str, Any], said: dict[str, Any]) -> bool:
    expect = item["expect"]
    if said["behaviour"] not in {expect["behaviour"], *expect.get("behaviour_any", [])}:
        return False
    if said["behaviour"] == "query":
        want, got = expect["query"], said["query"]
        time = want["time"]
        ranges = [[time["start"], time["end"]], *time.get("alt", [])] if time else []
        pinned = {f["dimension"] for f in want["filters"] if f["op"] == "in" and len(f["values"]) == 1} | ({"month"} if time and time["start"][:7] == time["end"][:7] else set())
        return (
            set(want["metrics"]) == set(got["metrics"])
            and set(want["dimensions"]) - pinned == set(got["dimensions"]) - pinned
            and plain(want["filters"]) == plain(got["filters"])
            and (not time or [got["time"]["start"], got["time"]["end"]] in ranges)
            and (sorted(got["compare"]) in [sorted(c) for c in [want["compare"], *expect.get("compare_alt", [])]])
            and (not want["order"] or want["order"] == got["order"])
            and got["limit"] in [want["limit"], *expect.get("limit_alt", [])]
            and {tuple(h.values()) for h in want["having"]} == {tuple(h.values()) for h in got["having"]}
            and want["share"] == got["share"]
        )
    if said["behaviour"] == "clarify":
        offered = {o["id"] for o in said["clarify"]["options"]}
        wanted = set((expect.get("clarify") or {}).get("options_any", []))
        return len(wanted & offered) >= min(len(wanted), 2)
    if said["behaviour"] in ("define", "lineage"):
        return bool(expect[said["behaviour"]]["metric"] == said[said["behaviour"]]["metric"])
    return True


def said_of(house: Understanding, item: dict[str, Any]) -> dict[str, Any]:
    user = item.get("user") or {}
    return house.ask(item["question"], item.get("turns", []), Asker(user.get("role", ""), user.get("department") or "")).as_json()


@pytest.mark.parametrize("name", ["tuned.jsonl", "held.jsonl"])
def test_own_questions_are_understood(name: str) -> None:
    house = Understanding(Vocabulary.of_catalog(CATALOG), NOW)
    items = lines(name)
    wrong = [i["question"] for i in items if not right(i, said_of(house, i))]
    assert len(wrong) <= 0.05 * len(items), wrong


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
    for item in lines("tuned.jsonl") + lines("held.jsonl"):
        if item["lang"] == "zh":
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


@pytest.mark.parametrize("text", ["", "   ", "？？！", "😀😀", "门" * 10000, "上月\x00门诊", "ａｂｃ门诊人次 é ñ", "去年明年今年门诊", "'; drop table x; --"])
def test_bad_input_gets_an_honest_reply(text: str) -> None:
    house = Understanding(Vocabulary.of_catalog(CATALOG), NOW)
    assert house.ask(text).behaviour in {"clarify", "refuse", "query"}


def test_a_new_synonym_is_answerable_after_publishing() -> None:
    more = {**CATALOG, "metrics": [*CATALOG["metrics"], ["new", "首台准点率", "%", ["早刀率"]]]}
    reply = Understanding(Vocabulary.of_catalog(more), NOW).ask("骨科上月早刀率")
    assert reply.frame and reply.frame.metrics == ("new",)
