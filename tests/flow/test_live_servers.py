"""LIS from a live PostgreSQL and RIS from a live MariaDB 真库: loaded through hospitals/model end to end, to the hospital checksums of SQLite."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests import servers
from tests.needs import ROOT
from yishu import flow, hospital
from yishu.demo import make
from yishu.demo.servers import Address, send
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

UNTIL = datetime(2026, 3, 8, 9, 15)
LOADED = ("his_mz", "his_zy", "lis", "ris_pacs")


def _loaded(folder: Path, home: Path, environment: dict[str, str]) -> dict[str, str]:
    """The hospital tables' checksums after a load of the folder's four sources."""
    settings = Settings.of(folder, home, {"YISHU_NOW": UNTIL.isoformat(), **environment})
    assert flow.check(settings) == ()
    receipt = flow.load(settings, LOADED)
    assert receipt.failed == (), [s.error for s in receipt.failed]
    assert all(table.adds_up() for source in receipt.sources for table in source.tables)
    connection = warehouse_instance(home, read_only=True)
    try:
        return hospital.checksum(connection)
    finally:
        connection.close()


def _connected(folder: Path, home: Path, source: str, kind: str, address: str) -> None:
    """The model hospital's folder with one source's `kind` and `address` changed, as its information department would."""
    text = (ROOT / "hospitals" / "model" / "sources" / f"{source}.yaml").read_text(encoding="utf-8")
    changed = text.replace("kind: sqlite", f"kind: {kind}\npassword: {{secret: {source.upper()}_PASSWORD}}").replace(f"${{YISHU_HOME}}/sources/{source}.db", address)
    assert changed != text
    (folder / "sources" / f"{source}.yaml").write_text(changed, encoding="utf-8")
    (home / "sources" / f"{source}.db").unlink()


@pytest.mark.needs("postgres")
@pytest.mark.needs("mariadb")
def test_both_live_servers_give_the_hospital_the_files_gave(tmp_path: Path) -> None:
    files, live, folder = tmp_path / "files", tmp_path / "live", tmp_path / "model"
    make(files, seed=3, until=UNTIL, days=4, scale=0.1, defects="full")
    shutil.copytree(files / "sources", live / "sources")
    shutil.copytree(ROOT / "hospitals" / "model", folder)
    expected = _loaded(ROOT / "hospitals" / "model", files, {})
    with servers.postgres() as lis, servers.mariadb() as ris:
        for source, server, scheme, kind in (("lis", lis, "postgresql", "postgres"), ("ris_pacs", ris, "mysql", "mysql")):
            send(live, source, Address(server.url(scheme), server.password))
            _connected(folder, live, source, kind, server.url(scheme))
        found = _loaded(folder, live, {"LIS_PASSWORD": lis.password, "RIS_PACS_PASSWORD": ris.password})
    assert found == expected
    assert int(expected["hospital.lab_result"].split(":")[0]) > 200 and int(expected["hospital.exam"].split(":")[0]) > 30
