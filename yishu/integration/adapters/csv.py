"""CSV 来源: decoded before it is split, streamed as Arrow, every column text; an empty unquoted field is NULL."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, cast

import duckdb
import pyarrow as pa
from pyarrow import csv as arrow_csv

from yishu.integration.adapters.files import set_apart, tables_in
from yishu.integration.adapters.scan import Malformed, Note, Place, Scan
from yishu.integration.adapters.sqlite import first_line
from yishu.integration.errors import SourceChanged, SourceDamaged
from yishu.kernel import SourceError

_CHUNK = 1 << 20
_END = 4096


class Csv:
    """An open CSV file or directory of such files."""

    one_transaction = False

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: Place) -> None:
        self.connection = connection
        self.place = place
        self.files = tables_in(place, (".csv", ".csv.gz"))
        self.set_apart: list[Note] = []
        self.reading: Path | None = None
        self.cut_at: int | None = None

    def names(self) -> Sequence[str]:
        return tuple(self.files)

    def close(self) -> None:
        """Nothing is held."""

    def apart(self) -> tuple[Note, ...]:
        return tuple(self.set_apart)

    def again(self, table: str, error: duckdb.Error) -> Scan | None:
        return None

    def scan(self, table: str, sheet: str | None) -> Scan | None:
        """All files of the table as one stream; None when the charset of one is unknown (its bytes are kept)."""
        charsets: list[tuple[Path, str]] = []
        for path in self.files[table]:
            self.reading = path
            name = self._charset(path)
            if name is None:
                self.set_apart.append(set_apart(self.place, table, path))
            else:
                charsets.append((path, name))
        if not charsets:
            return None
        columns = self._columns(*charsets[0])
        for path, name in charsets[1:]:
            if self._columns(path, name) != columns:
                raise SourceChanged(
                    "source.columns_differ",
                    f"表 {table} 的文件 {path.name} 与 {charsets[0][0].name} 的表头不同",
                    hint="同名的文件合成一张表，表头必须一样；否则请改文件名",
                    where=path.name,
                )
        schema = pa.schema([(column, pa.string()) for column in columns])
        malformed: list[Malformed] = []
        stream = pa.RecordBatchReader.from_batches(schema, self._batches(charsets, columns, malformed))
        self.connection.register("src_csv", stream)
        notes = tuple(
            Note(table, "charset", f"{path.name} 按 {name} 读入") for path, name in charsets if name != self.place.charset
        )
        return Scan("src_csv", columns, notes, malformed)

    def _charset(self, path: Path) -> str | None:
        """The charset by policy; None = to be set apart. Forced reads anything; detect tries UTF-8, then strict GB18030."""
        policy, declared = self.place.policy, self.place.charset
        if policy == "forced":
            return declared
        if policy == "declared":
            at = self._first_bad(path, declared)
            if at is None:
                return declared
            other = next((name for name in ("utf-8", "gb18030") if self._first_bad(path, name) is None), None)
            raise SourceDamaged(
                "source.charset",
                f"{path.name} 声明为 {declared}，但第 {at} 行不是" + (f"；看上去是 {other}" if other else ""),
                hint=f"把 charset 改成 {{policy: declared, name: {other}}}，或 policy: detect" if other else "请来源方重新导出",
                where=f"{path.name}:{at}",
            )
        return next((name for name in ("utf-8", "gb18030") if self._first_bad(path, name) is None), None)

    def _first_bad(self, path: Path, charset: str) -> int | None:
        """The first line (from 1) that the charset cannot read, None when all can."""
        decoder = codecs.getincrementaldecoder(charset)("strict")
        line = 1
        with opened(path) as file:
            while True:
                chunk = file.read(_CHUNK)
                try:
                    decoder.decode(chunk, final=not chunk)
                except UnicodeDecodeError as error:
                    return line + error.object[: error.start].count(b"\n")
                if not chunk:
                    return None
                line += chunk.count(b"\n")

    def _columns(self, path: Path, charset: str) -> tuple[str, ...]:
        with opened(path) as file:
            reader = io.TextIOWrapper(
                cast(BinaryIO, _Limited(file)), encoding=_bare(charset), errors="replace", newline=""
            )
            row = next(csv.reader(reader, delimiter=self.place.delimiter), [])
        names = tuple(name.strip() for name in row)
        if not any(names):
            raise SourceDamaged("source.empty", f"{path.name} 没有表头", hint="第一行应是列名", where=f"{path.name}:1")
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise SourceDamaged(
                "source.columns_twice", f"{path.name} 的表头里 {'、'.join(sorted(twice))} 出现两次", where=f"{path.name}:1"
            )
        return names

    def _batches(
        self, files: list[tuple[Path, str]], columns: tuple[str, ...], malformed: list[Malformed]
    ) -> Iterator[pa.RecordBatch]:
        schema = pa.schema([(column, pa.string()) for column in columns])
        errors = "replace" if self.place.policy == "forced" else "strict"
        for path, charset in files:
            self.reading = path
            crooked: list[arrow_csv.InvalidRow] = []

            def skip(row: arrow_csv.InvalidRow, kept: list[arrow_csv.InvalidRow] = crooked) -> Literal["skip"]:
                kept.append(row)
                return "skip"

            with opened(path) as file:
                text = file if charset == "utf-8" and errors == "strict" else _Recoded(file, charset, errors)
                tail = _Tail(text)
                try:
                    reader = arrow_csv.open_csv(
                        pa.PythonFile(tail, mode="r"),
                        read_options=arrow_csv.ReadOptions(block_size=4 << 20, column_names=list(columns), skip_rows=1),
                        parse_options=arrow_csv.ParseOptions(
                            delimiter=self.place.delimiter, newlines_in_values=True, invalid_row_handler=skip
                        ),
                        convert_options=arrow_csv.ConvertOptions(
                            column_types={column: pa.string() for column in columns},
                            null_values=[""],
                            strings_can_be_null=True,
                            quoted_strings_can_be_null=False,
                        ),
                    )
                except pa.ArrowInvalid as error:
                    if "empty" in str(error).lower():
                        continue
                    raise
                for batch in reader:
                    yield batch.cast(schema)
            if crooked:
                malformed += self._kept(path, charset, crooked, tail.last)

    def _kept(self, path: Path, charset: str, crooked: list[arrow_csv.InvalidRow], tail: bytes) -> list[Malformed]:
        """The rows that do not fit, with their lines; one that runs to the end of an unfinished file tells that the file was cut."""
        lines = _bad_lines(path, charset, self.place.delimiter)
        if len(lines) != len(crooked):
            lines = [0] * len(crooked)
        last, written = crooked[-1], crooked[-1].text.encode()
        ends = tail.rstrip(b"\r\n").endswith(written[-len(tail):].rstrip(b"\r\n"))
        if ends and last.actual_columns < last.expected_columns and (not tail.endswith(b"\n") or b"\n" in written.strip()):
            self.cut_at = lines[-1]
            raise ValueError("CSV parse error: the file ends within a row")
        return [
            Malformed(
                path.name,
                line,
                row.text.encode(_bare(charset), "surrogateescape"),
                f"{path.name} 第 {line or '?'} 行有 {row.actual_columns} 列，表头有 {row.expected_columns} 列；这一行原样加密保存，未装入",
            )
            for line, row in zip(lines, crooked, strict=True)
        ]

    def explain(self, error: Exception, table: str) -> SourceError:
        path = self.reading
        where = path.name if path else table
        text = str(error)
        if "Compressed file ended" in text or "CRC check" in text or "gzip" in text.lower() or "decompress" in text:
            return SourceDamaged(
                "source.truncated",
                f"{where} 的压缩包不完整",
                hint="文件可能没有传完；请重传后再装载，本次什么也没有装入",
                where=where,
            )
        if "CSV parse error" in text or "columns, got" in text:
            line = self.cut_at or 0
            return SourceDamaged(
                "source.truncated_row",
                f"{where} 第 {line or '?'} 行的列数与表头不同，文件可能被截断",
                hint="请来源方重新导出；本次什么也没有装入，上一次的数据仍在",
                where=f"{where}:{line}" if line else where,
            )
        return SourceError("source.failed", f"来源 {self.place.source} 的 {where} 读不出：{first_line(error)}", where=where)


def opened(path: Path) -> BinaryIO:
    """The file's bytes, unpacked, without a byte order mark."""
    file = cast(BinaryIO, gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")
    try:
        start = file.read(3)
    except (EOFError, OSError, zlib.error):
        file.close()
        raise
    if start != codecs.BOM_UTF8:
        file.seek(0)
    return file


def _bare(charset: str) -> str:
    return "utf-8" if charset == "utf-8-sig" else charset


class _Limited(io.RawIOBase):
    """The beginning of a file, for its header."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.file.read(_CHUNK if size < 0 else size)

    def read1(self, size: int = -1) -> bytes:
        return self.read(size)


class _Recoded(io.RawIOBase):
    """A stream read in one charset and given on as UTF-8."""

    def __init__(self, file: BinaryIO, charset: str, errors: str) -> None:
        self.file = file
        self.decoder = codecs.getincrementaldecoder(_bare(charset))(errors)
        self.left = b""
        self.ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self.ended and (size < 0 or len(self.left) < size):
            chunk = self.file.read(_CHUNK)
            self.ended = not chunk
            self.left += self.decoder.decode(chunk, final=self.ended).encode()
        if size < 0:
            size = len(self.left)
        given, self.left = self.left[:size], self.left[size:]
        return given


class _Tail(io.RawIOBase):
    """A stream for Arrow that remembers how it ended."""

    def __init__(self, file: BinaryIO | io.RawIOBase) -> None:
        self.file = file
        self.last = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        given = self.file.read(size) or b""
        if given:
            self.last = (self.last[-_END:] + given)[-_END:] if len(given) < _END else given[-_END:]
        return given


def _bad_lines(path: Path, charset: str, delimiter: str) -> list[int]:
    """The lines (from 1) on which rows begin whose field count differs from the header's."""
    found: list[int] = []
    try:
        with opened(path) as file:
            text = io.TextIOWrapper(cast(BinaryIO, _Limited(file)), encoding=_bare(charset), errors="replace", newline="")
            rows = csv.reader(text, delimiter=delimiter)
            width, before = len(next(rows, [])), rows.line_num
            for row in rows:
                if row and len(row) != width:
                    found.append(before + 1)
                before = rows.line_num
    except (OSError, EOFError, csv.Error):
        return []
    return found
