"""Notation 简写: question sets in lines people can read and write, read into the form of the example set."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from yishu.ask.time_words import shift

EMPTY = {"dimensions": [], "filters": [], "time": None, "compare": [], "compare_base": None, "order": None, "limit": None, "having": [], "share": False}
BEHAVIOURS = {"q": "query", "c": "clarify", "r": "refuse", "d": "define", "l": "lineage"}


def items(path: Path, now: date) -> Iterator[dict[str, Any]]:
    """The items of one file; lines of `#` are comments."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield item(line, now) | {"id": f"{path.stem}-{number:03}"}


def item(line: str, now: date) -> dict[str, Any]:
    """`@role:department turn | turn | question => what is right // what is right too`."""
    said, _, right = line.partition(" => ")
    user = re.match(r"@(\w+):(\S*) ", said)
    turns = (said[user.end() :] if user else said).split(" | ")
    expect: dict[str, Any] = {}
    for number, one in enumerate(right.split(" // ")):
        behaviour, told, any_limit = _told(one, now)
        if number == 0:
            expect["behaviour"] = behaviour
        elif behaviour != expect["behaviour"]:
            expect.setdefault("behaviour_any", []).append(behaviour)
        if behaviour == "query" and "query" in expect:
            expect.setdefault("query_alt", []).append(told)
        else:
            expect[behaviour] = told
        if any_limit:
            expect["limit_alt"] = "any"
    found: dict[str, Any] = {"question": turns[-1], "lang": "en" if turns[-1].isascii() and " " in turns[-1] else "zh", "tags": [], "expect": expect}
    if len(turns) > 1:
        found["turns"] = turns[:-1]
    if user:
        found["user"] = {"role": user[1], "department": user[2] or None}
    return found


def _told(text: str, now: date) -> tuple[str, dict[str, Any], bool]:
    head, *rest = text.split()
    behaviour = BEHAVIOURS[head[0]]
    if behaviour == "clarify":
        return behaviour, {"options_any": rest[0].split(",") if rest else [], "options_min": int(head[1:] or 1)}, False
    if behaviour == "refuse":
        return behaviour, {"reason_any": rest}, False
    if behaviour != "query":
        return behaviour, {"metric": rest[0]}, False
    query: dict[str, Any] = {**EMPTY, "metrics": rest[0].split(","), "filters": [], "having": []}
    for slot in rest[1:]:
        name, _, value = slot.partition("=")
        _fill(query, name, value, now)
    return behaviour, query, "anylimit" in rest


def _fill(query: dict[str, Any], name: str, value: str, now: date) -> None:
    if name == "by":
        query["dimensions"] = value.split(",")
    elif name in ("in", "out"):
        dimension, _, values = value.partition(":")
        query["filters"].append({"dimension": dimension, "op": "in" if name == "in" else "not_in", "values": values.replace("_", " ").split("+")})
    elif name == "t":
        query["time"] = _time(value, now)
    elif name == "cmp":
        query["compare"] = value.split(",")
    elif name == "base":
        query["compare_base"] = _time(value, now)
    elif name == "sort":
        by, _, direction = value.rpartition(":")
        query["order"] = {"by": by or query["metrics"][0], "dir": direction}
    elif name == "top":
        query["limit"] = int(value)
    elif name == "has":
        for one in value.split(","):
            if m := re.fullmatch(r"([\w.]+?)(>=|<=|>|<)(-?[\d.]+)", one):
                query["having"].append({"metric": m[1], "op": m[2], "value": float(m[3])})
    elif name == "share":
        query["share"] = True


def _ends(text: str) -> tuple[date, date]:
    if text.startswith("y"):
        return date(int(text[1:]), 1, 1), date(int(text[1:]), 12, 31)
    year, month = 2000 + int(text[:2]), int(text[2:4])
    if len(text) == 6:
        return date(year, month, int(text[4:])), date(year, month, int(text[4:]))
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _time(text: str, now: date) -> dict[str, Any]:
    """`2506` `2504-2506` `250714` `y2024` are exact; `ytd` `mtd` `qtd` `wtd` and `7d` `3m` are all fair readings of the same."""
    day = timedelta(1)
    if m := re.fullmatch(r"(\d+)([dm])", text):
        n = int(m[1])
        if m[2] == "d":
            spans = [(now - (n - 1) * day, now), (now - n * day, now - day), (now - n * day, now), (now - (n - 1) * day, now - day)]
        else:
            first = now.replace(day=1)
            begins = [shift(now, -n) + day, shift(now, -n), shift(first, -n), shift(first, -n + 1)]
            spans = [(b, e) for b in begins for e in (now, now - day, first - day)] + [(shift(first, -n + 1), shift(first, 1) - day)]
            spans += [(now - (30 * n - 1) * day, now), (now - 30 * n * day, now - day)] if n == 1 else []
    elif text in ("ytd", "mtd", "qtd", "wtd"):
        first = {"y": now.replace(month=1, day=1), "m": now.replace(day=1), "q": date(now.year, (now.month - 1) // 3 * 3 + 1, 1), "w": now - now.weekday() * day}[text[0]]
        last = {"y": date(now.year, 12, 31), "m": shift(now.replace(day=1), 1) - day, "q": shift(first, 3) - day, "w": first + 6 * day}[text[0]]
        spans = [(first, now), (first, now - day), (first, last)]
    else:
        begin, _, end = text.partition("-")
        spans = [(_ends(begin)[0], _ends(end or begin)[1])]
    told = [[a.isoformat(), b.isoformat()] for a, b in spans]
    return {"start": told[0][0], "end": told[0][1], **({"alt": told[1:]} if told[1:] else {})}


