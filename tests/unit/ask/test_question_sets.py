"""The question sets 问句集 themselves: well formed, disjoint, and naming only what their catalogue holds."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "ask"
GRAINS = {"hour", "day", "weekday", "week", "month", "quarter", "year"}
BEHAVIOURS = {"query", "clarify", "refuse", "define", "lineage"}
SETS = [("catalog.json", "own_tune.jsonl"), ("catalog.json", "own_held.jsonl"), ("maternity_child/catalog.json", "maternity_child/questions.jsonl")]


def items(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines()]


def queries(expect: dict[str, Any]) -> list[dict[str, Any]]:
    base = expect.get("query")
    return [{**base, **over} for over in [{}, *expect.get("query_alt", [])]] if base else []


@pytest.mark.parametrize(("catalog", "name"), SETS)
def test_every_question_names_only_what_the_catalogue_holds(catalog: str, name: str) -> None:
    house = json.loads((GOLDEN / catalog).read_text(encoding="utf-8"))
    metrics, dimensions = {m[0] for m in house["metrics"]}, house["dimensions"]
    for item in items(name):
        expect = item["expect"]
        allowed = {expect["behaviour"], *expect.get("behaviour_any", [])}
        assert allowed <= BEHAVIOURS and all(b in expect for b in allowed - {"clarify", "refuse"}), item["id"]
        for query in queries(expect):
            named = [*query["metrics"], *[h["metric"] for h in query["having"]], *([query["order"]["by"]] if query["order"] else [])]
            assert {n.split(".")[0] for n in named} <= metrics, item["id"]
            assert set(query["dimensions"]) <= GRAINS | set(dimensions), item["id"]
            for one in query["filters"]:
                days = set("1234567") if one["dimension"] == "weekday" else set(dimensions[one["dimension"]])
                assert set(one["values"]) <= days, item["id"]
            if query["time"]:
                for start, end in [(query["time"]["start"], query["time"]["end"]), *query["time"].get("alt", [])]:
                    assert date.fromisoformat(start) <= date.fromisoformat(end), item["id"]
            assert ("custom" in query["compare"]) == bool(query.get("compare_base")), item["id"]


def test_the_held_back_third_shares_no_question_with_the_rest() -> None:
    def keys(name: str) -> set[tuple[str, ...]]:
        return {(i["question"], *i.get("turns", []), json.dumps(i.get("user"))) for i in items(name)}

    tune, held = keys("own_tune.jsonl"), keys("own_held.jsonl")
    assert not tune & held
    assert len(tune) + len(held) >= 600 and len(held) * 2 <= len(tune) + 5
