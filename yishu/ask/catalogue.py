"""Catalogue 可问目录: what the metric centre offers, in the form the understanding reads (design §5.3); pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from yishu.metrics import Centre
from yishu.metrics.definition import Kind

Members = Callable[[str], Sequence[tuple[str, str]]]
"""The members of a dimension: (id, label)."""
DEPARTMENT = "department"


def asked_by(centre: Centre) -> tuple[str, ...]:
    """The dimensions people ask by: those some metric allows. Of the department roles only the declared one, for 骨科 is one place to people."""
    used = dict.fromkeys(d for m in centre.metrics for d in centre.allowed(m))
    return tuple(
        d for d in used if centre.dimensions[d].grain is None and (d == DEPARTMENT or not centre.dimensions[d].department_role)
    )


def catalogue(
    centre: Centre,
    members: Members,
    *,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    span: tuple[date, date] | None = None,
) -> dict[str, object]:
    """The catalogue of one hospital; `synonyms` are words the steward has confirmed, by metric id."""
    confirmed = synonyms or {}
    metrics = [
        {
            "id": m.id,
            "label": m.label,
            "unit": m.unit,
            "synonyms": [*m.synonyms, *([m.label_en] if m.label_en else []), *confirmed.get(m.id, ())],
            "better": m.better.value,
            "kind": m.kind.value,
            "additivity": _additivity(m.kind),
            "dimensions": [d for d in centre.allowed(m) if d == DEPARTMENT or not centre.dimensions[d].department_role],
        }
        for m in centre.metrics
    ]
    values: dict[str, list[str]] = {}
    aliases: dict[str, dict[str, list[str]]] = {}
    for name in asked_by(centre):
        dimension = centre.dimensions[name]
        listed = members(name)
        values[name] = list(dict.fromkeys(label for _, label in listed))
        table = dimension.members.table if dimension.members else name
        labels = dict(listed)
        for alias, key in centre.aliases.get(table, {}).items():
            if key in labels:
                aliases.setdefault(name, {}).setdefault(labels[key], []).append(alias)
    told: dict[str, object] = {"metrics": metrics, "dimensions": values, "aliases": _flat(aliases)}
    if span:
        told["data_range"] = {"start": span[0].isoformat(), "end": span[1].isoformat()}
    return told


def _additivity(kind: Kind) -> str:
    if kind is Kind.SNAPSHOT:
        return "snapshot"
    return "additive" if kind in (Kind.SIMPLE, Kind.DERIVED) else "not_additive"


def _flat(aliases: Mapping[str, Mapping[str, list[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in aliases.values():
        for label, words in table.items():
            found.setdefault(label, []).extend(w for w in words if w not in found.get(label, []))
    return found
