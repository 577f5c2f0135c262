"""Database servers 数据库服务器: PostgreSQL and MySQL/MariaDB attached read-only through their scanners."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb

from yishu.integration.adapters.scan import Note, Place, Scan, literal, quoted
from yishu.integration.adapters.sqlite import first_line
from yishu.integration.errors import SourceLocked, SourceMissing, SourceRefused
from yishu.kernel import InputError, SourceError

_PORTS = {"postgres": 5432, "mysql": 3306}


class Server:
    """An open database server; its password lives in a DuckDB secret, never in a statement that could be echoed."""

    one_transaction = True

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: Place) -> None:
        self.connection = connection
        self.place = place
        url = urlsplit(place.address)
        self.database = unquote(url.path.lstrip("/"))
        if url.scheme not in ("postgres", "postgresql", "mysql", "mariadb") or not self.database:
            raise InputError(
                "source.address",
                f"来源 {place.source} 的 address 读不懂",
                hint="写成 postgresql://用户@主机:端口/库 或 mysql://用户@主机:端口/库；口令写 password: {secret: 名字}",
            )
        if url.password:
            raise InputError("source.address", f"来源 {place.source} 的 address 里不能有口令", hint="写 password: {secret: 名字}")
        query = parse_qs(url.query)
        self.host = query.get("host", [url.hostname or "127.0.0.1"])[0]
        self.port = url.port or _PORTS[place.kind]
        self.user = place.user or unquote(url.username or "")
        self.schema = place.schema or ("public" if place.kind == "postgres" else self.database)
        self._attach()

    def _attach(self) -> None:
        words = {"HOST": self.host, "PORT": str(self.port), "DATABASE": self.database, "USER": self.user}
        if self.place.password:
            words["PASSWORD"] = self.place.password
        parts = ", ".join(f"{word} {literal(value)}" for word, value in words.items() if value)
        try:
            self.connection.execute(f"CREATE TEMPORARY SECRET src_secret (TYPE {self.place.kind}, {parts})")
            if self.place.kind == "mysql":
                self.connection.execute("SET mysql_tinyint1_as_boolean=false")
                self.connection.execute("SET mysql_bit1_as_boolean=false")
            self.connection.execute(f"ATTACH '' AS src (TYPE {self.place.kind}, SECRET src_secret, READ_ONLY)")
            self.tables = self._names()
        except duckdb.Error as error:
            raise self.explain(error, "") from None

    def _names(self) -> tuple[str, ...]:
        query = (
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_catalog = 'src' AND table_schema = ? ORDER BY table_name"
        )
        return tuple(row[0] for row in self.connection.execute(query, [self.schema]).fetchall())

    def names(self) -> Sequence[str]:
        return self.tables

    def scan(self, table: str, sheet: str | None) -> Scan | None:
        relation = f"src.{quoted(self.schema)}.{quoted(table)}"
        rows = self.connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        return Scan(relation, tuple(row[0] for row in rows))

    def close(self) -> None:
        """The engine lets go with its connection."""

    def apart(self) -> tuple[Note, ...]:
        return ()

    def again(self, table: str, error: duckdb.Error) -> Scan | None:
        return None

    def explain(self, error: Exception, table: str) -> SourceError:
        text = str(error).lower()
        where = f"{self.host}:{self.port}/{self.database}{'/' + table if table else ''}"
        if "password authentication failed" in text or "access denied" in text or "no password supplied" in text:
            return SourceRefused(
                "source.refused",
                f"来源 {self.place.source} 拒绝登录：用户 {self.user or '（未写）'} 的口令不对或没有权限",
                hint="检查 password 的 secret 名字，以及环境变量或 secrets.yaml 里的值；只需要只读权限",
                where=where,
            )
        if "could not connect" in text or "connection refused" in text or "can't connect" in text or "could not translate" in text:
            return SourceMissing(
                "source.unreachable",
                f"来源 {self.place.source} 连不上",
                hint="检查主机、端口和防火墙；上一次装载的数据仍在",
                where=where,
            )
        if "does not exist" in text or "unknown database" in text:
            return SourceMissing("source.missing", f"来源 {self.place.source} 没有库 {self.database}", where=where)
        if "lock" in text or "canceling statement" in text:
            return SourceLocked("source.locked", f"来源 {self.place.source} 的表被锁住", hint="稍后再装载", where=where)
        return SourceError("source.failed", f"来源 {self.place.source} 读不出：{first_line(error)}", where=where)
