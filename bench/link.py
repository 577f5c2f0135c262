"""`python -m bench.link DIR`: person matching on the sets of a folder (design §5.5).

Each `*.csv[.gz]` whose header holds the columns of a map in `bench/link_maps` is a set; `…a.csv` and `…b.csv` are matched
with each other. Prints {"sets": {name: {"precision", "recall", "f1", "cluster_f1", "seconds"}}, "unsupported": […]}.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

from yishu.identity.link import FieldMap, Judged, Table, link, read_table
from yishu.kernel.errors import YishuError

MAPS = Path(__file__).parent / "link_maps"


def _head(path: Path) -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    first = raw.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    return [h.strip() for h in next(csv.reader([first]), [])]


def _map_for(path: Path) -> FieldMap | None:
    head = set(_head(path))
    for candidate in sorted(MAPS.glob("*.yaml")):
        mapped = FieldMap.read(candidate)
        if {mapped.id, *(f.column for f in mapped.fields)} <= head:
            return mapped
    return None


def _unfit(path: Path) -> str:
    """Why no map fits: what each of them lacks."""
    head = set(_head(path))
    lacks = []
    for candidate in sorted(MAPS.glob("*.yaml")):
        mapped = FieldMap.read(candidate)
        lacks.append(f"{candidate.name} lacks {', '.join(c for c in (mapped.id, *(f.column for f in mapped.fields)) if c not in head)}")
    return f"no field map fits its columns ({', '.join(sorted(head))}): {'; '.join(lacks)}"


def _entities(mapped: FieldMap, *tables: Table) -> dict[str, str]:
    out = {}
    for table in tables:
        for place, ident in enumerate(table.ids):
            if "pattern" in mapped.truth:
                match = re.search(mapped.truth["pattern"], ident)
                out[ident] = match.group(1) if match else ident
            else:
                out[ident] = table.columns[mapped.truth["column"]][place]
    return out


def _pairs(groups: dict[str, list[str]], first: frozenset[str]) -> set[tuple[str, str]]:
    """Every true pair; of two files only those across, as only these are asked for."""
    every = {pair for members in groups.values() for pair in combinations(sorted(members), 2)}
    return {(a, b) for a, b in every if (a in first) != (b in first)} if first else every


def _scores(entities: dict[str, str], judged: list[Judged], seconds: float, first: frozenset[str] = frozenset()) -> dict[str, Any]:
    groups: dict[str, list[str]] = defaultdict(list)
    for ident, entity in entities.items():
        groups[entity].append(ident)
    truth = _pairs(groups, first)
    said = {(j.id_a, j.id_b) for j in judged if j.decision == "same"}
    right = len(truth & said)
    precision = right / len(said) if said else 1.0
    recall = right / len(truth) if truth else 1.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "cluster_f1": _cluster_f1(groups, said, entities),
        "pairs": len(truth),
        "review": sum(j.decision == "review" for j in judged),
        "seconds": round(seconds, 2),
    }


def _cluster_f1(groups: dict[str, list[str]], said: set[tuple[str, str]], entities: dict[str, str]) -> float:
    """F1 over whole clusters of two and more, exactly equal."""
    near: dict[str, set[str]] = {ident: {ident} for ident in entities}
    for a, b in said:
        if near[a] is not near[b]:
            joined = near[a] | near[b]
            for ident in joined:
                near[ident] = joined
    found = {frozenset(c) for c in near.values() if len(c) > 1}
    truth = {frozenset(c) for c in groups.values() if len(c) > 1}
    hit = len(found & truth)
    return 2 * hit / (len(found) + len(truth)) if found or truth else 1.0


def main(folder: Path) -> dict[str, Any]:
    """Score every set of a folder; stops on none."""
    sets: dict[str, Any] = {}
    unsupported: list[dict[str, str]] = []
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]):
        name = path.name.removesuffix(".gz").removesuffix(".csv")
        twin = path.with_name(path.name.replace(f"{name}.", f"{name[:-1]}b."))
        if name.endswith("b") and path.with_name(path.name.replace(f"{name}.", f"{name[:-1]}a.")).exists():
            continue
        mapped = _map_for(path)
        if mapped is None:
            unsupported.append({"name": name, "reason": _unfit(path)})
            continue
        try:
            began = time.monotonic()
            one = read_table(path, mapped)
            two = read_table(twin, mapped) if name.endswith("a") and twin.exists() else None
            judged = link(mapped, one, two)
            tables = (one, two) if two else (one,)
            sets[name] = _scores(_entities(mapped, *tables), judged, time.monotonic() - began, frozenset(one.ids) if two else frozenset())
        except YishuError as error:
            unsupported.append({"name": name, "reason": error.message})
    return {"sets": sets, "unsupported": unsupported}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False, indent=1))
