"""Policy 策略: what a role may see; deny by default, deny wins, rows of several roles are OR-ed, the strictest mask holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Rows(StrEnum):
    """Which rows 行范围 a role reaches in tables that are not public."""

    ALL = "all"
    DEPARTMENTS = "departments"
    RULES = "rules"
    """Only what its `allow` rules open."""
    NONE = "none"


class Mask(StrEnum):
    """How a column is masked 遮蔽, from mild to strict."""

    YEAR = "year"
    HIDE = "hide"


STRICTNESS = (Mask.YEAR, Mask.HIDE)


class Attribute(StrEnum):
    """What a viewer is 属性, to be met by a row's own column."""

    CAMPUS = "$campus"
    DEPARTMENT = "$department"
    WARD = "$ward"
    DOCTOR = "$doctor"


@dataclass(frozen=True, slots=True)
class Label:
    """A label 标签 (VIP, sensitive disease …): the keys of rows of a table with these values; `starts` compares beginnings.

    With the key `patient_key` the whole person is labelled, under every key he has.
    """

    name: str
    table: str
    key: str
    column: str
    values: tuple[str | bool | int, ...]
    starts: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """One condition 条件 of a rule: a column among values or the viewer's attribute, a label, or a treating relationship.

    A table without the column is met through the table it belongs with; one that has neither is not met.
    """

    column: str = ""
    values: tuple[str | bool | int, ...] = ()
    attribute: Attribute | None = None
    label: Label | None = None
    treated_days: int | None = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule 行规则 on rows: all its conditions hold; `tables` empty means every table."""

    where: tuple[Where, ...]
    tables: frozenset[str] = frozenset()

    def reaches(self, table: str) -> bool:
        """Whether the rule speaks of this table."""
        return not self.tables or table in self.tables


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant 授权: the rows of a role, tables it sees whole, columns masked, its rights.

    `level`: columns of a higher GB/T 39725 level are hidden. `statistics`: sees numbers only, never rows, small cells hidden.
    """

    rows: Rows = Rows.NONE
    whole: frozenset[str] = frozenset()
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rights: frozenset[str] = frozenset()
    masks: Mapping[str, Mapping[str, Mask]] = field(default_factory=dict)
    allow: tuple[RowRule, ...] = ()
    deny: tuple[RowRule, ...] = ()
    level: int | None = None
    statistics: bool = False

    def marks(self) -> str:
        """All it says in one text, the same for equal grants (for cache keys)."""
        hidden = sorted((t, sorted(c)) for t, c in self.hidden.items())
        masks = sorted((t, sorted(m.items())) for t, m in self.masks.items())
        return repr((self.rows, sorted(self.whole), hidden, masks, self.allow, self.deny, self.level, self.statistics))

    def mask(self, table: str, column: str, level: int) -> Mask | None:
        """The mask of a column 字段遮蔽, None where it is open."""
        if column in self.hidden.get(table, ()) or (self.level is not None and level > self.level):
            return Mask.HIDE
        return self.masks.get(table, {}).get(column)


NOTHING = Grant()
_WIDTH = (Rows.NONE, Rows.RULES, Rows.DEPARTMENTS, Rows.ALL)


def together(grants: Iterable[Grant]) -> Grant:
    """Several roles of one person 多角色: rows OR-ed, denials and masks of each hold, the strictest mask and level win."""
    listed = list(grants)
    if len(listed) == 1:
        return listed[0]
    if not listed:
        return NOTHING
    hidden: dict[str, frozenset[str]] = {}
    masks: dict[str, dict[str, Mask]] = {}
    for grant in listed:
        for table, columns in grant.hidden.items():
            hidden[table] = hidden.get(table, frozenset()) | columns
        for table, masked in grant.masks.items():
            for column, mask in masked.items():
                held = masks.setdefault(table, {}).get(column, mask)
                masks[table][column] = max(held, mask, key=STRICTNESS.index)
    levels = [g.level for g in listed if g.level is not None]
    return Grant(
        rows=max((g.rows for g in listed), key=_WIDTH.index),
        whole=frozenset().union(*(g.whole for g in listed)),
        hidden=hidden,
        rights=frozenset().union(*(g.rights for g in listed)),
        masks=masks,
        allow=tuple(dict.fromkeys(r for g in listed for r in g.allow)),
        deny=tuple(dict.fromkeys(r for g in listed for r in g.deny)),
        level=min(levels) if levels else None,
        statistics=any(g.statistics for g in listed),
    )


_PHARMACY = frozenset(
    {
        "dispense", "stock_day", "stock_flow", "prescription", "prescription_item", "medical_order",
        "administration", "stay", "transfer",
    }
)  # fmt: skip

DEFAULT: Mapping[str, Grant] = {
    "director": Grant(Rows.ALL, rights=frozenset({"sees_all", "sees_sql"})),
    "finance": Grant(Rows.ALL, rights=frozenset({"sees_all"})),
    "quality": Grant(Rows.ALL, rights=frozenset({"sees_all", "sees_sql", "reveals", "links"})),
    "it": Grant(Rows.ALL, rights=frozenset({"sees_all", "sees_sql", "sees_sources", "links"})),
    "head": Grant(Rows.DEPARTMENTS, rights=frozenset({"sees_department", "reveals"})),
    "doctor": Grant(Rows.DEPARTMENTS, rights=frozenset({"sees_department", "reveals"})),
    "nurse": Grant(Rows.DEPARTMENTS, rights=frozenset({"sees_department", "reveals"})),
    "pharmacist": Grant(Rows.DEPARTMENTS, whole=_PHARMACY, rights=frozenset({"sees_department"})),
    "auditor": Grant(Rows.NONE, rights=frozenset({"sees_audit"})),
}
"""三员分立: the auditor reads the audit trail, never the hospital's rows."""
