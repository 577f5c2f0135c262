"""Cockpit 院长驾驶舱: the hospital now, over three periods against last year, what moved, who leads."""

from __future__ import annotations

from datetime import timedelta

from yishu.analytics.board import CARDS, Board, CardList, cards, daily, ranking, strip
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
    wanted = [name for name, _ in listed if name != "cmi"]
    history = daily(desk, wanted, day - timedelta(days=HISTORY_DAYS + 28), day)
    return Board(
        strip=moments,
        cards=cards(desk, day, history, listed),
        movements=movements(desk, day, history),
        ranking=ranking(desk, day, by),
        data_through=through.isoformat(timespec="seconds") if through else None,
        speaks_of=day.isoformat() if through else None,
    )
