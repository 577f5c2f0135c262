"""The house's habits 家规: types, lint, names, and words that must not be in the repository."""

import re
import subprocess
import sys
from pathlib import Path

from tests.needs import ROOT

FORBIDDEN_NAMES = {"utils", "common", "helpers", "base", "manager", "service", "handler", "misc", "data", "info"}


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(words[0])
    return subprocess.run([program, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)


def test_types_are_strict() -> None:
    done = _run("mypy")
    assert done.returncode == 0, done.stdout[-4000:]


def test_lint_is_clean() -> None:
    done = _run("ruff", "check", "yishu", "tests", "bench")
    assert done.returncode == 0, done.stdout[-4000:]


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [str(p) for p in (ROOT / "yishu").rglob("*.py") if p.stem in FORBIDDEN_NAMES]
    assert found == []


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines()]


def test_lock_files_carry_no_registry_address() -> None:
    locks = [ROOT / "requirements.lock", ROOT / "requirements-test.lock", ROOT / "portal" / "package-lock.json"]
    for lock in locks:
        if lock.exists():
            assert not re.search(r"https?://(?!opencollective|github\.com/sponsors|[^\"]*(?:sponsor|fund|donate))[^\"\s]*\.(?:tgz|whl|tar\.gz)", lock.read_text())
            assert '"resolved"' not in lock.read_text()


def test_no_path_of_a_machine_is_committed() -> None:
    """Neither where this checkout lies nor anyone's home folder."""
    here = [f"{ROOT}/", f"{Path.home()}/"]
    found = []
    for path in _tracked():
        if not path.is_file() or path.suffix in {".png", ".lock", ".xlsx"}:
            continue
        text = path.read_text(errors="ignore")
        found += [(str(path.relative_to(ROOT)), word) for word in here if len(word) > 2 and word in text]
    assert found == []
