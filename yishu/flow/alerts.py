"""Alerts 提醒 of channels: silence, a clock that is off, numbers left out. One when it starts, one when it ends; both stay to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from yishu.flow.monitor import silent
from yishu.integration.channels import ChannelSpec, channels
from yishu.integration.inbox import Inbox
from yishu.integration.watch import Alert, Pulse, Watchbook
from yishu.kernel import Settings

FAST, SLOW = timedelta(seconds=-120), timedelta(seconds=600)
"""A sender's word may be younger than its receipt by little only; older by more means a slow clock or a queue at the sender."""


def conditions(specs: Sequence[ChannelSpec], heard: Mapping[str, Mapping[tuple[str, int], int]], last: Mapping[str, str], pulses: Mapping[str, Pulse], now: datetime) -> dict[tuple[str, str], str]:
    """What is the matter now: (channel, kind) → words."""
    found: dict[tuple[str, str], str] = {}
    for spec in specs:
        silence = silent(spec, heard.get(spec.name, {}), last.get(spec.name), now)
        if silence:
            found[(spec.name, "silence")] = f"{spec.label}：{silence}"
        pulse = pulses.get(spec.name)
        if pulse is None:
            continue
        if pulse.delay is not None and pulse.delay < FAST:
            found[(spec.name, "clock")] = f"{spec.label}：发送方时钟快 {int(-pulse.delay.total_seconds() // 60)} 分钟（MSH-7 晚于收到）"
        elif pulse.delay is not None and pulse.delay > SLOW:
            found[(spec.name, "clock")] = f"{spec.label}：最近一批里最快的一条也迟了 {int(pulse.delay.total_seconds() // 60)} 分钟，发送方时钟慢或在排队"
        if pulse.missing:
            shown = "、".join(str(n) for n in pulse.missing[:5])
            found[(spec.name, "gap")] = f"{spec.label}：序号（MSH-13）缺 {len(pulse.missing)} 个：{shown}{'…' if len(pulse.missing) > 5 else ''}"
    return found


def look(settings: Settings, inbox: Inbox) -> list[Alert]:
    """Compare what is the matter now with what was; the alerts that started or ended just now."""
    now = settings.clock()
    heard: dict[str, dict[tuple[str, int], int]] = {}
    for source, day, hour, number in inbox.hours((now - timedelta(days=6)).date().isoformat()):
        heard.setdefault(source, {})[(day, hour)] = number
    book = Watchbook(settings.home)
    return book.settle(conditions(channels(settings.hospital), heard, inbox.latest(), book.pulses(), now), now)
