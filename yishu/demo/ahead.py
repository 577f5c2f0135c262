"""Ahead 前方的一天: the hours after a made hospital's last moment, lived by the same simulator beside its stores.

The whole stretch is lived once; `live.step` then uncovers it minute by minute. Outpatients, bookings, prescriptions, bills and the
laboratory come from the simulator itself with numbers of their own (`World.after`); beds empty and fill from the state the stores show.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from yishu.demo import his_mz, lab, outpatient, population
from yishu.demo.ahead_beds import beds_ahead
from yishu.demo.defects import Defects
from yishu.demo.messages.post import CHANNELS, MADE
from yishu.demo.messages.speech import Speech
from yishu.demo.uncover import Row, uncovered
from yishu.demo.world import DAY, NONE, Array, Columns, World, day_number
from yishu.demo.write import Moments

AFTER = 4_500_000     # numbers of the live hours start this far above those of the made hospital
TURN = 20_000         # numbers one stretch may use
KNOWN = 12_000        # cards that may come back


@dataclass(frozen=True, slots=True)
class Ahead:
    """What will happen 将要发生的: rows with the moments at which each becomes known, and what will be said, in order of time."""

    rows: tuple[Row, ...]
    speeches: tuple[Speech, ...]
    end: int


def ahead(home: Path, *, seed: int, now: int, end: int, scale: float, turn: int = 0) -> Ahead:
    """Live from `now` to `end` (seconds); the same words and stores give the same hours. `turn` counts the stretches lived so far: each has numbers of its own."""
    world = World(seed + 7_919 + turn, end, now // DAY, end // DAY, scale, frozenset(), lambda _said, _share: None)
    world.after = AFTER + turn % 150 * TURN
    people, cards = _known_people(home, world)
    known = len(people["birth"])
    fresh = population.people(world, max(200, known // 3), "new people")
    people = {k: np.concatenate((people[k], fresh[k])) for k in people}
    planted = Defects(world)
    outpatient.outpatient(world, people)
    beds = beds_ahead(home, world, people, now, end)
    people = beds.people
    # nobody of the outpatients lies in a ward: those who do stand behind them in `people`
    world.events["spell"] = {"person": np.array([-2]), "begin": np.array([0]), "end": np.array([0])}
    outpatient.settle(world, people)
    _from_now(world, now)
    _nothing(world)
    his_mz.red_entries(world, planted)
    his_mz.cards(world, people, planted)
    _own_cards(world, cards, known, now)
    rows: list[Row] = list(beds.rows)
    with TemporaryDirectory(prefix="yishu-ahead-") as folder:
        for store, write in (("his_mz", his_mz.write), ("lis", lab.write)):
            write(world, people, planted, Path(folder), Moments())
            connection = sqlite3.connect(Path(folder) / "sources" / f"{store}.db")
            rows += uncovered(connection, store, now, _sessions(home) if store == "his_mz" else {})
            connection.close()
    world.since = now
    speeches = [speech for channel in CHANNELS for speech in MADE[channel](world, people)]
    speeches.sort(key=lambda s: (s.moment, s.channel, s.trigger, s.table, s.key))
    return Ahead(tuple(rows), tuple(speeches), end)


def _known_people(home: Path, world: World) -> tuple[Columns, Array]:
    """(persons, their card numbers): the latest cards with a name and an identity number."""
    store = sqlite3.connect(home / "sources" / "his_mz.db")
    insurance = {i["mz"]: n for n, i in enumerate(world.structure.raw["insurance"])}
    found = store.execute(
        "SELECT PATID, trim(HZXM), SEX, BIRTH, SFZH, LXDH, LXDZ, YBDM FROM MZ_BRXX WHERE length(SFZH) = 18 AND BIRTH <> '19000101' AND HZXM NOT LIKE '%?%' AND PATID < ? ORDER BY PATID DESC LIMIT ?",
        (1_000_000 + AFTER, int(KNOWN * max(world.scale, 0.1))),
    ).fetchall()  # fmt: skip
    store.close()
    birth = np.array([day_number(np.datetime64(f"{b[:4]}-{b[4:6]}-{b[6:]}").astype(object)) for *_, b, _, _, _, _ in [(r[0], r[1], r[2], r[3], *r[4:]) for r in found]], dtype=np.int64)
    people = {
        "birth": birth, "female": np.array([r[2] == "女" for r in found], dtype=bool), "surname": np.array([r[1][:1] for r in found], dtype="U2"),
        "name": np.array([r[1] for r in found], dtype="U8"), "idcard": np.array([r[4] for r in found], dtype="U18"),
        "phone": np.array([r[5] for r in found], dtype="U11"), "address": np.array([r[6] for r in found], dtype="U40"),
        "insurance": np.array([insurance.get(r[7], 0) for r in found], dtype=np.int64),
    }  # fmt: skip
    return people, np.array([r[0] for r in found], dtype=np.int64)


def _from_now(world: World, now: int) -> None:
    """Keep what begins after now; a booking made before belongs to the made hospital, its patient walks in without one."""
    visit = world.events["visit"]
    late = np.where(visit["came"], visit["register"], visit["booked_at"]) > now
    keep = np.nonzero(late)[0]
    new = np.full(len(late), NONE)
    new[keep] = np.arange(len(keep))
    world.events["visit"] = {k: v[keep] for k, v in visit.items()}
    booking = world.events["appointment"]
    fits = late[booking["visit"]] & (booking["booked_at"] > now)
    world.events["appointment"] = {k: v[fits] for k, v in booking.items()}
    world.events["appointment"]["visit"] = new[world.events["appointment"]["visit"]]
    visit = world.events["visit"]
    visit["booking"] = np.where(np.isin(visit["booking"], world.events["appointment"]["number"]), visit["booking"], NONE)
    visit["has_booking"] = visit["booking"] != NONE
    rx, line = world.events["prescription"], world.events["line"]
    head = late[rx["visit"]]
    order = np.full(len(head), NONE)
    order[head] = np.arange(int(head.sum()))
    world.events["line"] = {k: v[head[line["prescription"]]] for k, v in line.items()}
    world.events["line"]["prescription"] = order[world.events["line"]["prescription"]]
    world.events["prescription"] = {k: v[head] for k, v in rx.items()}
    world.events["prescription"]["visit"] = new[world.events["prescription"]["visit"]]


def _nothing(world: World) -> None:
    """What the live hours leave out 不在此列: ward charges, orders, births."""
    for name, columns in (
        ("charge", "stay time item drug quantity cents exec number original department ward doctor"),
        ("order", "stay time stop long kind drug item text department ward doctor"),
        ("newborn", "person mother rank born female brid"), ("void", "stay number begin"),
    ):  # fmt: skip
        world.events[name] = {c: np.zeros(0, dtype=np.int64) for c in columns.split()}


def _own_cards(world: World, cards: Array, known: int, now: int) -> None:
    """Who has a card already keeps it; a new one is made after now, though its owner may have queued for it before."""
    visit, card = world.events["visit"], world.events["card"]
    mine = visit["person"] < known
    visit["card"] = np.where(mine, cards[np.where(mine, visit["person"], 0)], visit["card"])
    fresh = card["person"] >= known
    world.events["card"] = {k: v[fresh] for k, v in card.items()}
    world.events["card"]["made_at"] = np.maximum(world.events["card"]["made_at"], now + 1)


def _sessions(home: Path) -> dict[tuple[str, str, str], int]:
    """(department code, day, half) → the made hospital's clinic session."""
    store = sqlite3.connect(home / "sources" / "his_mz.db")
    made = {(k, d, h): n for n, k, d, h in store.execute("SELECT max(HBH), KSDM, CZRQ, SXW FROM YY_PBB WHERE HBH < 4000000 GROUP BY KSDM, CZRQ, SXW")}
    store.close()
    return made


__all__ = ["AFTER", "Ahead", "ahead"]
