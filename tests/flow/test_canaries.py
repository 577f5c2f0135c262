"""Canary names, phones and ids are planted in the sources and looked for wherever they must not be."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import pytest

from tests.web_hospital import CANARIES, ROLES, loaded, logged_in, opened


def test_canaries_appear_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = loaded(tmp_path)
    house = opened(settings)
    query = {"metrics": ["now_registered"]}
    seen: list[bytes] = []
    for name in ROLES:
        browser = logged_in(house, name)
        for path in ("/api/v1/record?source=mz&table=BR&key=1", "/api/v1/record?source=zy&table=RY&key=100", "/api/v1/trace?table=stay&key=ZY-100"):
            seen.append(browser.get(path).content)
        seen.append(browser.post("/api/v1/rows", json={"query": query, "cell": {"metric": "now_registered", "member": {}}}).content)
        seen.append(browser.post("/api/v1/rows/export", json={"query": query, "cell": {"metric": "now_registered", "member": {}}}).content)
        seen.append(browser.get("/api/v1/sources/defects").content)
    with house.reading() as connection:
        tables = connection.execute("SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'wh'").fetchall()
        for schema, table in tables:
            seen.append(repr(connection.execute(f'SELECT * FROM wh."{schema}"."{table}"').fetchall()).encode())
    house.close()
    seen.append(caplog.text.encode())
    kept = [path for path in settings.home.rglob("*") if path.is_file() and "sources" not in path.relative_to(settings.home).parts]
    assert {"warehouse.duckdb", "platform.db"} <= {path.name for path in kept}
    for path in kept:
        body = path.read_bytes()
        seen.append(gzip.decompress(body) if path.suffix == ".gz" else body)
    for body in seen:
        for canary in CANARIES:
            assert canary.encode() not in body, canary
