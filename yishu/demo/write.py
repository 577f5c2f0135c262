"""Write 写出: columns into SQLite, CSV and Excel, the same bytes for the same columns."""

from __future__ import annotations

import csv
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.schema import TABLES, tables_of
from yishu.demo.world import DAY, Array

CHUNK = 200_000
SHEET_ROWS = 4_000


class Moments:
    """Moments as text 时间写法: tables of days and of seconds of the day, then one join."""

    def __init__(self) -> None:
        second = np.arange(DAY)
        clock = text_of.zfill
        parts = [clock((x).astype("U2"), 2) for x in (second // 3600, second // 60 % 60, second % 60)]
        self.hms = np.strings.add(np.strings.add(np.strings.add(parts[0], ":"), parts[1]), np.strings.add(":", parts[2]))
        self.first = -40_000
        days = np.arange(self.first, 40_000).astype("datetime64[D]").astype("U10")
        self.dash = days
        self.plain = text_of.replace(days, "-", "").astype("U8")

    def _join(self, days: Array, sep: str, times: Array, seconds: Array) -> Array:
        there = seconds >= 0
        safe = np.where(there, seconds, 0)
        text = np.strings.add(days[safe // DAY - self.first], np.strings.add(sep, times[safe % DAY]) if sep else times[safe % DAY])
        return np.where(there, text, "")

    def char16(self, seconds: Array) -> Array:
        """`yyyymmddHH:MM:SS`."""
        return self._join(self.plain, "", self.hms, seconds)

    def iso(self, seconds: Array) -> Array:
        """`YYYY-MM-DD HH:MM:SS`."""
        return self._join(self.dash, " ", self.hms, seconds)

    def day8(self, days: Array) -> Array:
        return np.asarray(self.plain[days - self.first])

    def day10(self, days: Array) -> Array:
        return np.asarray(self.dash[days - self.first])


def as_list(column: Array | Sequence[object] | object, count: int) -> list[object]:
    """A column as plain values 列."""
    if isinstance(column, np.ndarray):
        made: list[object] = column.tolist()
    elif isinstance(column, list):
        made = column
    else:
        made = [column] * count
    if len(made) != count:
        raise ValueError(f"column of {len(made)} rows where {count} were asked")
    return made


class Sqlite:
    """A SQLite store 源库: tables in schema order, no journal, no clock."""

    def __init__(self, path: Path, store: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.store = store
        self.connection = sqlite3.connect(path, isolation_level=None)
        for line in ("page_size=8192", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-65536"):
            self.connection.execute(f"PRAGMA {line}")
        self.rows: dict[str, int] = {}
        for table in tables_of(store):
            single = len(table.key) == 1 and f"{table.key[0]} INTEGER" in table.columns
            columns = [c + " PRIMARY KEY" if single and c.split()[0] == table.key[0] else c for c in table.columns]
            self.connection.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")

    def put(self, name: str, count: int, /, **columns: object) -> None:
        """Insert columns by name; a missing or unknown name is our own mistake."""
        table = TABLES[self.store, name]
        if set(columns) != set(table.names):
            raise ValueError(f"{name}: {set(columns) ^ set(table.names)}")
        marks = ", ".join("?" * len(table.names))
        sql = f"INSERT INTO {name} VALUES ({marks})"
        self.connection.execute("BEGIN")
        for begin in range(0, count, CHUNK):
            size = min(CHUNK, count - begin)
            part = []
            for n in table.names:
                column = columns[n]
                piece = column[begin : begin + size] if isinstance(column, np.ndarray | list) else column
                part.append(as_list(piece, size))
            self.connection.executemany(sql, zip(*part, strict=True))
        self.connection.execute("COMMIT")
        self.rows[name] = self.rows.get(name, 0) + count

    def close(self) -> None:
        self.connection.close()


def write_csv(path: Path, header: Iterable[str], columns: Sequence[Sequence[object]], encoding: str = "utf-8") -> int:
    """A CSV file 文本表 (RFC 4180, LF)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(list(header))
        writer.writerows(zip(*columns, strict=True))
    return len(columns[0]) if columns else 0


def write_xlsx(path: Path, sheets: dict[str, tuple[Sequence[str], Sequence[Array]]]) -> dict[str, int]:
    """A workbook 工作簿 (ECMA-376) of text cells, made column by column; the times inside the archive are fixed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def add(name: str, text: str) -> None:
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)

        numbers = range(1, len(sheets) + 1)
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        part = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        add(
            "[Content_Types].xml",
            f'{head}<Types xmlns="{kinds}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{part}.sheet.main+xml"/>'
            + "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{part}.worksheet+xml"/>' for n in numbers)
            + "</Types>",
        )
        relation = f"{kinds}/officeDocument/2006/relationships"
        add("_rels/.rels", f'{head}<Relationships xmlns="{kinds}/package/2006/relationships"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        add(
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{kinds}/spreadsheetml/2006/main" xmlns:r="{relation}"><sheets>'
            + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, sheets, strict=True))
            + "</sheets></workbook>",
        )
        add(
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="{kinds}/package/2006/relationships">'
            + "".join(f'<Relationship Id="rId{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
            + "</Relationships>",
        )
        for n, (names, columns) in zip(numbers, sheets.values(), strict=True):
            info = zipfile.ZipInfo(f"xl/worksheets/sheet{n}.xml", (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info._compresslevel = 1  # type: ignore[attr-defined]  # the archive's level is not taken over by an entry of our own
            with archive.open(info, "w") as sheet:
                sheet.write(f'{head}<worksheet xmlns="{kinds}/spreadsheetml/2006/main"><sheetData>'.encode())
                for part_of_sheet in _sheet(names, columns):
                    sheet.write(part_of_sheet.encode())
                sheet.write(b"</sheetData></worksheet>")
    return {name: len(columns[0]) for name, (_, columns) in sheets.items()}


def _letters(n: int) -> str:
    return _letters(n // 26 - 1) + chr(65 + n % 26) if n >= 26 else chr(65 + n)


def _sheet(names: Sequence[str], columns: Sequence[Array]) -> Iterator[str]:
    """The rows of a sheet, a few thousand at a time: a year of front pages would not fit in memory as text."""
    first = "".join(f'<c r="{_letters(n)}1" t="inlineStr"><is><t>{name}</t></is></c>' for n, name in enumerate(names))
    yield f'<row r="1">{first}</row>'
    for begin in range(0, len(columns[0]), SHEET_ROWS):
        yield _rows([column[begin : begin + SHEET_ROWS] for column in columns], begin + 2)


def _rows(columns: Sequence[Array], number: int) -> str:
    row = (np.arange(len(columns[0])) + number).astype("U7")
    made = []
    for n, column in enumerate(columns):
        text = column.astype(np.str_)
        for raw, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            if np.any(np.strings.find(text, raw) >= 0):
                text = text_of.replace(text, raw, safe)
        cell = np.strings.add(np.strings.add(f'<c r="{_letters(n)}', row), np.strings.add(np.strings.add('" t="inlineStr"><is><t>', text), "</t></is></c>"))
        made.append(np.where(text == "", "", cell).tolist())
    return "".join(f'<row r="{r}">{"".join(cells)}</row>' for r, cells in enumerate(zip(*made, strict=True), number))
