"""Sources 来源状况: last loads, rows in and out, unmapped codes, defects by owner; whether a source has fallen silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from yishu import integration
from yishu.analytics.desk import Desk
from yishu.kernel import Settings
from yishu.kernel.errors import InputError
from yishu.security import bound, scope

STALE_AFTER = timedelta(hours=36)
COUNTS = ("rows_in", "placed", "merged", "flagged", "quarantined", "ignored")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source 来源 with its last load."""

    name: str
    label: str
    kind: str
    owner: str | None
    last_load: str | None
    rows_in: int
    placed: int
    merged: int
    flagged: int
    quarantined: int
    ignored: int
    state: str
    next_load: str | None

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A code 未对照编码 nobody has mapped, with how often it is used."""

    source: str
    code_system: str
    source_code: str
    source_name: str | None
    uses: int
    first_seen: str | None
    last_seen: str | None

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DefectLine:
    """A defect 数据问题; `department` keeps the source and can mend it."""

    id: str
    department: str | None
    owner: str | None
    family: str
    source: str
    source_table: str
    key: str
    column: str | None
    kind: str | None
    rule: str | None
    message: str | None
    action: str | None

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return {name: value for name, value in asdict(self).items() if name != "kind"}


def source_lines(desk: Desk, settings: Settings) -> tuple[SourceLine, ...]:
    """Every source of the folder with the receipt of its last load."""
    sums = ", ".join(f"sum({count})::BIGINT" for count in COUNTS)
    with desk.reading() as connection:
        rows = connection.execute(
            f"SELECT source, max(finished_at), {sums} FROM wh.quality.receipt r WHERE load_id = "
            "(SELECT max(load_id) FROM wh.quality.receipt l WHERE l.source = r.source) GROUP BY source"
        ).fetchall()
    receipts = {row[0]: row[1:] for row in rows}
    found = []
    for spec in _specs(settings):
        receipt = receipts.get(spec.name, (None, 0, 0, 0, 0, 0, 0))
        counts = {name: int(count or 0) for name, count in zip(COUNTS, receipt[1:], strict=True)}
        state = _state(receipt[0], desk.clock())
        found.append(
            SourceLine(
                name=spec.name, label=spec.label, kind=spec.kind, owner=spec.owner or None, last_load=_told(receipt[0]),
                state=state, next_load=_next(spec.schedule, receipt[0], desk.clock()), **counts,
            )
        )  # fmt: skip
    return tuple(found)


def _next(schedule: integration.Schedule | None, last: datetime | None, now: datetime) -> str | None:
    return _told(max(schedule.next(last, now), now)) if schedule else None


def unmapped(desk: Desk) -> tuple[UnmappedCode, ...]:
    """Unmapped codes, most used first."""
    with desk.reading() as connection:
        rows = connection.execute(
            "SELECT source, code_system, source_code, source_name, uses, first_seen, last_seen FROM wh.quality.unmapped "
            "ORDER BY uses DESC, source, code_system, source_code LIMIT 5000"
        ).fetchall()
    return tuple(UnmappedCode(row[0], row[1], row[2], row[3], int(row[4]), _told(row[5]), _told(row[6])) for row in rows)


def defects(desk: Desk, settings: Settings, department: str | None, limit: int, offset: int) -> tuple[DefectLine, ...]:
    """Defects 数据问题, by the department that keeps the source."""
    owners = {spec.name: spec.owner for spec in _specs(settings)}
    wanted = [name for name, owner in owners.items() if department is None or owner == department]
    with desk.reading() as connection:
        rows = connection.execute(
            "SELECT id, family, source, source_table, key, column_name, kind, rule, message, action FROM wh.quality.defect "
            "WHERE list_contains(?, source) ORDER BY source, family, source_table, key, column_name LIMIT ? OFFSET ?",
            [wanted, limit, offset],
        ).fetchall()
    return tuple(DefectLine(row[0], owners.get(row[2]), owners.get(row[2]), *row[1:]) for row in rows)


def silent_since(desk: Desk, tables: tuple[str, ...], day: date) -> tuple[str, str] | None:
    """The source 静默来源 that brought nothing for `day`, and the last day it did; None where all did."""
    for name in tables:
        table = desk.model.table(name)
        axis = table.timed("occurred")
        if axis is None or table.derived:
            continue
        inner, parameters = bound(scope(desk.viewer, name, desk.model))
        with desk.reading() as connection:
            rows = connection.execute(
                f'SELECT source, max("{axis.name}")::DATE FROM ({inner}) WHERE "{axis.name}"::DATE <= $until GROUP BY source',
                parameters | {"until": day},
            ).fetchall()
        for source, latest in rows:
            if source is not None and latest is not None and latest < day:
                return str(source), latest.isoformat()
    return None


def _specs(settings: Settings) -> tuple[integration.SourceSpec, ...]:
    try:
        return integration.sources(settings.hospital)
    except InputError:
        return ()


def _state(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    return "stale" if now - moment > STALE_AFTER else "ok"


def _told(moment: object) -> str | None:
    return moment.isoformat(timespec="seconds") if isinstance(moment, datetime) else None


def owners(settings: Settings) -> Mapping[str, str]:
    """Who keeps each source 归口科室."""
    return {spec.name: spec.owner for spec in _specs(settings)}
