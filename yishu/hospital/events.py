"""Events 事件: everything that happened to a patient, one row each, derived column-wise from the hospital tables.

A rule says which table and which of its times is an event, and what it is called. Events of one moment keep the order of the rules
(`place`), so the same rows always give the same journey. `source`, `source_key` and the known times are those of the row an event
comes from; only rows that changed since the last time are derived again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import astuple, dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from yishu.hospital.model import Model
from yishu.hospital.store import Batch, literal


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule 事件规则: SQL expressions over a row `t` of `table` (and what `joined` brings).

    Rows of one `key` are one event where `grouped` names the column that says which row stands for them.
    """

    code: str
    activity: str
    table: str
    key: str
    at: str
    started: str = "NULL"
    recorded: str = "NULL"
    department: str = "t.department"
    ward: str = "NULL"
    resource: str = "NULL"
    visit: str = "NULL"
    stay: str = "NULL"
    patient: str = "t.patient_key"
    joined: str = ""
    where: str = "TRUE"
    grouped: str = ""


_SAMPLE = "LEFT JOIN wh.hospital.lab_sample s ON s.sample_id = t.sample_id"
_REPORT = "LEFT JOIN wh.hospital.lab_report r ON r.report_id = t.report_id LEFT JOIN wh.hospital.lab_sample s ON s.sample_id = r.sample_id"
_STAY = "LEFT JOIN wh.hospital.stay y ON y.stay_id = t.stay_id"
_VISIT = "LEFT JOIN wh.hospital.visit v ON v.visit_id = t.visit_id LEFT JOIN wh.hospital.stay y ON y.stay_id = t.stay_id"


def _visit(code: str, activity: str, at: str, *, started: str = "NULL", where: str = "TRUE", resource: str = "t.doctor") -> Rule:
    return Rule(code, f"'{activity}'", "visit", "t.visit_id", at, started, "t.registered_at", resource=resource, visit="t.visit_id", where=where)


def _report(code: str, activity: str, at: str, *, started: str = "NULL") -> Rule:
    return Rule(code, f"'{activity}'", "lab_report", "t.report_id", at, started, "t.recorded_at", ward="t.ward", resource="t.instrument",
                visit="s.visit_id", stay="s.stay_id", joined=_SAMPLE)  # fmt: skip


def _critical(code: str, activity: str, at: str) -> Rule:
    return Rule(code, f"'{activity}'", "critical_value", "t.critical_id", at, "NULL", "t.recorded_at", ward="t.ward",
                visit="s.visit_id", stay="s.stay_id", joined=_REPORT)  # fmt: skip


def _exam(code: str, activity: str, at: str, *, started: str = "NULL", resource: str = "t.exam_type") -> Rule:
    return Rule(code, f"'{activity}'", "exam", "t.exam_id", at, started, "t.requested_at", ward="t.ward", resource=resource,
                visit="t.visit_id", stay="t.stay_id", where="t.status IS DISTINCT FROM '已取消'")  # fmt: skip


def _surgery(code: str, activity: str, at: str, *, started: str = "NULL", resource: str = "t.room") -> Rule:
    return Rule(code, f"'{activity}'", "surgery", "t.surgery_id", at, started, "t.requested_at", ward="t.ward", resource=resource,
                visit="t.visit_id", stay="t.stay_id", where="TRUE" if code == "SQ" else "t.status IS DISTINCT FROM '取消'")  # fmt: skip


