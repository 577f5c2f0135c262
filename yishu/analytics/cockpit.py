"""Cockpit 院长驾驶舱: the hospital now, over three periods against last year, what moved, who leads."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from yishu.analytics.board import CARDS, Board, CardList, Figures, Ranking, Tables, cards, periods, ranking, strip
from yishu.analytics.desk import Desk, last_complete_day
from yishu.analytics.movement import HISTORY_DAYS, movements
from yishu.kernel import InputError


def cockpit(desk: Desk, *, campus: str | None = None, by: str = "department") -> Board:
    """The cockpit of this viewer, for one campus or all."""
    if campus:
        names = {c.id: c.name for c in desk.profile.campuses} | {c.name: c.name for c in desk.profile.campuses}
        if campus not in names:
            hint = "可选：" + "、".join(c.name for c in desk.profile.campuses)
            raise InputError("campus.unknown", "没有这个院区", hint=hint, where="campus")
        desk = desk.narrowed("campus", names[campus])
    return drawn(desk, by)


def drawn(desk: Desk, by: str, listed: CardList = CARDS) -> Board:
    """A board within a desk's filters, with the cards listed."""
    moments, through = strip(desk)
    day = last_complete_day(desk, through)
    figures, ranked = asked(desk, day, by, listed)
    return Board(
        strip=moments,
        cards=cards(desk, day, figures, listed),
        movements=movements(desk, day, figures.daily),
        ranking=ranked,
        data_through=through.isoformat(timespec="seconds") if through else None,
        speaks_of=day.isoformat() if through else None,
    )


def asked(desk: Desk, day: date, by: str, listed: CardList) -> tuple[Figures, Ranking | None]:
    """All that a board asks of the day it speaks of, side by side, the longest first."""
    names = [name for name, _ in listed]
    parts = dict.fromkeys(part for _, inner in listed for part in inner)
    spans = periods(day)
    ranked: list[Ranking | None] = []

    def rank() -> Tables:
        ranked.append(ranking(desk, day, by))
        return {}

    *by_period, inner, history, _ = desk.together(
        *(partial(desk.answers, names, *spans[period], compare=["yoy"]) for period in ("year", "month", "yesterday")),
        lambda: desk.answers(parts, *spans["month"]),
        lambda: desk.answers([n for n in names if n != "cmi"], day - timedelta(days=HISTORY_DAYS + 28), day, dimensions=["day"]),
        rank,
    )
    by_day = {name: table.series("day", name) for name, table in history.items()}
    return Figures(dict(zip(("year", "month", "yesterday"), by_period, strict=True)), inner, by_day), ranked[0]
