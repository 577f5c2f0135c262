"""Verify 核对: raw files against the counts and checksums under which they were listed."""

from __future__ import annotations

import duckdb

from yishu.integration.stage import loads
from yishu.integration.store import TableLoad
from yishu.integration.worker import malformed_file, tally
from yishu.kernel import Settings
from yishu.kernel.duck import worker_instance


def verify(settings: Settings, source: str) -> tuple[TableLoad, ...]:
    """The table loads whose raw file 贴源文件, or the file of its malformed rows, is missing, unreadable or changed; empty = all is well."""
    connection = worker_instance(settings.home)
    try:
        entries = [table for load in loads(settings, source) for table in load.tables if table.state == "done"]
        return tuple(entry for entry in entries if not _sound(connection, settings, entry))
    finally:
        connection.close()


def _sound(connection: duckdb.DuckDBPyConnection, settings: Settings, entry: TableLoad) -> bool:
    try:
        path = entry.path(settings.home)
        if tally(connection, path) != (entry.rows, entry.checksum):
            return False
        return not entry.malformed or tally(connection, malformed_file(path)) == (entry.malformed, entry.malformed_checksum)
    except duckdb.Error:
        return False
