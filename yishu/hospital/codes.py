"""Code maps 代码对照: a source's codes to the standard ones, with the days they hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from yishu.hospital.errors import Fault, near

COLUMNS = ("source", "source_code", "source_name", "standard_code", "since", "until")


@dataclass(frozen=True, slots=True)
class Code:
    """One line of a code map 代码对照: exact, or a prefix where it ends in `*`."""

    system: str
    source: str
    code: str
    name: str
    standard: str
    since: date | None
    until: date | None
    line: int


@dataclass(frozen=True, slots=True)
class CodeMaps:
    """All code maps 代码对照表 of a folder."""

    codes: tuple[Code, ...]

    def of(self, source: str, system: str) -> tuple[Code, ...]:
        """What holds for a source: its own lines and those of every source (`*`)."""
        return tuple(c for c in self.codes if c.system == system and c.source in (source, "*"))


def read_codes(folder: Path) -> tuple[CodeMaps, tuple[Fault, ...]]:
    """Read codes/*.csv; faults are returned, so that one command can list all."""
    codes: list[Code] = []
    faults: list[Fault] = []
    for file in sorted((folder / "codes").glob("*.csv")):
        codes += _file(file, faults)
    return CodeMaps(tuple(codes)), tuple(faults)


def _file(file: Path, faults: list[Fault]) -> Iterator[Code]:
    seen: dict[tuple[str, str], list[Code]] = {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for name in reader.fieldnames or ():
            if name not in COLUMNS:
                faults.append(Fault(file, 1, f"不认识列 {name}", near(name, COLUMNS)))
        for wanted in ("source", "source_code", "standard_code"):
            if wanted not in (reader.fieldnames or ()):
                faults.append(Fault(file, 1, f"缺少列 {wanted}"))
                return
        for number, row in enumerate(reader, start=2):
            code = _line(file, number, row, faults)
            if code is None:
                continue
            for other in seen.setdefault((code.source, code.code), []):
                if (code.since or date.min) <= (other.until or date.max) and (other.since or date.min) <= (code.until or date.max):
                    faults.append(Fault(file, number, f"{code.source} 的代码 {code.code} 与第 {other.line} 行的有效期重叠"))
                    break
            else:
                seen[code.source, code.code].append(code)
                yield code


def _line(file: Path, number: int, row: dict[str, str], faults: list[Fault]) -> Code | None:
    try:
        since, until = ((date.fromisoformat(t) if (t := (row.get(w) or "").strip()) else None) for w in ("since", "until"))
    except ValueError:
        faults.append(Fault(file, number, "since、until 应写成 2025-01-01"))
        return None
    return Code(
        system=file.stem,
        source=(row["source"] or "").strip(),
        code=row["source_code"] or "",
        name=(row.get("source_name") or "").strip(),
        standard=(row["standard_code"] or "").strip(),
        since=since,
        until=until,
        line=number,
    )


def check_values(folder: Path, maps: CodeMaps, allowed: dict[str, tuple[str, ...]]) -> tuple[Fault, ...]:
    """Standard codes outside the declared value set 值域 of their system."""
    return tuple(
        Fault(folder / "codes" / f"{code.system}.csv", code.line, f"标准值 {code.standard} 不在值域内", near(code.standard, allowed[code.system]))
        for code in maps.codes
        if allowed.get(code.system) and code.standard and code.standard not in allowed[code.system]
    )
