"""Login 登录: passwords (argon2id), lockout with backoff, one-time links. No account has a password by default.

LoginFailed     401   wrong name or password; says not which
LockedOut       429   too many failures for this account or from this address
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Column, DateTime, Engine, Integer, String, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yishu.kernel.clock import Clock
from yishu.kernel.errors import InputError, NotPermitted
from yishu.kernel.store import metadata
from yishu.security.session import token_hash

account_table = Table(
    "account",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("password_hash", String(200), nullable=False),
    Column("demo", String(1), nullable=False, default=""),
    Column("changed_at", DateTime, nullable=False),
)
failure_table = Table(
    "login_failure",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime, nullable=False),
    Column("locked_until", DateTime),
)
link_table = Table(
    "login_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(100), nullable=False),
    Column("expires_at", DateTime, nullable=False),
)

ACCOUNT_TRIES = 5
ADDRESS_TRIES = 20
LONGEST_LOCK = timedelta(minutes=15)
FORGET_AFTER = timedelta(hours=24)
LINK_LIFE = timedelta(minutes=30)
SHORTEST_PASSWORD = 10


class LoginFailed(NotPermitted):
    """Wrong name or password 账号或密码不对."""

    status = 401


class LockedOut(NotPermitted):
    """Too many failures 暂时锁定."""

    status = 429


@dataclass(frozen=True, slots=True)
class Accounts:
    """The passwords 账号口令 of one home. `demo`: whether accounts made by the demo may enter."""

    store: Engine
    clock: Clock
    demo: bool = False
    hasher: PasswordHasher = field(default_factory=PasswordHasher)

    _gate: ClassVar[threading.BoundedSemaphore] = threading.BoundedSemaphore(2)  # one check takes 64 MiB

    def set_password(self, name: str, password: str, *, demo: bool = False) -> None:
        """Set a password 设置口令; earlier failures are forgotten."""
        if len(password) < SHORTEST_PASSWORD or len(password) > 256:
            raise InputError("login.password_short", f"口令至少 {SHORTEST_PASSWORD} 个字符", hint="用一句话或随机生成的口令")
        row = {"password_hash": self._hash(password), "demo": "1" if demo else "", "changed_at": self.clock()}
        with self.store.begin() as connection:
            known = connection.execute(update(account_table).where(account_table.c.name == name).values(**row)).rowcount
            if not known:
                connection.execute(insert(account_table).values(name=name, **row))
            connection.execute(delete(failure_table).where(failure_table.c.subject == _account(name)))

    def names(self) -> frozenset[str]:
        """Accounts that have a password."""
        with self.store.connect() as connection:
            return frozenset(connection.execute(select(account_table.c.name)).scalars())

    def check(self, name: str, password: str, address: str) -> None:
        """Raise unless this is the password; every try is counted before it is looked at.

        An unknown name costs the same time and locks in the same way, so that names cannot be guessed.
        """
        for subject, tries in ((_account(name), ACCOUNT_TRIES), (f"address:{address}", ADDRESS_TRIES)):
            self._count(subject, tries)
        with self.store.connect() as connection:
            row = connection.execute(select(account_table).where(account_table.c.name == name)).one_or_none()
        usable = row is not None and (self.demo or not row.demo)
        right = self._verify(row.password_hash if row is not None and usable else _decoy(self.hasher), password)
        if not (usable and right):
            raise LoginFailed("login.failed", "账号或密码不对", hint=f"连续错 {ACCOUNT_TRIES} 次会暂时锁定")
        with self.store.begin() as connection:
            connection.execute(
                delete(failure_table).where(failure_table.c.subject.in_([_account(name), f"address:{address}"]))
            )

    def link(self, account: str) -> str:
        """A one-time login link's token 一次性登录口令."""
        token = secrets.token_urlsafe(32)
        with self.store.begin() as connection:
            connection.execute(
                insert(link_table).values(
                    token_hash=token_hash(token), account=account, expires_at=self.clock() + LINK_LIFE
                )
            )
        return token

    def take_link(self, token: str) -> str:
        """The account a one-time link opens; it opens once."""
        key = token_hash(token)
        with self.store.begin() as connection:
            row = connection.execute(select(link_table).where(link_table.c.token_hash == key)).one_or_none()
            taken = connection.execute(delete(link_table).where(link_table.c.token_hash == key)).rowcount
        if row is None or not taken or row.expires_at < self.clock():
            raise LoginFailed("login.link_used", "登录链接已用过或已过期", hint="用账号密码登录，或重新启动取新的链接")
        return str(row.account)

    def _count(self, subject: str, tries: int) -> None:
        now = self.clock()
        with self.store.begin() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(insert(failure_table).values(subject=subject, failures=0, last_at=now))
            except IntegrityError:
                pass
            row = connection.execute(select(failure_table).where(failure_table.c.subject == subject)).one()
            if row.locked_until is not None and row.locked_until > now:
                locked = row.locked_until - now
            else:
                locked = None
                count = 1 if now - row.last_at > FORGET_AFTER else row.failures + 1
                until = now + _lock(count - tries) if count >= tries else None
                connection.execute(
                    update(failure_table)
                    .where(failure_table.c.subject == subject)
                    .values(failures=count, last_at=now, locked_until=until)
                )
        if locked is not None:
            minutes = -(-int(locked.total_seconds()) // 60) or 1
            raise LockedOut("login.locked", f"登录失败次数过多，已暂时锁定，约 {minutes} 分钟后可再试", hint="忘记口令请找信息科重设")

    def _hash(self, password: str) -> str:
        with self._gate:
            return self.hasher.hash(password)

    def _verify(self, stored: str, password: str) -> bool:
        with self._gate:
            try:
                return self.hasher.verify(stored, password[:256])
            except (VerificationError, InvalidHashError):
                return False


def demo_passwords(accounts: Accounts, names: Iterable[str]) -> dict[str, str]:
    """Fresh random passwords 演示口令 for the demo's accounts; they work under `yishu demo` only."""
    made = {name: secrets.token_urlsafe(12) for name in names}
    for name, password in made.items():
        accounts.set_password(name, password, demo=True)
    return made


def _account(name: str) -> str:
    return f"account:{name[:100]}"


def _lock(over: int) -> timedelta:
    """1, 2, 4, 8, 15, 15 … minutes."""
    return min(timedelta(minutes=2 ** min(over, 10)), LONGEST_LOCK)


_DECOYS: dict[int, str] = {}


def _decoy(hasher: PasswordHasher) -> str:
    """A hash nobody knows the password of, made with the same cost as real ones."""
    key = hash((hasher.time_cost, hasher.memory_cost, hasher.parallelism))
    if key not in _DECOYS:
        _DECOYS[key] = hasher.hash(secrets.token_urlsafe(32))
    return _DECOYS[key]
