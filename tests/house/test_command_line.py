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


def test_the_demo_starts_without_what_its_door_does_not_need() -> None:
    """The next start has five seconds, most of which are imports."""
    late = {"httpx", "xlsxwriter", "openpyxl", "pypinyin", "yishu.demo.make", "yishu.demo.ahead"}
    words = f"import sys; from yishu.cli import build; build('demo'); print(sorted({late!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
