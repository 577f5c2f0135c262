"""Errors 错误 of the unified model.

InputError
├── HospitalFaults  hospital.faults   the folder's text is wrong: every fault with file and line
SourceError
└── PlaceFailed     place.failed      a mapping could not run on the data
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from yishu.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault 错处 in the text of a hospital folder."""

    file: Path
    line: int
    reason: str
    near: tuple[str, ...] = ()

    def text(self) -> str:
        """One line for people: file, line, reason, nearest right word."""
        hint = f"；是不是 {'、'.join(self.near)}？" if self.near else ""
        return f"{self.file.name}:{self.line} {self.reason}{hint}"


class HospitalFaults(InputError):
    """The folder has faults 医院文件夹有错; all of them are listed."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        super().__init__(
            "hospital.faults",
            "；".join(fault.text() for fault in faults[:20]),
            hint="改正后再运行；yishu check 列出全部",
            where=f"{first.file}:{first.line}",
        )
        self.faults = faults


def near(asked: str, possible: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The nearest right words 最接近的名称, best first."""
    lower = {word.lower(): word for word in possible}
    found = get_close_matches(asked.lower(), list(lower), n=3, cutoff=0.5)
    return tuple(lower[word] for word in found)
