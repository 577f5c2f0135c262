"""Versions of a channel's text 通道版本: each text that was in use is kept, can be compared and put back.

A channel's text is `sources/<name>.yaml`, `channels/<name>/**` and `mappings/<name>/**`. Kept in a table beside the inbox.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yishu.integration.channels import channel_faults, channels
from yishu.integration.errors import Fault
from yishu.integration.inbox import _connect
from yishu.kernel.errors import InputError

SCHEMA = """
CREATE TABLE IF NOT EXISTS channel_version (
  channel TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, digest TEXT NOT NULL, files TEXT NOT NULL, PRIMARY KEY (channel, number)
) STRICT, WITHOUT ROWID;
"""
SUFFIXES = (".yaml", ".yml", ".sql", ".hl7")
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """A version 版本 of a channel's text: when it was first seen in use, and by whom it was put there where that is known."""

    channel: str
    number: int
    at: str
    by: str
    digest: str
    current: bool = False


def texts(folder: Path, channel: str) -> Texts:
    """The channel's text as it stands: path in the folder → words."""
    found = [folder / "sources" / f"{channel}.yaml"]
    for part in ("channels", "mappings"):
        found += sorted(p for p in (folder / part / channel).rglob("*") if p.suffix in SUFFIXES)
    return {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in found if p.is_file()}


class Versions:
    """The kept versions 版本库 of one home."""

    def __init__(self, home: Path) -> None:
        self.path = home / "inbox.db"
        with closing(_connect(self.path)) as connection:
            connection.executescript(SCHEMA)

    def note(self, folder: Path, channel: str, now: datetime, by: str = "") -> int:
        """Keep the text as it stands, where it is not the last kept; its number."""
        words = json.dumps(texts(folder, channel), ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(words.encode()).hexdigest()[:16]
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute("SELECT number, digest FROM channel_version WHERE channel = ? ORDER BY number DESC LIMIT 1", (channel,)).fetchone()
            number = int(last[0]) if last else 0
            if last is None or last[1] != digest:
                number += 1
                connection.execute("INSERT INTO channel_version VALUES (?, ?, ?, ?, ?, ?)", (channel, number, now.isoformat(), by, digest, words))
            connection.execute("COMMIT")
        return number

    def all(self, channel: str) -> list[Version]:
        """The versions of a channel, the newest first."""
        with closing(_connect(self.path)) as connection:
            rows = connection.execute("SELECT channel, number, at, by, digest FROM channel_version WHERE channel = ? ORDER BY number DESC LIMIT 200", (channel,)).fetchall()
        return [Version(name, number, at, by, digest, place == 0) for place, (name, number, at, by, digest) in enumerate(rows)]

    def read(self, channel: str, number: int) -> Texts:
        """One version's text. Raises InputError."""
        with closing(_connect(self.path)) as connection:
            row = connection.execute("SELECT files FROM channel_version WHERE channel = ? AND number = ?", (channel, number)).fetchone()
        if row is None:
            raise InputError("channel.version", f"通道 {channel} 没有第 {number} 版", status=404)
        held: Texts = json.loads(row[0])
        return held

    def difference(self, channel: str, old: int, new: int) -> str:
        """What changed from one version to another, file by file, as a unified diff."""
        before, after = self.read(channel, old), self.read(channel, new)
        out: list[str] = []
        for name in sorted(before.keys() | after.keys()):
            out += difflib.unified_diff(before.get(name, "").splitlines(), after.get(name, "").splitlines(), f"{name}（第 {old} 版）", f"{name}（第 {new} 版）", lineterm="")
        return "\n".join(out)

    def put_back(self, folder: Path, channel: str, number: int, now: datetime, by: str) -> int:
        """Write an earlier version's text into the folder 回退; it becomes the newest version. What would not pass the check is undone."""
        self.note(folder, channel, now)   # what stands now can be put back too
        before, wanted = texts(folder, channel), self.read(channel, number)
        _write(folder, before, wanted)
        faults = channel_faults(folder)
        if faults:
            _write(folder, wanted, before)
            raise InputError("channel.faulty", f"第 {number} 版今天已不能用：{_say(faults[0])}", hint="没有改动任何文件")
        return self.note(folder, channel, now, by)


def note_all(folder: Path, home: Path, now: datetime) -> None:
    """Keep the text of every channel that is in use now."""
    found = channels(folder)
    if found:
        versions = Versions(home)
        for spec in found:
            versions.note(folder, spec.name, now)


def _write(folder: Path, before: Texts, after: Texts) -> None:
    for name in before.keys() - after.keys():
        (folder / name).unlink(missing_ok=True)
    for name, words in after.items():
        if before.get(name) == words:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(words, encoding="utf-8")
        part.rename(path)


def _say(fault: Fault) -> str:
    return f"{fault.file}:{fault.line} {fault.reason}"