RULES: tuple[Rule, ...] = (
    Rule("AB", "'预约'", "appointment", "t.appointment_id", "t.booked_at", recorded="t.booked_at", resource="t.channel", visit="t.visit_id"),
    Rule("AC", "'取消预约'", "appointment", "t.appointment_id", "t.cancelled_at", recorded="t.cancelled_at", resource="t.channel", visit="t.visit_id"),
    _visit("VR", "挂号", "t.registered_at", resource="t.channel"),
    _visit("VI", "报到", "t.checked_in_at", where="t.status IS DISTINCT FROM '退号'"),
    _visit("VC", "叫号", "t.called_at", where="t.status IS DISTINCT FROM '退号'"),
    _visit("VS", "接诊", "coalesce(t.ended_at, t.started_at)", started="t.started_at", where="t.status IS DISTINCT FROM '退号'"),
    Rule("IA", "'入院'", "stay", "t.stay_id", "t.admitted_at", "NULL", "t.recorded_at", "t.admit_department", "t.admit_ward", "t.doctor", stay="t.stay_id",
         where="t.status IS DISTINCT FROM '取消'"),
    Rule("IT", "t.kind", "transfer", "t.transfer_id", "t.moved_at", "NULL", "t.recorded_at", "t.to_department", "t.to_ward", "t.to_bed", stay="t.stay_id",
         patient="y.patient_key", joined=_STAY, where="t.kind IN ('转科', '转床')"),
    Rule("CE", "'入重症监护'", "icu_stay", "t.icu_stay_id", "t.entered_at", department="NULL", resource="t.first_unit", stay="t.stay_id"),
    Rule("PI", "CASE t.kind WHEN '检验' THEN '开检验' WHEN '检查' THEN '开检查' ELSE '开处方' END", "prescription", "t.prescription_id", "t.issued_at",
         resource="t.doctor", visit="t.visit_id"),
    Rule("OI", "'开' || coalesce(t.kind, '') || '医嘱'", "medical_order", "t.order_id", "t.started_at", "NULL", "t.recorded_at", resource="t.doctor", stay="t.stay_id"),
    Rule("OS", "'停医嘱'", "medical_order", "t.order_id", "t.stopped_at", "NULL", "t.recorded_at", resource="t.doctor", stay="t.stay_id", where="t.term = '长期'"),
    Rule("LC", "'采集标本'", "lab_sample", "t.sample_id", "t.collected_at", "NULL", "t.recorded_at", ward="t.ward", resource="t.specimen", visit="t.visit_id", stay="t.stay_id"),
    Rule("LR", "CASE WHEN t.rejected THEN '拒收标本' ELSE '接收标本' END", "lab_sample", "t.sample_id", "t.received_at", "NULL", "t.recorded_at", ward="t.ward",
         resource="t.specimen", visit="t.visit_id", stay="t.stay_id"),
    _report("LT", "上机检验", "t.tested_at"),
    _report("LA", "审核检验报告", "t.audited_at"),
    _report("LP", "发布检验报告", "t.published_at"),
    _critical("KF", "发现危急值", "t.found_at"),
    _critical("KN", "通报危急值", "t.notified_at"),
    _critical("KC", "确认危急值", "t.confirmed_at"),
    _critical("KH", "处置危急值", "t.handled_at"),
    _exam("EQ", "申请检查", "t.requested_at", resource="t.doctor"),
    _exam("EA", "到检", "t.arrived_at"),
    _exam("ED", "检查", "t.done_at", started="t.arrived_at"),
    _exam("ER", "书写检查报告", "t.reported_at"),
    _exam("EU", "审核检查报告", "t.audited_at"),
    _surgery("SQ", "申请手术", "t.requested_at", resource="t.doctor"),
    _surgery("SE", "入手术室", "t.entered_at"),
    _surgery("SA", "麻醉", "t.anaesthesia_at"),
    _surgery("SS", "手术", "coalesce(t.ended_at, t.started_at)", started="t.started_at", resource="t.doctor"),
    _surgery("SL", "出手术室", "t.left_at"),
    Rule("DD", "CASE WHEN t.quantity < 0 THEN '退药' ELSE '发药' END", "dispense", "t.dispense_id", "t.dispensed_at", "NULL", "t.recorded_at", ward="t.ward",
         resource="t.drug_name", stay="t.stay_id"),
    Rule("DG", "'给药'", "administration", "t.administration_id", "t.given_at", "NULL", "t.recorded_at", "NULL", resource="t.drug_name", stay="t.stay_id"),
    Rule("NO", "'测体征'", "observation", "concat_ws('|', t.stay_id, t.kind, t.observed_at)", "t.observed_at", "NULL", "t.recorded_at", "NULL", stay="t.stay_id",
         grouped="t.observation_id"),
    Rule("RD", "'书写' || coalesce(t.kind, '病历')", "document", "t.document_id", "t.created_at", "NULL", "t.signed_at", "y.department", "y.ward", stay="t.stay_id",
         patient="y.patient_key", joined=_STAY),
    Rule("RS", "'签名' || coalesce(t.kind, '病历')", "document", "t.document_id", "t.signed_at", "NULL", "t.signed_at", "y.department", "y.ward", stay="t.stay_id",
         patient="y.patient_key", joined=_STAY),
    Rule("CX", "'出重症监护'", "icu_stay", "t.icu_stay_id", "t.left_at", department="NULL", resource="t.last_unit", stay="t.stay_id"),
    Rule("ID", "'出院'", "stay", "t.stay_id", "t.discharged_at", "NULL", "t.recorded_at", "t.department", "t.ward", "t.doctor", stay="t.stay_id", where="t.status = '出院'"),
    Rule("MS", "CASE WHEN t.red THEN '退费' ELSE '结算' END", "settlement", "t.settlement_id", "t.settled_at", department="coalesce(y.department, v.department)",
         visit="t.visit_id", stay="t.stay_id", joined=_VISIT),
    Rule("RA", "'病案归档'", "front_page", "t.stay_id", "t.archived_at", "NULL", "t.archived_at", ward="t.ward", stay="t.stay_id"),
)  # fmt: skip
"""The order is the order of events of one moment."""

