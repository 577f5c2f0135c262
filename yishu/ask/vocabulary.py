"""Vocabulary 词表来源: the metrics, dimensions and values that may be asked for, in the form of a catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from yishu.ask.normalise import named

FOLDER = Path(__file__).parent / "lexicon"
GRAINS = ("hour", "day", "weekday", "week", "month", "quarter", "year")


@cache
def lexicon(name: str) -> dict[str, Any]:
    """One governed file of the lexicon 词典."""
    loaded: Any = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return loaded if isinstance(loaded, dict) else {"entries": loaded}


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric 指标 as it may be asked for."""

    id: str
    label: str
    unit: str
    synonyms: tuple[str, ...] = ()
    better: str = ""
    dimensions: frozenset[str] | None = None
    retired: bool = False
    snapshot: bool = False
    gone: str = ""
    """The day it was retired 停用日, where known."""
    successor: str = ""
    """A state of a moment 时点数, where the catalogue says so."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension 维度 with its values and their aliases."""

    id: str
    concept: str
    label: str
    values: tuple[str, ...]
    aliases: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that may be asked for 可问范围."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    open_roles: frozenset[str] = frozenset()
    bound_roles: frozenset[str] = frozenset()
    first_day: date | None = None
    last_day: date | None = None

    @classmethod
    def of_catalog(cls, raw: Mapping[str, Any]) -> Vocabulary:
        """Read the form of a question catalogue."""
        more = raw.get("metric_details", {})
        metrics = tuple(_metric(row, more) for row in raw.get("metrics", []))
        aliases = _aliases(raw)
        dimensions = tuple(
            _dimension(name, [str(v) for v in values], aliases)
            for name, values in raw.get("dimensions", {}).items()
            if not (name == "time grains" or (values and set(values) <= set(GRAINS)))
        )
        policy = raw.get("policy", {})
        span = raw.get("data_range") or {}
        first, last = (span.get("start"), span.get("end")) if isinstance(span, Mapping) else (span[0], span[1])
        return cls(
            metrics,
            dimensions,
            _roles(str(policy.get("all_departments", ""))),
            _roles(str(policy.get("own_department", "")).split("see")[0]),
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )

    def dimension(self, concept: str) -> Dimension | None:
        """The dimension that is this concept."""
        return next((d for d in self.dimensions if d.concept == concept), None)


def _roles(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z_]+", text.lower())) - {"roles", "role", "and"}


def _metric(row: Any, more: Mapping[str, Any]) -> Metric:
    if isinstance(row, Mapping):
        extra, head = row, (row["id"], row.get("label", row["id"]), row.get("unit", ""), row.get("synonyms", row.get("aliases", ())))
    else:
        head, extra = tuple(row[:4]), (row[4] if len(row) > 4 and isinstance(row[4], Mapping) else more.get(row[0], {}))
    allowed = extra.get("dimensions")
    return Metric(
        str(head[0]), str(head[1]), str(head[2]), tuple(map(str, head[3] if len(head) > 3 else ())),
        str(extra.get("better", "")), frozenset(allowed) if allowed is not None else None, bool(extra.get("retired", False)), extra.get("additivity") == "snapshot",
        str(extra["retired"]) if isinstance(extra.get("retired"), (str, date)) else "", str(extra.get("successor", "")),
    )  # fmt: skip


def _aliases(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, table in raw.items():
        if key == "aliases" or key.endswith("_aliases"):
            for name, words in table.items():
                if isinstance(words, Mapping):
                    for inner, says in words.items():
                        found[inner] = (*found.get(inner, ()), *map(str, says))
                else:
                    found[name] = (*found.get(name, ()), *map(str, words))
    return found


def _dimension(name: str, values: Sequence[str], aliases: Mapping[str, tuple[str, ...]]) -> Dimension:
    concept = concept_of(name, values)
    row = lexicon("dimensions").get(concept, {})
    label = row["say"][0] if row else name
    return Dimension(name, concept, label, tuple(values), {v: aliases[v] for v in values if v in aliases})


def concept_of(name: str, values: Sequence[str]) -> str:
    """Which dimension of the trade this is: by its name, else by what its values look like."""
    rows = {k: v for k, v in lexicon("dimensions").items() if k != "grains"}
    plain = named(name)
    for concept, row in rows.items():
        if plain in row["ids"] or plain in row["say"]:
            return concept
    sample = values[:200]
    best, score = name, 0.0
    for concept, row in rows.items():
        share = sum(any(re.search(p, v) for p in row["looks"]) for v in sample) / max(1, len(sample))
        if share > score and share >= 0.3:
            best, score = concept, share
    return best
