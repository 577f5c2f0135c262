"""Policy 策略: what a role may see; deny by default (design §3 "Whose row is it")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Rows(StrEnum):
    """Which rows 行范围 a role reaches in tables that are not public."""

    ALL = "all"
    DEPARTMENTS = "departments"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant 授权: the rows of a role, tables it sees whole, columns it never sees, and its rights."""

    rows: Rows = Rows.NONE
    whole: frozenset[str] = frozenset()
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rights: frozenset[str] = frozenset()


NOTHING = Grant()

_PHARMACY = frozenset(
    {
        "dispense", "stock_day", "stock_flow", "prescription", "prescription_item", "medical_order",
        "administration", "stay", "transfer",
    }
)  # fmt: skip

DEFAULT: Mapping[str, Grant] = {
    "director": Grant(Rows.ALL, rights=frozenset({"sees_all", "sees_sql"})),
    "finance": Grant(Rows.ALL, rights=frozenset({"sees_all"})),
    "quality": Grant(Rows.ALL, rights=frozenset({"sees_all", "sees_sql", "reveals"})),
    "it": Grant(Rows.ALL, rights=frozenset({"sees_all", "sees_sql", "sees_sources"})),
    "head": Grant(Rows.DEPARTMENTS, rights=frozenset({"sees_department", "reveals"})),
    "doctor": Grant(Rows.DEPARTMENTS, rights=frozenset({"sees_department", "reveals"})),
    "nurse": Grant(Rows.DEPARTMENTS, rights=frozenset({"sees_department", "reveals"})),
    "pharmacist": Grant(Rows.DEPARTMENTS, whole=_PHARMACY, rights=frozenset({"sees_department"})),
    "auditor": Grant(Rows.NONE, rights=frozenset({"sees_audit"})),
}
"""三员分立: the auditor reads the audit trail, never the hospital's rows."""
