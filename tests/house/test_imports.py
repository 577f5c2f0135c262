"""Data runs one way 数据单向流动: the import contracts of pyproject.toml hold, and each room has its place."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.needs import ROOT


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_room_has_its_place_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    placed = {name.removeprefix("yishu.") for name in contracts[0]["layers"]}
    rooms = {p.name for p in (ROOT / "yishu").iterdir() if (p / "__init__.py").exists()}
    loose = {p.stem for p in (ROOT / "yishu").glob("*.py")} - {"__init__"}
    assert (rooms | loose) - placed == {"demo"}