@dataclass(frozen=True, slots=True)
class Activities:
    """What events are called 活动名: the names there are, and beginnings that a document's own kind completes."""

    names: tuple[str, ...]
    begins: tuple[str, ...]

    def holds(self, name: str) -> bool:
        """Whether an event may be called so."""
        return name in self.names or any(name.startswith(begin) and name != begin for begin in self.begins)


def activities(model: Model) -> Activities:
    """The names that the rules give, with the declared kinds of the tables in them."""
    names: dict[str, None] = {}
    begins: list[str] = []
    for rule in RULES:
        said = _NAMED.findall(rule.activity) if rule.activity.startswith("CASE") else [word for word in _QUOTED.findall(rule.activity) if word]
        if rule.activity == "t.kind":
            said = _QUOTED.findall(rule.where)
        elif "||" in rule.activity:
            kinds = next((column.values for column in model.table(rule.table).columns if column.name == "kind"), ())
            if not kinds:
                begins.append(said[0])
            said = [said[0] + kind + "".join(said[1:]) for kind in kinds]
        names |= dict.fromkeys(said)
    return Activities(tuple(names), tuple(begins))


_QUOTED = re.compile("'([^']*)'")
_NAMED = re.compile("(?:THEN|ELSE) '([^']+)'")

_COLUMNS = (
    "event_id", "patient_key", "visit_id", "stay_id", "activity", "place", "started", "completed", "recorded", "department", "ward", "resource",
    "object_kind", "object_id", "source", "source_table", "source_key", "load_id", "message_id", "rule_version", "known_from", "known_until", "flags",
)  # fmt: skip
VERSION = hashlib.sha256(repr([astuple(rule) for rule in RULES]).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Changed:
    """What changed 变动: conditions over the known times or the message of a row, as format strings over its alias."""

    row: str
    gone: str
    """For a row in history that no longer holds; empty where `row` already finds all that went."""


def _select(rule: Rule, place: int, some: bool) -> str:
    which = f" AND {rule.key} IN (SELECT key FROM temp.event_change WHERE place = {place})" if some else ""
    once = f" QUALIFY row_number() OVER (PARTITION BY {rule.key} ORDER BY {rule.grouped}) = 1" if rule.grouped else ""
    at, started = f"({rule.at})", f"({rule.started})"
    return (
        f"SELECT '{rule.code}-' || {rule.key}, {rule.patient}, {rule.visit}, {rule.stay}, {rule.activity}, {place}, "
        f"CASE WHEN {started} <= {at} THEN {started} END, {at}, {rule.recorded}, {rule.department}, {rule.ward}, {rule.resource}, "
        f"'{rule.table}', {rule.key}, t.source, t.source_table, t.source_key, t.load_id, t.message_id, t.rule_version, t.known_from, NULL::TIMESTAMP, "
        f"CASE WHEN {started} > {at} THEN ['event.reversed'] END "
        f"FROM wh.hospital.{rule.table} t {rule.joined} WHERE {at} IS NOT NULL AND {rule.where}{which}{once}"
    )


def _beside(rule: Rule) -> tuple[tuple[str, str], ...]:
    """The (table, alias) an event takes something from beside its own row."""
    return tuple(_JOINED.findall(rule.joined))


_JOINED = re.compile(r"JOIN wh\.hospital\.(\w+) (\w) ON")


def _keys(rule: Rule, changed: _Changed) -> str:
    """The keys of rows that changed or went, or beside which something changed."""
    parts = [f"SELECT {rule.key} FROM wh.hospital.{rule.table} t WHERE {changed.row.format('t')}"]
    if changed.gone:
        parts.append(f"SELECT {rule.key} FROM wh.history.{rule.table} t WHERE {changed.gone.format('t')}")
    elif rule.grouped:
        moved = f"SELECT {rule.grouped} FROM wh.hospital.{rule.table} t WHERE {changed.row.format('t')}"
        parts.append(f"SELECT {rule.key} FROM wh.history.{rule.table} t WHERE {rule.grouped} IN ({moved})")
    for table, alias in _beside(rule):
        parts.append(f"SELECT {rule.key} FROM wh.hospital.{rule.table} t {rule.joined} WHERE {changed.row.format(alias)}")
        if changed.gone:
            before = rule.joined.replace(f"wh.hospital.{table} {alias} ON", f"wh.history.{table} {alias} ON")
            parts.append(f"SELECT {rule.key} FROM wh.hospital.{rule.table} t {before} WHERE {changed.gone.format(alias)}")
    return " UNION ".join(parts)


def _renew(connection: DuckDBPyConnection, rules: tuple[tuple[int, Rule], ...], changed: _Changed) -> int:
    """The events of changed rows made anew, all others left alone; how many were written."""
    if not rules:
        return 0
    run = connection.execute
    listed = " UNION ALL ".join(f"SELECT {place} AS place, '{rule.code}' AS code, key FROM ({_keys(rule, changed)}) AS changed(key)" for place, rule in rules)
    run(f"CREATE OR REPLACE TEMP TABLE event_change AS {listed}")
    some = {row[0] for row in run("SELECT DISTINCT place FROM temp.event_change").fetchall()}
    if some:
        run("DELETE FROM wh.hospital.event WHERE event_id IN (SELECT code || '-' || key FROM temp.event_change)")
    return sum(_insert(connection, rule, place, True) for place, rule in rules if place in some)


def _insert(connection: DuckDBPyConnection, rule: Rule, place: int, some: bool) -> int:
    made = connection.execute(f"INSERT INTO wh.hospital.event ({', '.join(_COLUMNS)}) {_select(rule, place, some)}").fetchone()
    return int(made[0]) if made else 0


def derive_events(connection: DuckDBPyConnection, batch: Batch) -> int:
    """Bring `hospital.event` up to the rows known since the last derivation; how many events were written.

    Everything is made anew where the rules changed or nothing was derived yet. Runs inside the derivation's transaction.
    """
    last = connection.execute("SELECT map_version, applied_at FROM wh.quality.applied WHERE source = 'events' ORDER BY applied_at DESC LIMIT 1").fetchone()
    if last is None or last[0] != VERSION or last[1] > batch.moment:
        connection.execute("DELETE FROM wh.hospital.event")
        written = sum(_insert(connection, rule, place, False) for place, rule in enumerate(RULES))
    else:
        # two batches of one second: what this one brought is looked at even if the last was derived in the same second
        told = f"({{0}}.{{1}} > {_moment(last[1])} OR {{0}}.{{1}} >= {_moment(batch.moment)})"
        written = _renew(connection, tuple(enumerate(RULES)), _Changed(told.format("{0}", "known_from"), told.format("{0}", "known_until")))
    connection.execute("DELETE FROM wh.quality.applied WHERE source = 'events'")
    connection.execute("INSERT INTO wh.quality.applied VALUES (?, 'events', ?, ?)", [batch.load_id, VERSION, batch.moment])
    return written


def follow_events(connection: DuckDBPyConnection, tables: frozenset[str]) -> int:
    """The events 事件随消息 of the rows that a batch of messages changed in these tables; how many were written.

    Inside the batch's transaction, its messages named in the temp table `batch_message`: a step shows as soon as its row does.
    """
    mine = tuple((place, rule) for place, rule in enumerate(RULES) if rule.table in tables or tables & {table for table, _ in _beside(rule)})
    return _renew(connection, mine, _Changed("{0}.message_id IN (SELECT message_id FROM temp.batch_message)", ""))


def _moment(at: datetime) -> str:
    return f"TIMESTAMP {literal(at.isoformat(sep=' '))}"
