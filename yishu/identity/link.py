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
from numpy.typing import NDArray
from rapidfuzz.process import extract as nearest

from yishu.identity import block, compare, normalise, weigh
from yishu.identity.cluster import clusters
from yishu.identity.normalise import Kind
from yishu.kernel.errors import InputError

SAME = 0.8
REVIEW = 0.2
CHANCE_PAIRS = 200_000


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


def link(mapped: FieldMap, one: Table, two: Table | None = None, *, seed: int = 20250601) -> list[Judged]:
    """Duplicates within one table, or matches between two; sorted by id_a, id_b; clusters closed.

    Weights are trained on the tables themselves by EM with a fixed seed; records without any mapped value match nobody.
    """
    ids = one.ids + (two.ids if two else [])
    if len(ids) < 2:
        return []
    source = np.r_[np.zeros(len(one.ids), np.int8), np.ones(len(two.ids), np.int8)] if two else None
    said = {
        f.column: [normalise.field(f.kind, v, f.format) for v in one.columns[f.column] + (two.columns[f.column] if two else [])]
        for f in mapped.fields
    }
    kinds = {f.column: f.kind for f in mapped.fields}
    said, kinds = _with_swap(said, kinds)
    pairs = block.candidates({n: v for n, v in said.items() if n != SWAPPED}, kinds, source)
    if not len(pairs):
        return []
    chance = _chance(len(ids), seed)
    given = {name: _levels(kinds[name], values, pairs, said, name) for name, values in said.items()}
    by_chance = {name: _levels(kinds[name], values, chance, said, name) for name, values in said.items()}
    population = len(one.ids) * len(two.ids) if two else len(ids) * (len(ids) - 1) // 2
    weights = weigh.train(given, by_chance, kinds, population)
    parts = {
        name: weigh.evidence(weights, name, given[name], _shares(values, pairs) if name != SWAPPED else None)
        for name, values in said.items()
    }
    total = np.sum(list(parts.values()), axis=0)
    chances = weigh.probability(total, weights.prior)
    return _judge(ids, pairs, total, chances, parts, between=two is not None)


SWAPPED = "given↔surname"


def _with_swap(said: dict[str, list[str]], kinds: dict[str, Kind]) -> tuple[dict[str, list[str]], dict[str, Kind]]:
    """Given name and surname written in each other's place is a level of its own."""
    given = next((n for n, k in kinds.items() if k is Kind.GIVEN), None)
    surname = next((n for n, k in kinds.items() if k is Kind.SURNAME), None)
    if given is None or surname is None:
        return said, kinds
    joined = [f"{a}\0{b}" if a and b else "" for a, b in zip(said[given], said[surname], strict=True)]
    return {**said, SWAPPED: joined}, {**kinds, SWAPPED: Kind.SEX}


def _levels(kind: Kind, values: Sequence[str], pairs: NDArray[np.int64], said: Mapping[str, list[str]], name: str) -> compare.Levels:
    column = np.asarray(values, dtype=object)
    left, right = column[pairs[:, 0]], column[pairs[:, 1]]
    if name != SWAPPED:
        return compare.levels(kind, left.tolist(), right.tolist())
    turned = np.asarray(["\0".join(reversed(v.split("\0"))) if v else "" for v in values], dtype=object)
    out: compare.Levels = ((left == turned[pairs[:, 1]]) & (left != right)).astype(np.int8)
    out[(left == "") | (right == "") | (left == right)] = -1
    return out


def _chance(count: int, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    drawn: NDArray[np.int64] = random.integers(0, count, size=(CHANCE_PAIRS, 2))
    apart: NDArray[np.int64] = drawn[drawn[:, 0] != drawn[:, 1]]
    return apart


def _shares(values: Sequence[str], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """How common the left value of each pair is among all present values."""
    _, codes, counts = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True, return_counts=True)
    return np.asarray(counts[codes[pairs[:, 0]]] / len(values), dtype=np.float64)


def _judge(
    ids: Sequence[str],
    pairs: NDArray[np.int64],
    total: NDArray[np.float64],
    chances: NDArray[np.float64],
    parts: Mapping[str, NDArray[np.float64]],
    *,
    between: bool,
) -> list[Judged]:
    known = {(int(a), int(b)): i for i, (a, b) in enumerate(pairs) if chances[i] >= REVIEW}
    same = [pair for pair, i in known.items() if chances[i] >= SAME]
    judged: dict[tuple[int, int], Judged] = {}
    if between:
        same = _one_to_one(same, known, total)
    sure = set(same)
    for members in clusters(len(ids), same):
        for x, a in enumerate(members):
            for b in members[x + 1 :]:
                if not between or (a, b) in sure:
                    judged[a, b] = _row(ids, a, b, known.get((a, b)), total, chances, parts, "same")
    for (a, b), i in known.items():
        if (a, b) not in judged:
            judged[a, b] = _row(ids, a, b, i, total, chances, parts, "review")
    return sorted(judged.values(), key=lambda j: (j.id_a, j.id_b))


def _one_to_one(same: list[tuple[int, int]], known: Mapping[tuple[int, int], int], total: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Between two clean files a record has one partner at most: the heaviest pairs first."""
    taken: set[int] = set()
    out = []
    for a, b in sorted(same, key=lambda pair: (-total[known[pair]], pair)):
        if a not in taken and b not in taken:
            taken |= {a, b}
            out.append((a, b))
    return out


def _row(
    ids: Sequence[str],
    a: int,
    b: int,
    index: int | None,
    total: NDArray[np.float64],
    chances: NDArray[np.float64],
    parts: Mapping[str, NDArray[np.float64]],
    decision: str,
) -> Judged:
    one, two = sorted((ids[a], ids[b]))
    if index is None:   # joined through a third record
        return Judged(one, two, 0.0, SAME, decision)
    shares = {name: round(float(p[index]), 3) for name, p in parts.items()}
    return Judged(one, two, round(float(total[index]), 4), round(float(chances[index]), 6), decision, shares)


def write_pairs(out: TextIO, judged: Sequence[Judged]) -> None:
    """PAIRS.csv: `id_a,id_b,weight,probability,decision` (design §5.5)."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["id_a", "id_b", "weight", "probability", "decision"])
    for each in judged:
        rows.writerow([each.id_a, each.id_b, each.weight, each.probability, each.decision])
