"""Judge 评判: whether a reply is right, asked back or wrong, against one item of a question set and all its fair readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from yishu.ask import Asker, Understanding

Item = Mapping[str, Any]


def said_of(house: Understanding, item: Item) -> dict[str, Any]:
    """The reply to an item, as JSON."""
    user = item.get("user") or {}
    return house.ask(item["question"], item.get("turns", []), Asker(user.get("role", ""), user.get("department") or "")).as_json()


def _one_row(grain: str, start: date, end: date) -> bool:
    same = {"year": start.year == end.year, "quarter": (start.year, (start.month - 1) // 3) == (end.year, (end.month - 1) // 3), "month": (start.year, start.month) == (end.year, end.month)}
    return same.get(grain, start == end if grain in ("day", "weekday") else grain == "week" and start - timedelta(start.weekday()) == end - timedelta(end.weekday()))


class Judge:
    """Judges replies for one catalogue 评判员."""

    def __init__(self, catalog: Mapping[str, Any]) -> None:
        self.closed = {name: set(map(str, values)) for name, values in catalog["dimensions"].items() if name != "time grains"}

    def outcome(self, item: Item, said: Mapping[str, Any]) -> str:
        """right, abstained or wrong."""
        expect, behaviour = item["expect"], said["behaviour"]
        if behaviour not in {expect["behaviour"], *expect.get("behaviour_any", [])}:
            return "abstained" if behaviour in ("clarify", "refuse") else "wrong"
        if behaviour == "query":
            readings = [{**expect["query"], **other} for other in [{}, *expect.get("query_alt", [])]]
            return "right" if any(self._fits(r, expect, said["query"]) for r in readings) else "wrong"
        if behaviour == "clarify":
            wanted = set((expect.get("clarify") or {}).get("options_any", []))
            enough = min(len(wanted), (expect.get("clarify") or {}).get("options_min", 1))
            offered = {o["id"] for o in said["clarify"]["options"]}
            return "right" if len(wanted & offered) >= enough and len(offered) <= 10 else "abstained"
        if behaviour in ("define", "lineage"):
            named = {(expect.get(k) or {}).get("metric") for k in ("define", "lineage")} | set(expect.get("metric_any", []))
            return "right" if said[behaviour]["metric"] in named else "wrong"
        return "right"

    def _filters(self, filters: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
        """What stays in, by dimension; a filter that keeps everything is none."""
        kept: dict[str, frozenset[str]] = {}
        for f in filters:
            everything = self.closed.get(f["dimension"], set("1234567"))
            values = set(map(str, f["values"])) if f["op"] == "in" else everything - set(map(str, f["values"]))
            values &= kept.get(f["dimension"], values)
            kept[f["dimension"]] = frozenset(values)
        return {d: v for d, v in kept.items() if v != self.closed.get(d)}

    def _fits(self, want: Mapping[str, Any], expect: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
        filters, wanted = self._filters(got["filters"]), self._filters(want["filters"])
        time = got["time"]
        days = (date.fromisoformat(time["start"]), date.fromisoformat(time["end"])) if time else None

        def divided(dimensions: Iterable[str], by: Mapping[str, frozenset[str]]) -> frozenset[str]:
            return frozenset(d for d in dimensions if len(by.get(d, "12")) != 1 and not (days and _one_row(d, *days)))

        ranges = [[want["time"]["start"], want["time"]["end"]], *want["time"].get("alt", [])] if want["time"] else []
        limits = [want["limit"], *(expect.get("limit_alt") or [])] if expect.get("limit_alt") != "any" else [got["limit"]]
        conditions = {(h["metric"].removesuffix("_diff") if not h["value"] else h["metric"], h["op"], h["value"]) for h in want["having"]}
        return (
            set(got["metrics"]) in [set(m) for m in [want["metrics"], *expect.get("metrics_alt", [])]]
            and divided(got["dimensions"], filters) in [divided(d, wanted) for d in [want["dimensions"], *expect.get("dimensions_alt", [])]]
            and filters == wanted
            and (not ranges or [time["start"], time["end"]] in ranges if time else not ranges)
            and any(self._compares(c, want, got) for c in [want["compare"], *expect.get("compare_alt", [])])
            and (not want["order"] or want["order"] == got["order"])
            and got["limit"] in limits
            and conditions == {(h["metric"].removesuffix("_diff") if not h["value"] else h["metric"], h["op"], h["value"]) for h in got["having"]}
            and (bool(expect.get("share_any")) or bool(want["share"]) == bool(got["share"]))
        )

    def _compares(self, wanted: list[str], want: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
        if set(wanted) != set(got["compare"]):
            return False
        base = want.get("compare_base")
        if "custom" not in wanted or not base:
            return True
        bases = [[base["start"], base["end"]], *base.get("alt", [])]
        return [got["compare_base"]["start"], got["compare_base"]["end"]] in bases


def tally(house: Understanding, catalog: Mapping[str, Any], items: Iterable[Item]) -> tuple[Counter[str], list[str]]:
    """How many were right, asked back and wrong, and the questions that were wrong."""
    judge, counts, wrong = Judge(catalog), Counter[str](), []
    for item in items:
        outcome = judge.outcome(item, said_of(house, item))
        counts[outcome] += 1
        if outcome == "wrong":
            wrong.append(item["question"])
    return counts, wrong
