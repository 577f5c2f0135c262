"""Closed loops 闭环: order to specimen to report to handling, examinations, drugs, surgery; every node with its time, the missing ones named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from yishu.journey.looking import Looking, Relations
from yishu.journey.patient import Admitted

MOST = 400


@dataclass(frozen=True, slots=True)
class Step:
    """A node 节点 of a loop; `missing`: it has no time although a later one has, or the loop should long be done."""

    name: str
    at: datetime | None
    missing: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop 闭环 of one thing: closed when its last node is there and none is missing."""

    kind: str
    id: str
    title: str
    contact: str | None
    steps: tuple[Step, ...]
    closed: bool


NODES: dict[str, tuple[str, ...]] = {
    "lab": ("采集", "接收", "上机", "审核", "发布"),
    "critical": ("发现", "通报", "确认", "处置"),
    "exam": ("申请", "到检", "检查", "报告", "审核"),
    "drug": ("医嘱", "发药", "给药"),
    "surgery": ("申请", "入室", "麻醉", "开始", "结束", "出室"),
}


def loop(kind: str, thing: str, title: str, contact: str | None, times: tuple[datetime | None, ...]) -> Loop:
    """A loop from the times of its nodes in order; a node without time before one with time is missing."""
    last = max((at for at, time in enumerate(times) if time is not None), default=-1)
    steps = tuple(Step(name, time, time is None and place < last) for place, (name, time) in enumerate(zip(NODES[kind], times, strict=True)))
    return Loop(kind, thing, title, contact, steps, times[-1] is not None and not any(s.missing for s in steps))


_LAB = """SELECT s.sample_id, coalesce(s.specimen, '标本'), coalesce(s.stay_id, s.visit_id), s.collected_at, s.received_at, r.tested_at, r.audited_at, r.published_at
FROM {lab_sample} s LEFT JOIN (SELECT * FROM {lab_report} QUALIFY row_number() OVER (PARTITION BY sample_id ORDER BY version DESC NULLS LAST, report_id) = 1) r ON r.sample_id = s.sample_id
WHERE list_contains($keys, s.patient_key) AND s.rejected IS NOT TRUE {only} ORDER BY coalesce(s.collected_at, s.received_at) DESC NULLS LAST, 1 LIMIT {most}"""
_CRITICAL = """SELECT k.critical_id, coalesce(k.item, '危急值'), coalesce(s.stay_id, s.visit_id), k.found_at, k.notified_at, k.confirmed_at, k.handled_at
FROM {critical_value} k LEFT JOIN {lab_report} r ON r.report_id = k.report_id LEFT JOIN {lab_sample} s ON s.sample_id = r.sample_id
WHERE list_contains($keys, k.patient_key) {only} ORDER BY k.found_at DESC NULLS LAST, 1 LIMIT {most}"""
_EXAM = """SELECT s.exam_id, coalesce(s.body_part, s.exam_type, '检查'), coalesce(s.stay_id, s.visit_id), s.requested_at, s.arrived_at, s.done_at, s.reported_at, s.audited_at
FROM {exam} s WHERE list_contains($keys, s.patient_key) AND s.status IS DISTINCT FROM '已取消' {only} ORDER BY s.requested_at DESC NULLS LAST, 1 LIMIT {most}"""
_SURGERY = """SELECT s.surgery_id, coalesce(s.name, '手术'), coalesce(s.stay_id, s.visit_id), s.requested_at, s.entered_at, s.anaesthesia_at, s.started_at, s.ended_at, s.left_at
FROM {surgery} s WHERE list_contains($keys, s.patient_key) AND s.status IS DISTINCT FROM '取消' {only} ORDER BY coalesce(s.started_at, s.requested_at) DESC NULLS LAST, 1 LIMIT {most}"""
# a drug's order, the first dispensing of that drug in the stay after it, the first giving after that
_DRUG = """SELECT s.order_id, coalesce(s.name, '药品'), s.stay_id, s.started_at, d.moment, a.moment
FROM {medical_order} s
LEFT JOIN LATERAL (SELECT min(x.dispensed_at) AS moment FROM {dispense} x WHERE x.stay_id = s.stay_id AND x.drug = s.drug AND x.dispensed_at >= s.started_at AND x.quantity > 0) d ON TRUE
LEFT JOIN LATERAL (SELECT min(x.given_at) AS moment FROM {administration} x WHERE x.stay_id = s.stay_id AND s.name IS NOT NULL AND starts_with(s.name, x.drug_name) AND x.given_at >= s.started_at) a ON TRUE
WHERE list_contains($keys, s.patient_key) AND s.kind = '药品' {only} ORDER BY s.started_at DESC NULLS LAST, 1 LIMIT {most}"""
_OF = {
    "lab": (_LAB, ("lab_sample", "lab_report")),
    "critical": (_CRITICAL, ("critical_value", "lab_report", "lab_sample")),
    "exam": (_EXAM, ("exam",)),
    "surgery": (_SURGERY, ("surgery",)),
    "drug": (_DRUG, ("medical_order", "dispense", "administration")),
}


def loops(looking: Looking, connection: DuckDBPyConnection, leave: Admitted, contact: str | None = None) -> tuple[Loop, ...]:
    """The loops of one patient, of one contact where named, within the scope that `leave` gives."""
    found: list[Loop] = []
    for kind, (text, tables) in _OF.items():
        seen = Relations(leave.viewer, looking.tables)
        seen.bind("keys", list(leave.keys))
        only = ""
        if contact is not None:
            seen.bind("contact", contact)
            only = f"AND {'s.stay_id' if kind == 'drug' else 'coalesce(s.stay_id, s.visit_id)'} = $contact"
        sql = text.format(only=only, most=MOST, **{table: seen.of(table) for table in tables})
        for thing, title, which, *times in connection.execute(sql, seen.values).fetchall():
            found.append(loop(kind, str(thing), str(title), which, tuple(times)))
    return tuple(found)
