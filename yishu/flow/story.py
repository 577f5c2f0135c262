"""Story 消息故事: one message from its bytes to the rows it made and the metrics they move, identifiers masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from yishu import hospital, identity, metrics
from yishu.hospital.upsert import of_message
from yishu.integration.adapters.hl7v2 import HL7Error, Message
from yishu.integration.adapters.hl7v2.names import FIELDS, IDENTIFIERS, SEGMENTS
from yishu.integration.channels import channels
from yishu.integration.inbox import Inbox, Kept
from yishu.integration.message_map import MapFault
from yishu.integration.outbox import Outbox
from yishu.kernel import InputError, Settings
from yishu.kernel.duck import warehouse_instance

Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class Story:
    """A message followed 消息追踪: as it came, what its map read, the rows it made, the metrics they belong to."""

    message_id: str
    channel: str
    control_id: str
    kind: str
    received_at: str
    state: str
    reason: str
    conflict: bool
    copy_of: str | None
    charset: str
    segments: tuple[Line, ...]
    staged: tuple[Line, ...]
    rows: tuple[Line, ...]
    metrics: tuple[Line, ...]
    deliveries: tuple[Line, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As `yishu messages show --json` prints it."""
        return {
            "message_id": self.message_id, "channel": self.channel, "control_id": self.control_id, "type": self.kind, "received_at": self.received_at,
            "state": self.state, "reason": self.reason, "conflict": self.conflict, "copy_of": self.copy_of, "charset": self.charset,
            "segments": list(self.segments), "staged": list(self.staged), "rows": list(self.rows), "metrics": list(self.metrics),
            "deliveries": list(self.deliveries),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Record:
    values: Mapping[str, str | None]
    identifiers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Nobody:
    name: str = "system:story"


def story(settings: Settings, message: str, *, connection: DuckDBPyConnection | None = None) -> Story:
    """The story of a message (M12); a running server hands in its cursor."""
    text = message.upper().removeprefix("M")
    inbox = Inbox(settings.home, settings.clock)
    try:
        kept = inbox.get(int(text)) if text.isdigit() else None
    finally:
        inbox.close()
    if kept is None:
        raise InputError("message.unknown", f"收件箱里没有 {message}", hint="yishu messages list 列出消息号", where=message, status=404)
    opened = connection or warehouse_instance(settings.home, read_only=True)
    try:
        tables = hospital.model(settings.hospital).tables
        moved = of_message(opened, tuple(tables.values()), kept.message_id)
    finally:
        if connection is None:
            opened.close()
    rows = tuple({"table": t, "label": tables[t].label, "key": k, "current": now} for t, k, now in moved)
    found = {t for t, _, _ in moved}
    centre = metrics.centre(settings.hospital)
    touched: tuple[Line, ...] = tuple(
        {"id": m.id, "label": m.label}
        for m in centre.metrics
        if found & {part.table for part in (m.numerator, m.denominator) if part is not None}
    )
    charset, segments, staged = _read(settings, kept)
    return Story(
        kept.message_id, kept.source, kept.control_id, kept.kind, kept.received_at.isoformat(sep=" "), kept.state.value, kept.reason,
        kept.conflict, f"M{kept.copy_of}" if kept.copy_of else None, charset, segments, staged, rows, touched,
        _deliveries(settings, kept),
    )  # fmt: skip


def _deliveries(settings: Settings, kept: Kept) -> tuple[Line, ...]:
    """Where the message was sent on, and what the other side said."""
    if not any(spec.out for spec in channels(settings.hospital)):
        return ()
    return tuple(
        {"destination": d.destination, "state": d.state, "tries": d.tries, "at": d.answered_at, "said": identity.mask_value(None, d.said) or ""}
        for d in Outbox(settings.home, settings.clock).of(kept.id)
    )


def _read(settings: Settings, kept: Kept) -> tuple[str, tuple[Line, ...], tuple[Line, ...]]:
    """Charset, named fields and staged rows; nothing of an unreadable message is shown."""
    spec = next((c for c in channels(settings.hospital) if c.name == kept.source), None)
    try:
        message = Message.read(kept.body, spec.charset) if spec else Message.read(kept.body)
    except HL7Error:
        return "", (), ()
    segments = tuple(_segment(s.name, s.fields()) for s in message.segments() if s.name)
    staged: list[Line] = []
    if spec is not None:
        try:
            for table, rows in spec.map.rows(message).items():
                names = [c.name for c in spec.map.by_name[table].columns]
                for row in rows:
                    record = _Record(dict(zip(names, row, strict=True)), spec.map.by_name[table].identifiers)
                    staged.append({"table": table, "label": spec.map.by_name[table].label, "values": identity.mask(_Nobody(), record)})
        except MapFault as error:
            staged.append({"table": "", "label": "映射停在这里", "values": {"原因": error.message, "办法": error.hint}})
    return message.charset, segments, tuple(staged)


def _segment(name: str, fields: list[str]) -> Line:
    shown = []
    for number, value in enumerate(fields):
        if number == 0 or not value or (name == "MSH" and number < 3):
            continue
        kind = IDENTIFIERS.get(name, {}).get(number)
        shown.append({"path": f"{name}-{number}", "label": FIELDS.get(name, {}).get(number, ""), "value": _masked(kind, value)})
    return {"name": name, "label": SEGMENTS.get(name, "自定义段" if name.startswith("Z") else ""), "fields": shown}


def _masked(kind: str | None, value: str) -> str:
    if kind is None:
        return identity.mask_value(None, value) or ""
    parts = [identity.mask_value(kind, rep.split("^", 1)[0]) or "" for rep in value.split("~")]
    return "，".join(parts)
