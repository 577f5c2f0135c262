"""LIS in a live PostgreSQL, RIS in a live MariaDB: the same rows as the SQLite stores, twice the same checksums."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests import servers
from yishu.demo import make
from yishu.demo.servers import Address, send, wanted
from yishu.kernel import InputError, SourceError


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for home in made:
        make(home, seed=3, until=datetime(2026, 3, 8, 9, 15), days=4, scale=0.1, defects="full")
    return made


@pytest.mark.needs("postgres")
def test_the_laboratory_lives_in_postgresql(homes: list[Path]) -> None:
    with servers.postgres() as server:
        address = Address(server.url("postgresql"), server.password)
        first, second = (send(home, "lis", address) for home in homes)
        with pytest.raises(SourceError) as caught:
            send(homes[0], "lis", Address(server.url("postgresql"), "wrong"))
        assert "wrong" not in str(caught.value) and caught.value.__cause__ is None
    assert first == second and first["lis_result"][0] > 100


@pytest.mark.needs("mariadb")
def test_imaging_lives_in_mariadb(homes: list[Path]) -> None:
    with servers.mariadb() as server:
        address = Address(server.url("mysql"), server.password)
        first, second = (send(home, "ris_pacs", address) for home in homes)
    assert first == second and first["exam_report"][0] > 20


def test_a_password_in_the_address_is_refused(homes: list[Path]) -> None:
    with pytest.raises(InputError):
        send(homes[0], "lis", Address("postgresql://me:secret@127.0.0.1/lis"))
    assert wanted({"YISHU_DEMO_LIS": "postgresql://me@h/lis", "YISHU_DEMO_LIS_PASSWORD": "x"}) == {"lis": Address("postgresql://me@h/lis", "x")}
