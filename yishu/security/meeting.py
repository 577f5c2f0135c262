"""Meeting 满足: whether a row meets a policy rule: its own column, the table it belongs with, a label, a treating doctor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from yishu.security.bind import among, value
from yishu.security.policy import Attribute, Label, RowRule, Where
from yishu.security.viewer import Viewer

if TYPE_CHECKING:
    from yishu.security.scope import TableRules, TableSet

PERSON, PATIENT = "person_id", "patient_key"
HOPS = (("stay_id", "stay"), ("visit_id", "visit"))
"""Tables reached by a key where a row has no column of its own to be judged by."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Writes rules as conditions 写成条件; `relation` gives a table as known at the moment of the question."""

    viewer: Viewer
    tables: TableSet
    relation: Callable[[str], exp.Expr]

    def rule(self, rule: RowRule, of: TableRules) -> exp.Expr:
        """All conditions of a rule on the rows of a table."""
        whole: exp.Expr | None = None
        for where in rule.where:
            one = exp.Paren(this=self.where(where, of))
            whole = one if whole is None else exp.And(this=whole, expression=one)
        return exp.Paren(this=whole) if whole is not None else exp.false()

    def where(self, where: Where, of: TableRules) -> exp.Expr:
        """One condition; a table that cannot be judged does not meet it."""
        if where.label is not None:
            label = where.label
            return self._through(label.key, of, lambda _: exp.In(this=_column(label.key), query=exp.Subquery(this=self._labelled(label))))
        if where.treated_days is not None:
            days = where.treated_days
            return self._through(PATIENT, of, lambda _: self._treated(days))
        wanted = self._attribute(where.attribute) if where.attribute is not None else where.values
        return self._through(where.column, of, lambda _: among(_column(where.column), wanted))

    def _attribute(self, named: Attribute) -> tuple[str, ...]:
        viewer = self.viewer
        held = {
            Attribute.CAMPUS: tuple(sorted(viewer.campuses)),
            Attribute.DEPARTMENT: tuple(sorted(viewer.departments)),
            Attribute.WARD: (viewer.ward,) if viewer.ward else (),
            Attribute.DOCTOR: (viewer.doctor,) if viewer.doctor else (),
        }
        return held[named]

    def _through(self, column: str, of: TableRules, test: Callable[[TableRules], exp.Expr], seen: tuple[str, ...] = ()) -> exp.Expr:
        """The test where the table has the column, else on the row it belongs with, else on its stay or visit."""
        names = {c.name for c in of.columns}
        if column in names:
            return test(of)
        hops = [(of.belonging_of.on, of.belonging_of.table)] if of.belonging_of is not None else []
        hops += [hop for hop in HOPS if hop[0] in names]
        ways: list[exp.Expr] = []
        for on, table in dict.fromkeys(hops):
            if table == of.name or table in seen:
                continue
            inner = exp.Select(expressions=[_column(on)])
            inner.set("from_", exp.From(this=self.relation(table)))
            inner.set("where", exp.Where(this=self._through(column, self.tables.table(table), test, (*seen, of.name))))
            ways.append(exp.In(this=_column(on), query=exp.Subquery(this=inner)))
        whole: exp.Expr = ways[0] if ways else exp.false()
        for way in ways[1:]:
            whole = exp.Or(this=whole, expression=way)
        return whole

    def _labelled(self, label: Label) -> exp.Select:
        """The keys a label names; with patient keys, every key of the same person."""
        marked = exp.Select(expressions=[_column(label.key)])
        marked.set("from_", exp.From(this=self.relation(label.table)))
        marked.set("where", exp.Where(this=_begins(label) if label.starts else among(_column(label.column), label.values)))
        if label.key != PATIENT:
            return marked
        people = exp.Select(expressions=[_column(PERSON)])
        people.set("from_", exp.From(this=self.relation("patient")))
        people.set("where", exp.Where(this=exp.In(this=_column(PATIENT), query=exp.Subquery(this=marked.copy()))))
        spread = exp.Select(expressions=[_column(PATIENT)])
        spread.set("from_", exp.From(this=self.relation("patient")))
        spread.set("where", exp.Where(this=exp.In(this=_column(PERSON), query=exp.Subquery(this=people))))
        both = exp.Select(expressions=[_column(PATIENT)])
        union = exp.Union(this=marked, expression=spread, distinct=False)
        both.set("from_", exp.From(this=exp.Subquery(this=union, alias=exp.TableAlias(this=exp.to_identifier("labelled")))))
        return both

    def _treated(self, days: int) -> exp.Expr:
        """Patients this doctor has in care, or had within so many days: stays until discharge + days, visits + days."""
        if self.viewer.at is None or not self.viewer.doctor:
            return exp.false()
        since = self.viewer.at - timedelta(days=days)
        open_ = exp.Or(
            this=exp.Is(this=_column("discharged_at"), expression=exp.Null()),
            expression=exp.GTE(this=_column("discharged_at"), expression=value(since)),
        )
        begun = exp.LTE(this=_column("admitted_at"), expression=value(self.viewer.at))
        stays = self._seen_by("stay", exp.And(this=begun, expression=exp.Paren(this=open_)))
        on_day = exp.Between(this=_column("visit_date"), low=value(since.date()), high=value(self.viewer.at.date()))
        visits = self._seen_by("visit", on_day)
        ways = [exp.In(this=_column(PATIENT), query=exp.Subquery(this=q)) for q in (stays, visits)]
        return exp.Or(this=ways[0], expression=ways[1])

    def _seen_by(self, table: str, when: exp.Expr) -> exp.Select:
        query = exp.Select(expressions=[_column(PATIENT)])
        query.set("from_", exp.From(this=self.relation(table)))
        mine = exp.EQ(this=_column("doctor"), expression=value(self.viewer.doctor))
        query.set("where", exp.Where(this=exp.And(this=mine, expression=exp.Paren(this=when))))
        return query


def _begins(label: Label) -> exp.Expr:
    whole: exp.Expr | None = None
    for start in label.values:
        one = exp.StartsWith(this=_column(label.column), expression=value(str(start)))
        whole = one if whole is None else exp.Or(this=whole, expression=one)
    return exp.Paren(this=whole) if whole is not None else exp.false()


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))
