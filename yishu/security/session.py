"""Sessions 会话: opaque tokens known to the server only by their hash; any of them can be ended at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, DateTime, Engine, String, Table, delete, insert, select, update

from yishu.kernel.clock import Clock
from yishu.kernel.store import metadata

session_table = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("made_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("address", String(64), nullable=False),
    Column("demo", String(1), nullable=False, default=""),
)

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A session 会话 of one account; `demo` where it began under the demo."""

    account: str
    made_at: datetime
    seen_at: datetime
    demo: bool


def token_hash(token: str) -> str:
    """What the store keeps of a token 令牌; 32 random bytes need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions 会话簿 of one home, with idle and absolute limits."""

    store: Engine
    clock: Clock
    idle: timedelta = IDLE
    absolute: timedelta = ABSOLUTE

    def begin(self, account: str, address: str, *, demo: bool = False) -> str:
        """A new session; the token is returned once and never stored."""
        token, now = secrets.token_urlsafe(32), self.clock()
        with self.store.begin() as connection:
            connection.execute(delete(session_table).where(session_table.c.made_at < now - self.absolute))
            connection.execute(
                insert(session_table).values(
                    token_hash=token_hash(token), account=account, made_at=now, seen_at=now,
                    address=address, demo="1" if demo else "",
                )
            )  # fmt: skip
        return token

    def find(self, token: str) -> Session | None:
        """The live session of a token, or None; looking at it keeps it from idling out."""
        key, now = token_hash(token), self.clock()
        with self.store.connect() as connection:
            row = connection.execute(select(session_table).where(session_table.c.token_hash == key)).one_or_none()
        if row is None:
            return None
        if now - row.seen_at > self.idle or now - row.made_at > self.absolute:
            self.end(token)
            return None
        if now - row.seen_at >= _TOUCH:
            with self.store.begin() as connection:
                connection.execute(update(session_table).where(session_table.c.token_hash == key).values(seen_at=now))
        return Session(row.account, row.made_at, row.seen_at, bool(row.demo))

    def end(self, token: str) -> None:
        """Log out 退出."""
        with self.store.begin() as connection:
            connection.execute(delete(session_table).where(session_table.c.token_hash == token_hash(token)))

    def end_all(self, account: str) -> int:
        """Log out everywhere 全部退出; how many sessions ended."""
        with self.store.begin() as connection:
            return connection.execute(delete(session_table).where(session_table.c.account == account)).rowcount
