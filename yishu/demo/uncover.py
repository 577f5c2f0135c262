"""Uncover 揭开: when each cell of a row becomes known, so that a day lived at once can be told minute by minute."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from yishu.demo.schema import TABLES
from yishu.demo.world import seconds

Value = str | int | float | None
Cells = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Row:
    """A source row 源行 to come: its key, and cells by the moment at which they are written; the first makes the row."""

    store: str
    table: str
    key: Cells
    steps: tuple[tuple[int, Cells], ...]


def moment(text: Value) -> int:
    """Any of the sources' ways to write a moment, in seconds; −1 for none."""
    word = str(text or "").strip()
    if not word:
        return -1
    if word.isdigit() and len(word) == 10:
        return int(word) + 8 * 3600
    if word[:8].isdigit():
        word = f"{word[:4]}-{word[4:6]}-{word[6:8]} {word[8:]}"
    day, _, clock = word.replace("/", "-").partition(" ")
    year, month, date = (int(n) for n in day.split("-"))
    hour, minute, *rest = (int(n) for n in clock.split(":"))
    return seconds(datetime(year, month, date, hour, minute, rest[0] if rest else 0))


def uncovered(connection: sqlite3.Connection, store: str, now: int, sessions: Mapping[tuple[str, str, str], int]) -> Iterator[Row]:
    """The rows of a store lived ahead, each with its moments later than `now`."""
    connection.row_factory = sqlite3.Row
    tables = {name: [dict(r) for r in connection.execute(f"SELECT * FROM {name}")] for name in RULES[store]}
    paid = {r["SJH"]: moment(r["SFRQ"]) for r in tables.get("SF_BRJSK", ())}
    context = _Context(tables, paid, sessions)
    for name, rule in RULES[store].items():
        table = TABLES[store, name]
        for row in tables[name]:
            steps = tuple(sorted(((at, cells) for at, cells in rule(context, row) if cells), key=lambda s: s[0]))
            if steps and steps[0][0] > now:
                yield Row(store, name, {k: row[k] for k in table.key}, steps)


class _Context:
    """What rules look up in other tables of the same store."""

    def __init__(self, tables: Mapping[str, list[Cells]], paid: Mapping[Value, int], sessions: Mapping[tuple[str, str, str], int]) -> None:
        self.paid, self.sessions = paid, sessions
        self.ended = {r["GHXH"]: moment(r["JSSJ"]) for r in tables.get("MZ_FZJH", ())}
        self.issued = {r["XH"]: moment(r["LRRQ"]) for r in tables.get("MZ_CFK", ())}
        self.clinic = {r["HBH"]: (str(r["KSDM"]), str(r["CZRQ"]), str(r["SXW"])) for r in tables.get("YY_PBB", ())}
        self.published = {r["report_id"]: moment(r["pub_time"]) for r in tables.get("lis_report", ())}

    def session(self, number: Value) -> int:
        return self.sessions.get(self.clinic.get(number, ("", "", "")), 0)


Steps = Iterator[tuple[int, Cells]]


def _whole(column: str) -> Callable[[_Context, Cells], Steps]:
    def steps(_context: _Context, row: Cells) -> Steps:
        yield moment(row[column]), row

    return steps


def _registration(context: _Context, row: Cells) -> Steps:
    yield moment(row["GHRQ"]), {**row, "HBH": context.session(row["HBH"]), "ZDDM": "", "ZDMC": ""}
    ended = context.ended.get(row["XH"], -1)
    if ended > 0:
        yield ended, {"ZDDM": row["ZDDM"], "ZDMC": row["ZDMC"]}


def _queue(_context: _Context, row: Cells) -> Steps:
    came = moment(row["BDSJ"])
    first = came if came > 0 else moment(row["JZSJ"])
    if first < 0:
        return
    yield first, {**row, "JHSJ": "", "JZSJ": "", "JSSJ": ""}
    for column in ("JHSJ", "JZSJ", "JSSJ"):
        at = moment(row[column])
        if at > 0:
            yield max(at, first), {column: row[column]}


def _sheet(context: _Context, row: Cells) -> Steps:
    yield moment(row["LRRQ"]), {**row, "JSBZ": "0", "SJH": ""}
    paid = context.paid.get(row["SJH"], -1)
    if paid > 0:
        yield paid, {"JSBZ": row["JSBZ"], "SJH": row["SJH"]}


def _line(context: _Context, row: Cells) -> Steps:
    yield context.issued.get(row["CFXH"], -1), row


def _booking(context: _Context, row: Cells) -> Steps:
    booked = moment(row["YYSJ"])
    yield booked, {**row, "HBH": context.session(row["HBH"]), "ZT": "0", "QXSJ": ""}
    gone = moment(row["QXSJ"])
    if str(row["ZT"]) != "0":
        yield (gone if gone > 0 else max(moment(row["HYSJ"]), booked)), {"ZT": row["ZT"], "QXSJ": row["QXSJ"]}


def _sample(_context: _Context, row: Cells) -> Steps:
    if str(row["pat_name"]) == "质控":
        return
    taken, received = moment(row["collect_time"]), moment(row["recv_time"])
    yield taken, {**row, "recv_time": "", "reject_flag": "", "reject_reason": ""}
    if received > 0:
        yield received, {k: row[k] for k in ("recv_time", "reject_flag", "reject_reason", "entered_at")}


def _of_report(context: _Context, row: Cells) -> Steps:
    yield context.published.get(row["report_id"], -1), row


def _none(_context: _Context, _row: Cells) -> Steps:
    return iter(())


RULES: dict[str, dict[str, Callable[[_Context, Cells], Steps]]] = {
    "his_mz": {
        "MZ_BRXX": _whole("LRRQ"), "YY_PBB": _none, "MZ_GHZD": _registration, "MZ_FZJH": _queue, "MZ_CFK": _sheet, "MZ_CFMXK": _line,
        "SF_BRJSK": _whole("SFRQ"), "YY_YYXX": _booking,
    },
    "lis": {"lis_sample": _sample, "lis_report": _whole("pub_time"), "lis_result": _of_report, "lis_critical": _of_report},
}  # fmt: skip
