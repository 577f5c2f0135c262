"""Servers 真库: the LIS in a live PostgreSQL and the RIS in a live MariaDB, row for row what the SQLite stores hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb

from yishu.demo.schema import tables_of
from yishu.kernel import InputError, SourceError
from yishu.kernel.duck import extension_file

KINDS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
PORTS = {"postgres": 5432, "mysql": 3306}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store goes 去处: `postgresql://user@host:port/base`; the password apart, never in a statement that could be echoed."""

    url: str
    password: str = ""


def wanted(environment: Mapping[str, str]) -> dict[str, Address]:
    """`YISHU_DEMO_LIS`, `YISHU_DEMO_RIS_PACS` and their `_PASSWORD`."""
    names = {"lis": "YISHU_DEMO_LIS", "ris_pacs": "YISHU_DEMO_RIS_PACS"}
    return {s: Address(environment[n], environment.get(f"{n}_PASSWORD", "")) for s, n in names.items() if environment.get(n)}


def send(home: Path, store: str, address: Address) -> dict[str, tuple[int, int]]:
    """Replace the store's tables there; (rows, checksum) by table, which are those of the SQLite file.

    Raises SourceError `demo.server` when the server refuses or holds other rows afterwards.
    """
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        schema = _attach(connection, home, store, address)
        made: dict[str, tuple[int, int]] = {}
        for table in tables_of(store):
            there = f"there.{schema}.{table.name}"
            try:
                connection.execute(f"DROP TABLE IF EXISTS {there}")
                connection.execute(f"CREATE TABLE {there} AS SELECT * FROM here.{table.name}")
            except duckdb.Error:
                raise SourceError("demo.server", f"写入 {store} 的表 {table.name} 失败", hint="检查地址、口令与建表权限", where=_place(address)) from None
            made[table.name] = checksum(connection, there, table.names)
            if made[table.name] != checksum(connection, f"here.{table.name}", table.names):
                raise SourceError("demo.server", f"{store} 的表 {table.name} 写入后与源库不同", where=_place(address))
        return made


def checksum(connection: duckdb.DuckDBPyConnection, relation: str, columns: tuple[str, ...]) -> tuple[int, int]:
    """(rows, checksum 校验和) over every cell as text, whatever the order of the rows."""
    cells = ", ".join(f"coalesce(CAST({c} AS VARCHAR), '∅')" for c in columns)
    rows, total = connection.execute(f"SELECT count(*), coalesce(sum(CAST(hash(concat_ws('␟', {cells})) AS HUGEINT)), 0) FROM {relation}").fetchone() or (0, 0)
    return int(rows), int(total)


def _attach(connection: duckdb.DuckDBPyConnection, home: Path, store: str, address: Address) -> str:
    url = urlsplit(address.url)
    kind = KINDS.get(url.scheme, "")
    database = unquote(url.path.lstrip("/"))
    if not kind or not database or url.password:
        raise InputError("demo.server_address", f"{store} 的地址读不懂", hint="写成 postgresql://用户@主机:端口/库 或 mysql://用户@主机:端口/库；口令另设 …_PASSWORD")
    for name in ("sqlite_scanner", f"{kind}_scanner"):
        connection.execute(f"LOAD {_text(str(extension_file(name)))}")
    words = {"HOST": url.hostname or "127.0.0.1", "PORT": str(url.port or PORTS[kind]), "DATABASE": database, "USER": unquote(url.username or ""), "PASSWORD": address.password}
    try:
        connection.execute(f"CREATE TEMPORARY SECRET there_secret (TYPE {kind}, {', '.join(f'{w} {_text(v)}' for w, v in words.items() if v)})")
        connection.execute(f"ATTACH '' AS there (TYPE {kind}, SECRET there_secret)")
    except duckdb.Error:
        raise SourceError("demo.server", f"{store} 的服务器连不上", hint="检查主机、端口、库名与口令", where=_place(address)) from None
    connection.execute(f"ATTACH {_text(str(home / 'sources' / f'{store}.db'))} AS here (TYPE sqlite, READ_ONLY)")
    return "public" if kind == "postgres" else database


def _place(address: Address) -> str:
    url = urlsplit(address.url)
    return f"{url.hostname}:{url.port or ''}{url.path}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
