"""Outbox 发件箱: which messages go where, and what became of each sending; tables beside the inbox, in the same file.

What is to be sent is derived from the inbox by a number per destination, so nothing is forgotten when a process dies. A message may be
sent twice (it was answered, and the process died before it noted so): receivers know it by MSH-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from yishu.integration.destination import Destination, Fate, given_up, wait
from yishu.integration.inbox import _connect
from yishu.kernel.clock import Clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS delivery (
  destination TEXT NOT NULL, message INTEGER NOT NULL, order_key TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  next_at TEXT NOT NULL DEFAULT '', answered_at TEXT NOT NULL DEFAULT '', said TEXT NOT NULL DEFAULT '', PRIMARY KEY (destination, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delivery_message ON delivery (message);
CREATE INDEX IF NOT EXISTS delivery_work ON delivery (destination, message) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS planned (destination TEXT PRIMARY KEY, upto INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A sending that is due 待发."""

    destination: str
    message: int
    order_key: str
    tries: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message at one destination 投递."""

    destination: str
    state: str
    tries: int
    answered_at: str
    said: str


class Outbox:
    """The outbox 发件箱 of one home."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.path, self._clock = home / "inbox.db", clock
        with closing(_connect(self.path)) as connection:
            connection.executescript(SCHEMA)

    def plan(self, channel: str, destination: Destination) -> int:
        """Enter what the inbox has received of a channel since the last look; a new destination begins with what comes from now on."""
        name = f"{channel}/{destination.name}"
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = int(connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0])
            row = connection.execute("SELECT upto FROM planned WHERE destination = ?", (name,)).fetchone()
            before = int(row[0]) if row else last
            found = connection.execute(
                "SELECT id, order_key, kind FROM message WHERE id > ? AND id <= ? AND source = ? AND state <> 'quarantined' ORDER BY id", (before, last, channel)
            ).fetchall()
            wanted = [(name, ident, key, "waiting") for ident, key, kind in found if destination.takes(kind)]
            connection.executemany("INSERT OR IGNORE INTO delivery (destination, message, order_key, state) VALUES (?, ?, ?, ?)", wanted)
            connection.execute("INSERT INTO planned VALUES (?, ?) ON CONFLICT DO UPDATE SET upto = excluded.upto", (name, last))
            connection.execute("COMMIT")
        return len(wanted)

    def due(self, name: str, most: int = AT_ONCE) -> list[Due]:
        """What may be sent now, the first of each patient only: his next goes when this one is answered."""
        now = self._clock().isoformat()
        with closing(_connect(self.path)) as connection:
            rows = connection.execute("SELECT message, order_key, tries, next_at FROM delivery WHERE destination = ? AND state = 'waiting' ORDER BY message LIMIT 5000", (name,))
            held: set[str] = set()
            out: list[Due] = []
            for message, key, tries, next_at in rows:
                if key and key in held:
                    continue
                if key:
                    held.add(key)
                if next_at <= now:
                    out.append(Due(name, message, key, tries))
                    if len(out) >= most:
                        break
        return out

    def settle(self, due: Due, destination: Destination, fate: Fate, said: str, chance: float) -> str:
        """Note what became of a sending; the state it has now."""
        now = self._clock()
        tries = due.tries + (fate is not Fate.AWAY)
        state = "sent" if fate is Fate.DELIVERED else "parked" if given_up(fate, tries, destination.tries) else "waiting"
        again = (now + timedelta(seconds=wait(tries, chance))).isoformat() if state == "waiting" else ""
        with closing(_connect(self.path)) as connection:
            connection.execute(
                "UPDATE delivery SET state = ?, tries = ?, next_at = ?, answered_at = ?, said = ? WHERE destination = ? AND message = ?",
                (state, tries, again, now.isoformat(), said[:300], due.destination, due.message),
            )
        return state

    def again(self, message: int) -> int:
        """Send what was parked of a message once more 重发; how many destinations."""
        with closing(_connect(self.path)) as connection:
            return connection.execute("UPDATE delivery SET state = 'waiting', tries = 0, next_at = '' WHERE message = ? AND state = 'parked'", (message,)).rowcount

    def of(self, message: int) -> list[Delivery]:
        """Where one message went."""
        with closing(_connect(self.path)) as connection:
            rows = connection.execute("SELECT destination, state, tries, answered_at, said FROM delivery WHERE message = ? ORDER BY destination", (message,)).fetchall()
        return [Delivery(*row) for row in rows]

    def counts(self, since: datetime) -> dict[str, dict[str, int]]:
        """Per destination: how many wait, are parked, and were sent since a moment."""
        out: dict[str, dict[str, int]] = {}
        with closing(_connect(self.path)) as connection:
            rows: Sequence[tuple[str, str, int]] = connection.execute(
                "SELECT destination, state, count(*) FROM delivery WHERE state <> 'sent' OR answered_at >= ? GROUP BY 1, 2", (since.isoformat(),)
            ).fetchall()
        for name, state, number in rows:
            out.setdefault(name, {})[state] = number
        return out


__all__ = ["Delivery", "Due", "Outbox"]
