"""Link 任意表的人员匹配: two tables, or one with itself, and a field map (design §5.5); for data nobody here has seen."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import yaml
from rapidfuzz.process import extract as nearest

from yishu.identity.column import Column
from yishu.identity.match import Bands, Matches, match
from yishu.identity.normalise import Kind
from yishu.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class FieldOf:
    """One column of the map 字段映射."""

    column: str
    kind: Kind
    format: str = ""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """What the columns of the table mean 字段映射文件."""

    id: str
    fields: tuple[FieldOf, ...]
    locale: str = "zh"
    truth: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def read(path: Path) -> FieldMap:
        """From a MAP.yaml. Raises InputError naming the place and the nearest right word."""
        try:
            said = yaml.safe_load(path.read_text("utf-8"))
        except FileNotFoundError:
            raise InputError("link.no_map", f"没有字段映射文件 {path.name}", hint="用 --fields 指向 MAP.yaml", where=str(path)) from None
        except yaml.YAMLError as error:
            raise InputError("link.bad_map", "字段映射文件不是有效的 YAML", hint=str(error).split("\n")[-1].strip(), where=str(path)) from None
        if not isinstance(said, dict) or not isinstance(said.get("fields"), list) or "id" not in said:
            raise InputError("link.bad_map", "字段映射文件需要 id 和 fields 两项", hint="例：id: rec_id，fields: [{column: 姓名, kind: full_name}]", where=str(path))
        return FieldMap(str(said["id"]), tuple(_field(each, path) for each in said["fields"]), str(said.get("locale", "zh")), said.get("truth") or {})


def _field(said: Any, path: Path) -> FieldOf:
    known = [kind.value for kind in Kind]
    if not isinstance(said, dict) or "column" not in said or said.get("kind") not in known:
        kind = said.get("kind") if isinstance(said, dict) else said
        near = nearest(str(kind), known, limit=1)
        raise InputError("link.bad_kind", f"字段类别写错：{kind}", hint=f"可用：{'、'.join(known)}；最接近 {near[0][0]}", where=str(path))
    return FieldOf(str(said["column"]), Kind(said["kind"]), str(said.get("format", "")))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of person records 人员表: ids and columns as text."""

    ids: list[str]
    columns: Mapping[str, list[str]]


def read_table(path: Path, mapped: FieldMap) -> Table:
    """A CSV (UTF-8 or GB18030, also .gz) with a header row. Raises InputError for a missing file or column."""
    if not path.is_file():
        raise InputError("link.no_file", f"没有文件 {path.name}", hint="检查路径", where=str(path))
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError("link.undecodable", "文件既不是 UTF-8 也不是 GB18030", hint="另存为 UTF-8 的 CSV", where=str(path))
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    head = [h.strip() for h in next(rows, [])]
    asked = [mapped.id, *(f.column for f in mapped.fields)]
    for column in asked:
        if column not in head:
            near = nearest(column, head, limit=1)
            hint = f"文件的列：{'、'.join(head)}" + (f"；最接近 {near[0][0]}" if near else "")
            raise InputError("link.no_column", f"文件里没有列“{column}”", hint=hint, where=f"{path.name}:1")
    body = [row + [""] * (len(head) - len(row)) for row in rows if row]
    places = {name: i for i, name in enumerate(head)}
    ids = [row[places[mapped.id]].strip() for row in body]
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        twice = next(i for i in ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
        raise InputError("link.id_twice", f"列“{mapped.id}”里有重复：{twice}", hint="id 列必须唯一", where=path.name)
    return Table(ids, {name: [row[i] for row in body] for name, i in places.items()})


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair and its judgement 判定; `parts` gives each field's log₂ weight."""

    id_a: str
    id_b: str
    weight: float
    probability: float
    decision: str
    parts: Mapping[str, float] = field(default_factory=dict)
    rules: tuple[str, ...] = ()


def link(mapped: FieldMap, one: Table, two: Table | None = None, *, bands: Bands | None = None, seed: int = 20250601) -> list[Judged]:
    """Duplicates within one table, or matches between two; sorted by id_a, id_b; clusters closed.

    Weights are trained on the tables themselves by EM with a fixed seed; records without any mapped value match nobody.
    """
    ids = one.ids + (two.ids if two else [])
    source = np.r_[np.zeros(len(one.ids), np.int8), np.ones(len(two.ids), np.int8)] if two else None
    columns = {f.column: Column.of(f.kind, one.columns[f.column] + (two.columns[f.column] if two else []), f.format) for f in mapped.fields}
    found = match(columns, source, bands=bands or Bands.of(mapped.locale), seed=seed)
    return rows_of(found, ids) if found is not None else []


def rows_of(found: Matches, ids: Sequence[str]) -> list[Judged]:
    """The judged pairs by the ids of the table, each with the evidence of its fields and the rules that held it back."""
    names = list(found.parts)
    parts = np.round(np.stack([found.parts[name] for name in names], axis=1), 3).tolist() if names else []
    held = {rule: np.flatnonzero(where) for rule, where in found.rules.items()}
    rules: dict[int, list[str]] = {}
    for rule, places in held.items():
        for at in places.tolist():
            rules.setdefault(at, []).append(rule)
    rows = zip(found.pairs.tolist(), found.weight.round(4).tolist(), found.chance.round(6).tolist(), found.same.tolist(), parts, strict=True)
    judged = []
    for at, ((a, b), weight, chance, same, evidence) in enumerate(rows):
        low, high = sorted((ids[a], ids[b]))
        judged.append(Judged(low, high, weight, chance, "same" if same else "review", dict(zip(names, evidence, strict=True)), tuple(rules.get(at, ()))))
    return sorted(judged, key=lambda j: (j.id_a, j.id_b))


def write_pairs(out: TextIO, judged: Sequence[Judged]) -> None:
    """PAIRS.csv: `id_a,id_b,weight,probability,decision` (design §5.5)."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["id_a", "id_b", "weight", "probability", "decision"])
    for each in judged:
        rows.writerow([each.id_a, each.id_b, each.weight, each.probability, each.decision])
