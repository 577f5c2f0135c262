"""Monitor 集成监控: channels, messages, their story, replay with a dry run, corrections; every view of a message is recorded."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, Field

from yishu.flow.monitor import overview
from yishu.flow.story import story
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.channel_versions import Versions
from yishu.integration.door import Channel, letter, order_key
from yishu.integration.edit import edited
from yishu.integration.inbox import Inbox, Kept, Search, State
from yishu.kernel.errors import InputError
from yishu.web.mail import Mail
from yishu.web.routes.looking import ERRORS, SOURCE_RIGHTS, Look, Looking

router = APIRouter(prefix="/api/v1/monitor", tags=["集成监控"])
Word = Annotated[str, Query(max_length=200)]
MOST = 100_000


class MonitorOverview(BaseModel):
    """Overview 总览 of channels, flows and what is stuck."""

    channels: list[dict[str, Any]]
    links: list[dict[str, Any]]
    stuck: list[dict[str, Any]]
    alerts: list[str]
    totals: dict[str, int]
    deliveries: list[dict[str, Any]]
    history: list[dict[str, Any]]
    demo: bool


class MessageLine(BaseModel):
    """A message in a list 消息 (no patient in it)."""

    message_id: str
    channel: str
    control_id: str
    type: str
    state: str
    reason: str
    received_at: datetime
    conflict: bool
    copy_of: str | None


class MessageStory(BaseModel):
    """One message followed 消息追踪, masked."""

    message_id: str
    channel: str
    control_id: str
    type: str
    received_at: str
    state: str
    reason: str
    conflict: bool
    copy_of: str | None
    charset: str
    segments: list[dict[str, Any]]
    staged: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]


class Which(BaseModel):
    """Which messages 哪些消息: by number, or by what is searched for."""

    ids: list[str] = Field(default=[], max_length=10_000)
    channel: str = Field(default="", max_length=64)
    state: str = Field(default="", max_length=20)
    type: str = Field(default="", max_length=20)
    patient: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=400)


class Replayed(BaseModel):
    """What a replay did or, dry, would do 重放结果."""

    messages: int
    placed: int
    failed: list[dict[str, Any]]
    changed: dict[str, int]
    dry_run: bool


class Correction(BaseModel):
    """Values to set 更正, by path."""

    changes: dict[str, str] = Field(max_length=50)


class Given(BaseModel):
    """The number of a new message 新消息."""

    message_id: str


class ChannelVersion(BaseModel):
    """A version 版本 of a channel's text."""

    number: int
    at: datetime
    by: str
    current: bool


class Difference(BaseModel):
    """What changed 差异 between two versions, as a unified diff."""

    old: int
    new: int
    text: str


def _inbox(looking: Look) -> tuple[Inbox, Mail]:
    looking.need(*SOURCE_RIGHTS)
    looking.house.open_mail()
    mail = looking.house.mail
    if mail is None:
        raise InputError("monitor.none", "这家医院还没有消息通道", hint="在 sources/ 里写 kind: mllp 的通道，在 channels/ 里写映射", status=404)
    return mail.inbox, mail


@router.get("", responses={**ERRORS})
def monitor(looking: Looking) -> MonitorOverview:
    """Channels 通道 with today's counts, flows, what is stuck and who is silent."""
    inbox, _ = _inbox(looking)
    return MonitorOverview.model_validate(overview(looking.house.settings, inbox).as_json() | {"demo": looking.house.demo})


