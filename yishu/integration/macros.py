"""Macros 宏: the Chinese forms of times, numbers and id cards, vectorised in SQL (`macros.sql`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import duckdb

from yishu.kernel.citizen import sql_macro


@cache
def _statements() -> tuple[str, ...]:
    text = files("yishu.integration").joinpath("macros.sql").read_text(encoding="utf-8")
    return (*(part for part in text.split(";\n") if "CREATE" in part), sql_macro())


def define_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros 定义宏 of mapping SELECTs and checks in the current database."""
    for statement in _statements():
        connection.execute(statement)
