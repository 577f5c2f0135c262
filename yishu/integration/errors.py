"""Errors of the integration 集成平台的错误.

InputError
└── SourceFaults     the text of sources/*.yaml is wrong: every fault with file, line, reason, nearest right word
SourceError
├── SourceMissing    file, directory or server is not there
├── SourceLocked     another program holds the source
├── SourceRefused    wrong name or password
├── SourceChanged    a table or column that was there is gone
├── SourceDamaged    truncated or undecodable file
├── SourceSlow       time limit passed, the worker was stopped
├── DiskFull         no room to keep the raw copy
└── RawDamaged       a raw file of ours is missing or differs from its checksum
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from yishu.kernel import InputError, SourceError


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault 错处 in a text of the hospital folder."""

    file: str
    line: int
    reason: str
    near: tuple[str, ...] = ()

    def text(self) -> str:
        """The fault in one line, for people."""
        meant = f"；您要写的是：{'、'.join(self.near)}？" if self.near else ""
        return f"{self.file}:{self.line} {self.reason}{meant}"


class SourceFaults(InputError):
    """Faults in sources/*.yaml 来源定义有误."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        more = f"（共 {len(faults)} 处）" if len(faults) > 1 else ""
        super().__init__(
            "source.invalid",
            "来源定义有误" + more + "：" + "\n".join(fault.text() for fault in faults),
            hint="改好后再运行；yishu check 列出全部",
            where=f"{first.file}:{first.line}",
        )
        self.faults = tuple(faults)


class SourceMissing(SourceError):
    """The source is not there 来源不存在."""


class SourceLocked(SourceError):
    """Another program holds the source 来源被占用."""


class SourceRefused(SourceError):
    """The source refused the name or password 来源拒绝登录."""


class SourceChanged(SourceError):
    """A table or column is gone 来源的表或列变了."""


class SourceDamaged(SourceError):
    """The source file is damaged 来源文件损坏."""


class SourceSlow(SourceError):
    """The source did not answer in time 来源超时."""


class DiskFull(SourceError):
    """No room on the disk 磁盘已满."""


class RawDamaged(SourceError):
    """A raw file of ours is damaged 贴源文件损坏."""


def nearest(word: str, known: Sequence[str], limit: int = 3) -> tuple[str, ...]:
    """The nearest right words 最接近的词; for identifiers as for Chinese labels."""
    found = process.extract(word.casefold(), {w: w.casefold() for w in known}, scorer=fuzz.WRatio, limit=limit, score_cutoff=55)
    return tuple(key for _, _, key in found)
