"""Excel 来源: every cell as text; digits that Excel has already lost are said, not guessed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from yishu.integration.adapters.files import tables_in
from yishu.integration.adapters.scan import Note, Place, Scan
from yishu.integration.adapters.sqlite import first_line
from yishu.integration.errors import SourceDamaged, nearest
from yishu.kernel import SourceError

_BATCH = 20_000


class Excel:
    """An open workbook (its sheets are tables) or a directory of workbooks (their stems are tables)."""

    one_transaction = False

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: Place) -> None:
        self.connection = connection
        self.place = place
        self.files = tables_in(place, (".xlsx", ".xlsm"))
        self.reading = ""
        if Path(place.address).is_file():
            path = Path(place.address)
            for sheet in self._sheets(path):
                self.files.setdefault(sheet, [path])

    def names(self) -> Sequence[str]:
        return tuple(self.files)

    def close(self) -> None:
        """Nothing is held."""

    def apart(self) -> tuple[Note, ...]:
        return ()

    def again(self, table: str, error: duckdb.Error) -> Scan | None:
        return None

    def _open(self, path: Path) -> openpyxl.Workbook:
        self.reading = path.name
        try:
            return openpyxl.load_workbook(path, read_only=True, data_only=True)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
            raise self.explain(error, path.stem) from None

    def _sheets(self, path: Path) -> tuple[str, ...]:
        book = self._open(path)
        try:
            return tuple(book.sheetnames)
        finally:
            book.close()

    def scan(self, table: str, sheet: str | None) -> Scan | None:
        path = self.files[table][0]
        names = self._sheets(path)
        wanted = sheet or (table if table in names else names[0])
        if wanted not in names:
            near = nearest(wanted, names)
            raise SourceDamaged(
                "source.sheet",
                f"{path.name} 里没有工作表 {wanted}" + (f"；您要的是：{'、'.join(near)}？" if near else ""),
                hint=f"有：{'、'.join(names)}",
                where=path.name,
            )
        rows = self._rows(path, wanted)
        columns = tuple((name or "").strip() for name in next(rows, ()))
        while columns and not columns[-1]:
            columns = columns[:-1]
        if not columns or "" in columns or len(set(columns)) < len(columns):
            raise SourceDamaged(
                "source.header", f"{path.name} 的工作表 {wanted} 没有完整的表头", hint="第一行应是互不相同的列名", where=path.name
            )
        schema = pa.schema([(column, pa.string()) for column in columns])
        self.connection.register("src_excel", pa.RecordBatchReader.from_batches(schema, _batches(rows, schema)))
        return Scan("src_excel", columns)

    def _rows(self, path: Path, sheet: str) -> Iterator[tuple[str | None, ...]]:
        book = self._open(path)
        try:
            for row in book[sheet].iter_rows(values_only=True):
                if any(cell is not None for cell in row):
                    yield tuple(as_text(cell) for cell in row)
        finally:
            book.close()

    def explain(self, error: Exception, table: str) -> SourceError:
        if isinstance(error, (zipfile.BadZipFile, InvalidFileException, KeyError, EOFError)) or "zip" in str(error).lower():
            return SourceDamaged(
                "source.truncated",
                f"{self.reading or table} 残缺或不是 Excel 工作簿",
                hint="请重新另存为 .xlsx；本次什么也没有装入",
                where=self.reading or table,
            )
        return SourceError("source.failed", f"来源 {self.place.source} 的 {table} 读不出：{first_line(error)}", where=table)


def _batches(rows: Iterator[tuple[str | None, ...]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    width = len(schema)
    kept: list[tuple[str | None, ...]] = []

    def batch() -> pa.RecordBatch:
        columns = list(zip(*kept, strict=True))
        return pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], schema=schema)

    for row in rows:
        kept.append((row + (None,) * width)[:width])
        if len(kept) == _BATCH:
            yield batch()
            kept.clear()
    if kept:
        yield batch()


def as_text(cell: object) -> str | None:
    """A cell as text. A number past 15 digits has lost its last ones in Excel: it keeps its E form, so that no rule takes it for an id."""
    match cell:
        case None:
            return None
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float() if abs(cell) >= 1e15:
            return f"{cell:.16E}".replace(".0000000000000000E", "E")
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.strftime("%Y-%m-%d %H:%M:%S") if cell.time() != time() else cell.strftime("%Y-%m-%d")
        case date() | time():
            return cell.isoformat()
        case _:
            text = str(cell)
            return text or None
