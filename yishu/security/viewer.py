"""Viewer 查看者: who is looking, with what role, for which departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import yaml

from yishu.kernel.errors import InputError
from yishu.security.policy import DEFAULT, NOTHING, Grant, RowRule, Rows, Where, together
from yishu.security.policy_file import grants


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer 查看者; `departments` holds department ids, `grant` overrides the role's own."""

    name: str
    role: str
    display: str
    departments: frozenset[str] = frozenset()
    ward: str | None = None
    doctor: str | None = None
    system: bool = False
    grant: Grant | None = None
    campuses: frozenset[str] = frozenset()
    more: tuple[Grant, ...] = ()
    """The grants of his further roles."""
    at: datetime | None = None
    """The moment of looking, where a rule of his asks for it (treating relationship)."""

    counting: bool = False
    """Set by the metric centre alone, while it computes numbers in which small cells are then hidden."""

    @property
    def granted(self) -> Grant:
        """The grant in force: the viewer's own, else the role's, else nothing."""
        if self.system:
            return Grant(Rows.ALL)
        own = self.grant or DEFAULT.get(self.role, NOTHING)
        return together((own, *self.more)) if self.more else own

    def sees_whole(self, table: str) -> bool:
        """Whether every row 全部行 of this table is open to the viewer."""
        grant = self.granted
        return grant.rows is Rows.ALL or table in grant.whole


def with_patients(viewer: Viewer, keys: frozenset[int]) -> Viewer:
    """The viewer with the rows of these patients besides 破窗之后: what he is denied and what is masked for him stays so."""
    if not keys:
        return viewer
    opened = RowRule((Where("patient_key", values=tuple(sorted(keys))),))
    return replace(viewer, more=(*viewer.more, Grant(Rows.RULES, allow=(opened,))))


def system_viewer(purpose: str) -> Viewer:
    """The viewer 系统查看者 of a job of the platform itself."""
    return Viewer(name=f"system:{purpose}", role="system", display="系统", system=True)


def rights(viewer: Viewer) -> frozenset[str]:
    """What the viewer may do 权限 beside reading rows."""
    return viewer.granted.rights


def people(folder: Path) -> tuple[Viewer, ...]:
    """The accounts 账户 of a hospital folder (people.yaml), in their order."""
    path = folder / "people.yaml"
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            "people.missing", "医院文件夹里没有 people.yaml", hint="用 yishu init 看一个样例", where=str(path)
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InputError(
            "people.bad", "people.yaml 不是合法的 YAML", hint="检查缩进与引号", where=f"{path}:{line}"
        ) from None
    if isinstance(listed, Mapping):
        listed = listed.get("people", [])
    known = grants(folder)
    return tuple(_viewer(entry, known, path) for entry in listed or [])


def viewer(folder: Path, name: str) -> Viewer:
    """The account of this name 按名取查看者."""
    known = people(folder)
    for person in known:
        if person.name == name:
            return person
    near = get_close_matches(name, [p.name for p in known], 3, 0.4) or [p.name for p in known][:9]
    raise InputError("viewer.unknown", f"没有账户“{name}”", hint=f"可用的账户：{'、'.join(near)}", where="--viewer")


def _viewer(entry: Mapping[str, object], grants: Mapping[str, Grant], path: Path) -> Viewer:
    name = entry.get("name")
    role = entry.get("role")
    if not isinstance(name, str) or not isinstance(role, str):
        raise InputError("people.bad", "每个账户要有 name 和 role", where=str(path))
    return Viewer(
        name=name,
        role=role,
        display=str(entry.get("display") or name),
        departments=_listed(entry, "department", "departments"),
        ward=_text(entry.get("ward")),
        doctor=_text(entry.get("doctor")),
        grant=grants.get(role),
        campuses=_listed(entry, "campus", "campuses"),
        more=tuple(grants.get(r) or DEFAULT.get(r, NOTHING) for r in _listed_in_order(entry.get("roles")) if r != role),
    )


def _listed(entry: Mapping[str, object], one: str, several: str) -> frozenset[str]:
    many = entry.get(several)
    if isinstance(many, list):
        return frozenset(str(m) for m in many)
    single = entry.get(one)
    return frozenset({str(single)}) if single else frozenset()


def _listed_in_order(value: object) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else ()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
