"""Choosing members 取成员: names, ids and aliases become what is compared; a department user's rows are narrowed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from yishu.hospital.errors import near
from yishu.kernel.errors import InputError, NotPermitted
from yishu.metrics import store
from yishu.metrics.centre import Centre
from yishu.metrics.definition import Dimension, Metric, paths
from yishu.metrics.period import cyclic, interval
from yishu.metrics.plan import Chosen
from yishu.metrics.query import Filter, MetricQuery
from yishu.metrics.store import Member, Reader
from yishu.security import Rows, Viewer

DEPARTMENT = "department"
_COMPARED: dict[str, Callable[[str, str], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


@dataclass(slots=True)
class Register:
    """The members 成员册 looked up so far in one question."""

    reader: Reader
    viewer: Viewer
    centre: Centre
    found: dict[str, tuple[Member, ...]] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, dimension: Dimension) -> tuple[Member, ...]:
        """All members of a dimension."""
        if dimension.id not in self.found:
            self.found[dimension.id] = store.members(self.reader, self.viewer, self.centre, dimension)
        return self.found[dimension.id]

    def ids(self, dimension: Dimension, name: str) -> tuple[str, ...]:
        """The ids a name stands for: an id, a label, an alias, or a member above with all that lies below it."""
        listed = self.of(dimension)
        if any(m.id == name for m in listed):
            return (name,)
        named = tuple(m.id for m in listed if m.label == name)
        if named:
            return named
        table = dimension.members.table if dimension.members else dimension.id
        alias = self.centre.aliases.get(table, {}).get(name)
        if alias is not None:
            return (alias,)
        below = tuple(m.id for m in listed if m.parent == name) if dimension.above else ()
        if below:
            return below
        raise unknown_member(dimension, name, (m.label for m in listed))

    def name(self, dimension: Dimension, key: str) -> str:
        """The label of an id, looked up once for a whole page."""
        if dimension.id not in self.names:
            self.names[dimension.id] = {m.id: m.label for m in self.of(dimension)}
        return self.names[dimension.id].get(key, key)

    def label(self, dimension: Dimension, key: str) -> str:
        """The label of an id."""
        return self.name(dimension, key)


def unknown_member(dimension: Dimension, name: object, labels: Iterable[str]) -> InputError:
    """No such member 没有这个成员, with the nearest."""
    known = tuple(dict.fromkeys(labels))
    close = near(str(name), known) or tuple(k for k in known if str(name)[:2] in k)[:5] or known[:10]
    return InputError(
        "member.unknown",
        f"{dimension.label}里没有“{str(name)[:60]}”",
        hint="可用：" + "、".join(close),
        where=f"filters.{dimension.id}",
    )


def choose(query: MetricQuery, register: Register) -> tuple[Chosen, ...]:
    """Every filter with its values looked up."""
    return tuple(_chosen(f, register) for f in query.filters)


def _chosen(wanted: Filter, register: Register) -> Chosen:
    dimension = register.centre.dimension(wanted.dimension)
    if wanted.op in ("is_null", "not_null"):
        return Chosen(dimension.id, wanted.op, ())
    if dimension.grain is not None:
        read = cyclic if dimension.grain.cyclic else interval
        return Chosen(
            dimension.id, wanted.op, tuple(None if v is None else read(v, dimension.grain) for v in wanted.values)
        )
    if dimension.bands:
        return _listed(wanted, dimension, [(b.label, b.label) for b in dimension.bands])
    if dimension.through:
        return _listed(wanted, dimension, [(m.label, m.label) for m in register.of(dimension)])
    if dimension.members is not None:
        if wanted.op in _COMPARED or wanted.op == "between":
            kept = _listed(wanted, dimension, [(m.id, m.label) for m in register.of(dimension)]).values
        else:
            kept = tuple(
                key for v in wanted.values for key in ((None,) if v is None else register.ids(dimension, str(v)))
            )
        op = "not_in" if wanted.op in ("not_in", "!=") else "in"
        if dimension.by_label:
            kept = tuple(None if k is None else register.label(dimension, str(k)) for k in kept)
        return Chosen(dimension.id, op, tuple(dict.fromkeys(kept)))
    return Chosen(dimension.id, wanted.op, tuple(None if v is None else str(v) for v in wanted.values))


def _listed(wanted: Filter, dimension: Dimension, listed: list[tuple[str, str]]) -> Chosen:
    """A filter over a closed list of (value, label): order comparisons become a list of values."""
    labels = [label for _, label in listed]
    if wanted.op in _COMPARED or wanted.op == "between":
        given = [str(v) for v in wanted.values]
        if wanted.op == "between":
            kept = [key for key, label in listed if given[0] <= label <= given[1]]
        else:
            kept = [key for key, label in listed if _COMPARED[wanted.op](label, given[0])]
        return Chosen(dimension.id, "in", tuple(dict.fromkeys(kept)))
    for value in wanted.values:
        if value is not None and str(value) not in labels:
            raise unknown_member(dimension, value, labels)
    return Chosen(dimension.id, wanted.op, tuple(None if v is None else str(v) for v in wanted.values))


def narrowed(query: MetricQuery, metrics: tuple[Metric, ...], register: Register) -> MetricQuery:
    """The query as this viewer may ask it: a department user's own departments, shown in the answer's `query`."""
    viewer, centre = register.viewer, register.centre
    if viewer.system or viewer.granted.rows is Rows.ALL:
        return query
    if all(m.public or all(viewer.sees_whole(p.table) for p in m.parts) for m in metrics):
        return query
    if viewer.granted.allow and viewer.granted.rows is not Rows.NONE:
        return query  # several kinds of rows: the scope opens exactly those, no one filter says it
    if viewer.granted.rows is not Rows.DEPARTMENTS or not viewer.departments:
        raise NotPermitted(
            "viewer.no_rows",
            f"账户“{viewer.display}”（{viewer.role}）没有查看医院数据的权限",
            hint="院领导、质控、财务或本科室人员可以查看",
            where="viewer",
        )
    for metric in metrics:
        if metric.department_role is None and not metric.public:
            raise NotPermitted(
                "metric.no_department",
                f"指标“{metric.label}”不能按科室划分，科室人员不能查看",
                hint="院领导、质控、财务可以查看",
                where="metrics",
            )
    own = centre.dimension(DEPARTMENT)
    labels = sorted(register.label(own, key) for key in viewer.departments)
    kept = False
    for wanted in query.filters:
        if _names_others(wanted, register):
            raise NotPermitted(
                "department.other",
                f"您只能查看本科室（{'、'.join(labels)}）的数据",
                hint="院领导、质控、财务可以查看其他科室",
                where=f"filters.{wanted.dimension}",
            )
        kept = kept or (centre.dimension(wanted.dimension).department_role and wanted.op in ("in", "="))
    return query if kept else query.with_filter(Filter(DEPARTMENT, "in", tuple(labels)))


def refuse_masked(metrics: tuple[Metric, ...], register: Register) -> None:
    """Refuse a metric that adds up a column masked for this viewer: its sum would look like nothing."""
    if register.viewer.system:
        return
    grant = register.viewer.granted
    for metric in metrics:
        for part in metric.parts:
            for path in paths(part.measure):
                table = register.centre.tables.table(path.hop or part.table)
                if table.has(path.column) and grant.mask(table.name, path.column, table.column(path.column).level) is not None:
                    raise NotPermitted(
                        "metric.masked",
                        f"指标“{metric.label}”要用{table.label}的{table.column(path.column).label}，您的角色看不到这个字段",
                        hint="需要时请信息科调整角色",
                        where="metrics",
                    )


def _names_others(wanted: Filter, register: Register) -> bool:
    """Whether a filter asks for departments that are not the viewer's own."""
    dimension = register.centre.dimension(wanted.dimension)
    if wanted.op not in ("in", "="):
        return False
    own = register.viewer.departments
    if dimension.department_role:
        chosen = _chosen(wanted, register)
        return any(v is None or v not in own for v in chosen.values)
    if dimension.through == DEPARTMENT:
        carrier = register.centre.dimension(DEPARTMENT)
        groups = {m.id: m.parent for m in register.of(carrier)}
        return any(v is None or any(g == v and k not in own for k, g in groups.items()) for v in wanted.values)
    return False