@router.get("/messages", responses={**ERRORS})
def messages(
    looking: Looking,
    channel: Word = "",
    state: Word = "",
    type: Word = "",
    patient: Word = "",
    reason: Word = "",
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> list[MessageLine]:
    """Messages 消息 found by channel, state, type, patient's local number or signature, the newest first."""
    inbox, _ = _inbox(looking)
    if patient:
        looking.note("messages", "by patient")
    found = inbox.search(Search(channel, "", order_key(patient), type, state, reason, before=before, limit=limit))
    return [_line(kept) for kept in found]


@router.get("/messages/{message}", responses={**ERRORS})
def message(message: Annotated[str, "消息号，如 M12"], looking: Looking) -> MessageStory:
    """One message 消息追踪 from its fields to the rows it made and the metrics they move; identifiers masked, the view recorded."""
    _inbox(looking)
    looking.note("message", message[:20])
    with looking.house.reading() as connection:
        return MessageStory.model_validate(story(looking.house.settings, message[:20], connection=connection).as_json())


@router.post("/replay", responses={**ERRORS})
def replay(looking: Looking, which: Which, dry_run: Annotated[bool, Query()] = False) -> Replayed:
    """Replay 重放 by number, channel, type, patient or signature; `dry_run` says what would change and changes nothing."""
    inbox, mail = _inbox(looking)
    ids = _ids(inbox, which)
    looking.note("replay", f"{len(ids)}{' dry' if dry_run else ''}")
    if dry_run:
        receipts = mail.rehearse(ids)
    else:
        inbox.replay(ids)
        receipts = mail.receipts(ids)
    changed: dict[str, int] = {}
    for receipt in receipts:
        moved = receipt["changed"]
        for table, number in moved.items() if isinstance(moved, dict) else ():
            changed[table] = changed.get(table, 0) + number
    failed = [{"message_id": r["message_id"], "reason": r["reason"]} for r in receipts if r["state"] == "failed"]
    return Replayed(messages=len(ids), placed=sum(r["state"] == "placed" for r in receipts), failed=failed[:50], changed=changed, dry_run=dry_run)


@router.post("/park", responses={**ERRORS})
def park(looking: Looking, which: Which) -> Replayed:
    """Park 搁置 messages so that the patient's later ones go on."""
    inbox, mail = _inbox(looking)
    ids = _ids(inbox, which)
    looking.note("park", str(len(ids)))
    inbox.mark(ids, State.PARKED, which.reason or "人工搁置")
    placed = sum(r["state"] == "placed" for r in (r.as_json() for r in mail.drain()))
    return Replayed(messages=len(ids), placed=placed, failed=[], changed={}, dry_run=False)


@router.post("/messages/{message}/edit", responses={**ERRORS})
def edit(message: Annotated[str, "消息号，如 M12"], correction: Annotated[Correction, Body()], looking: Looking) -> Given:
    """Correct 更正 a message: a new one with the values set; the original stays as it came and is parked."""
    inbox, mail = _inbox(looking)
    looking.note("edit", f"{message[:20]} {'、'.join(correction.changes)[:200]}")
    kept = inbox.get(_number(message))
    spec = mail.spec(kept.source) if kept else None
    if kept is None or spec is None:
        raise InputError("message.unknown", f"收件箱里没有 {message[:20]}", status=404)
    raw = edited(Message.read(kept.body, spec.charset), correction.changes)
    made = letter(Channel.of(spec), raw, Message.read(raw, spec.charset), "")
    stamp = inbox.put(type(made)(made.source, made.control_id, made.order_key, made.kind, made.body, made.epoch, "", made.also_key, kept.id)).result(15)
    inbox.mark([kept.id], State.PARKED, f"已由 M{stamp.id} 更正")
    mail.drain()
    return Given(message_id=f"M{stamp.id}")


@router.get("/channels/{channel}/versions", responses={**ERRORS})
def channel_versions(channel: Annotated[str, "通道名"], looking: Looking) -> list[ChannelVersion]:
    """The versions 通道版本 of a channel's text, the newest first."""
    versions = _versions(looking, channel)
    return [ChannelVersion(number=v.number, at=datetime.fromisoformat(v.at), by=v.by, current=v.current) for v in versions.all(channel)]


@router.get("/channels/{channel}/versions/{number}", responses={**ERRORS})
def channel_difference(channel: Annotated[str, "通道名"], number: Annotated[int, "版本号"], looking: Looking, against: Annotated[int | None, Query(ge=1)] = None) -> Difference:
    """What changed 差异 from this version to another, by default the newest."""
    versions = _versions(looking, channel)
    new = against or versions.all(channel)[0].number
    return Difference(old=number, new=new, text=versions.difference(channel, number, new))


@router.post("/channels/{channel}/versions/{number}/restore", responses={**ERRORS})
def restore_channel(channel: Annotated[str, "通道名"], number: Annotated[int, "版本号"], looking: Looking) -> ChannelVersion:
    """Put an earlier text back 回退; it becomes the newest version and maps the next message."""
    versions = _versions(looking, channel)
    _, mail = _inbox(looking)
    looking.note("channel", f"{channel[:40]} 回退到第 {number} 版")
    made = mail.put_back(versions, channel, number, looking.viewer.name)
    now = versions.all(channel)[0]
    return ChannelVersion(number=made, at=datetime.fromisoformat(now.at), by=now.by, current=True)


def _versions(looking: Look, channel: str) -> Versions:
    _, mail = _inbox(looking)
    if mail.spec(channel) is None:
        raise InputError("channel.unknown", f"没有通道 {channel[:40]}", status=404)
    settings = looking.house.settings
    versions = Versions(settings.home)
    versions.note(settings.hospital, channel, settings.clock())
    return versions


@router.post("/demo/bad", responses={**ERRORS})
def bad_message(looking: Looking) -> Given:
    """Send a bad message 发一条坏消息 to the demo's own gateway over its real port; only in the demo."""
    inbox, _ = _inbox(looking)
    if not looking.house.demo:
        raise InputError("monitor.demo", "只有演示医院能发坏消息", status=404)
    from yishu.web.feed import send_bad

    looking.note("demo", "bad message")
    before = inbox.version()
    asyncio.run(send_bad(looking.house.settings))
    return Given(message_id=f"M{max(inbox.version(), before)}")


def _ids(inbox: Inbox, which: Which) -> list[int]:
    if which.ids:
        return [_number(i) for i in which.ids]
    wanted = Search(which.channel, "", order_key(which.patient), which.type, which.state, which.reason, limit=MOST)
    if not wanted.conditions()[0]:
        raise InputError("messages.which", "要说明哪些消息", hint="给消息号，或通道、状态、类型、患者、签名")
    return [kept.id for kept in inbox.search(wanted)]


def _number(message: str) -> int:
    text = message.upper().removeprefix("M")
    if not text.isdigit() or len(text) > 15:
        raise InputError("message.id", "消息号应写成 M12", where="message")
    return int(text)


def _line(kept: Kept) -> MessageLine:
    return MessageLine(
        message_id=kept.message_id, channel=kept.source, control_id=kept.control_id, type=kept.kind, state=kept.state.value, reason=kept.reason,
        received_at=kept.received_at, conflict=kept.conflict, copy_of=f"M{kept.copy_of}" if kept.copy_of else None,
    )  # fmt: skip
