"""Catalogue 可问目录: what the metric centre offers, in the form the understanding reads (design §5.3); pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from yishu.kernel.errors import InputError
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
    retired: Sequence[Mapping[str, object]] = (),
) -> dict[str, object]:
    """The catalogue of one hospital; `synonyms` are words the steward has confirmed, by metric id."""
    confirmed = synonyms or {}
    metrics: list[dict[str, object]] = [
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
    gone = {str(r["id"]): r for r in retired}
    metrics = [m for m in metrics if m["id"] not in gone] + [_gone(centre, r) for r in retired]
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


def retired(declared: object) -> tuple[Mapping[str, object], ...]:
    """`ask.retired` of hospital.yaml: metrics no longer kept 停用的指标, each `{id, label, on, successor}`. Raises InputError."""
    rows = declared if isinstance(declared, Sequence) and not isinstance(declared, str) else () if declared is None else (declared,)
    for row in rows:
        if not isinstance(row, Mapping) or not row.get("id") or not row.get("on"):
            raise InputError("ask.retired", "停用的指标要写 id 与 on（停用日）", hint="例如 {id: old_rate, label: 旧指标, on: 2026-06-29, successor: new_rate}", where="hospital.yaml ask.retired")
    return tuple(rows)


def _gone(centre: Centre, row: Mapping[str, object]) -> dict[str, object]:
    known = centre.by_id.get(str(row["id"]))
    said = row.get("synonyms")
    synonyms = [str(s) for s in said] if isinstance(said, Sequence) and not isinstance(said, str) else list(known.synonyms) if known else []
    label = str(row.get("label") or (known.label if known else row["id"]))
    return {"id": str(row["id"]), "label": label, "unit": known.unit if known else "", "synonyms": synonyms, "retired": str(row["on"]), "successor": str(row.get("successor") or "")}


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
