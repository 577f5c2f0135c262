"""The command line 命令行: exit status and error form of design §5.3."""

import json
import subprocess
import sys

from tests.needs import ROOT


def _yishu(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "yishu.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_lists_what_is_there() -> None:
    done = _yishu("--help")
    assert done.returncode == 0
    assert "--hospital" in done.stdout


def test_an_unknown_command_is_bad_input_in_one_json_value() -> None:
    done = _yishu("--json", "quary")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "command.bad"


def test_version() -> None:
    assert _yishu("--version").stdout.startswith("yishu ")
