"""A plain world of messages 消息的平白模型: what must stand in the warehouse after sends, takes, failures, parks and replays in any order.

The model knows nothing of how messages are placed: a visit is what its good messages say, folded in the order of their receipt.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench.proof_take_kill import FOLDER, NOW, a_home
from yishu.flow.take import Taker
from yishu.integration.channels import channels
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox, State
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

Said = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the sender knows it 发出的消息."""

    id: int
    patients: frozenset[int]
    visit: int | None
    said: Said
    at: datetime
    bad: bool


def a_word(patient: int, visit: int | None, said: Said, number: int, merged: int | None, bad: bool) -> bytes:
    """A registration or change of a visit; a merge names another patient and no visit; a bad one names no visit though it must."""
    code, started, ended = said
    kind = "A40" if merged else "A08"
    lines = [f"MSH|^~\\&|HIS_MZ|J|E|Y|20260630100000||ADT^{kind}|W{number}|P|2.4", f"EVN|{kind}|20260630100000", f"PID|1||{patient}^^^HIS_MZ^PI||张三||19800101|M"]
    if merged:
        lines.append(f"MRG|{merged}^^^HIS_MZ^PI")
    else:
        lines += [f"PV1|1|O|0403|||||||0403|||||||||{'' if bad else visit}{'|' * 25}20260630100000", f"ZJZ||{started or ''}|{ended or ''}", f"DG1|1||{code or ''}"]
    return "\r".join(lines).encode()


class World:
    """The inbox and the taker of one small hospital, and beside them what was told."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.settings = Settings.of(FOLDER, home, {"YISHU_NOW": NOW.isoformat()})
        object.__setattr__(self.settings, "clock", self.clock)
        self.inbox = Inbox(home, self.clock)
        self.connection = warehouse_instance(home)
        self.taker = Taker(self.settings, self.connection, self.inbox)
        self.door = Door(Channel.of(next(c for c in channels(FOLDER) if c.name == "his_adt")), self.inbox, self.clock)
        self.first, self.number = 0, 0
        self.told: list[Told] = []

    def clock(self) -> datetime:
        """The world's time."""
        return self.now

    def begin(self) -> None:
        """New patients, nothing told of them."""
        self.first += 10
        self.told = []

    def send(self, patient: int, visit: int, said: Said, merged: int | None, bad: bool, later: int) -> None:
        """One message, `later` milliseconds after the last."""
        self.now += timedelta(milliseconds=later)
        self.number += 1
        who, other = 700_000 + self.first + patient, 700_000 + self.first + merged if merged is not None and merged != patient else None
        stands = None if other or bad else who * 10 + visit
        stamp = self.door.take(a_word(who, who * 10 + visit, said, self.number, other, bad and not other)).stamp.result(60)
        self.told.append(Told(stamp.id, frozenset(p for p in (who, other) if p), stands, said, self.now, bad and not other))

    def take(self, limit: int) -> None:
        """Place some; nothing may pass an earlier message of its patient that is not settled."""
        before = {k: m.state for k in (t.id for t in self.told) if (m := self.inbox.get(k))}
        placed = {int(r.message_id[1:]) for r in self.taker.run(limit) if r.state in ("placed", "ignored")}
        by_id = {t.id: t for t in self.told}
        for ident in placed:
            for earlier in self.told:
                if earlier.id < ident and earlier.patients & by_id[ident].patients:
                    assert earlier.id in placed or before[earlier.id] in (State.DONE, State.PARKED), f"M{ident} passed M{earlier.id}"

    def wait(self, seconds: int) -> None:
        """Time goes on."""
        self.now += timedelta(seconds=seconds)

    def park(self) -> None:
        """Somebody parks what failed, so that others go on."""
        failed = [k.id for k in (self.inbox.get(t.id) for t in self.told) if k and k.state is State.FAILED]
        self.inbox.mark(failed, State.PARKED, "人工搁置")

    def replay(self, picks: list[int]) -> None:
        """Some are placed again."""
        if self.told:
            self.inbox.replay([self.told[p % len(self.told)].id for p in picks])

    def reopen(self) -> None:
        """The server starts anew."""
        self.taker.close()
        self.taker = Taker(self.settings, self.connection, self.inbox)

    def settle(self) -> None:
        """Go on until nothing waits; what cannot be placed is parked."""
        while any((k := self.inbox.get(t.id)) and k.state in (State.WAITING, State.FAILED) for t in self.told):
            self.wait(120)
            self.take(1_000)
            self.park()

    def check(self) -> None:
        """Each visit has exactly the versions its messages say, current and history."""
        self.settle()
        assert {t.id for t in self.told if not t.bad} == {t.id for t in self.told if (k := self.inbox.get(t.id)) and k.state is State.DONE}
        for visit in sorted({t.visit for t in self.told if t.visit}):
            assert list(self._stored(visit)) == list(self._expected(visit)), f"MZ-{visit}"

    def _expected(self, visit: int) -> Iterator[tuple[datetime, datetime | None, Said]]:
        states: dict[datetime, Said] = {}
        known: Said = (None, None, None)
        for told in self.told:
            if told.visit == visit:
                known = tuple(new or old for new, old in zip(told.said, known, strict=True))  # type: ignore[assignment]
                states[told.at] = known
        versions: list[tuple[datetime, Said]] = []
        for at, said in states.items():
            if not versions or versions[-1][1] != said:
                versions.append((at, said))
        ends = [at for at, _ in versions[1:]]
        yield from ((at, until, said) for (at, said), until in zip(versions, [*ends, None], strict=True))

    def _stored(self, visit: int) -> Iterator[tuple[datetime, datetime | None, Said]]:
        time = "strftime({}, '%Y%m%d%H%M%S')"
        columns = f"known_from, known_until, diagnosis_code, {time.format('started_at')}, {time.format('ended_at')}"
        rows = self.connection.execute(
            f"SELECT {columns} FROM (SELECT * FROM wh.history.visit WHERE visit_id = ? UNION ALL BY NAME SELECT * FROM wh.hospital.visit WHERE visit_id = ?) ORDER BY 1", [f"MZ-{visit}"] * 2
        ).fetchall()
        yield from ((row[0], row[1], (row[2], row[3], row[4])) for row in rows)

    def close(self) -> None:
        """Let go."""
        self.taker.close()
        self.connection.close()
        self.inbox.close()


@contextmanager
def a_world(folder: Path) -> Iterator[World]:
    """A world on a new small hospital."""
    a_home(folder / "home")
    world = World(folder / "home")
    try:
        yield world
    finally:
        world.close()


__all__ = ["Said", "World", "a_world"]
