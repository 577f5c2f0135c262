"""HL7 door 消息入口: bytes in, inbox, acknowledgement out; the same for a listener and for files handed over."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from dataclasses import dataclass, field

from yishu.integration.adapters.hl7v2 import CharsetPolicy, HL7Error, Message
from yishu.integration.adapters.hl7v2.ack import Outcome, acknowledge
from yishu.integration.inbox import Inbox, Letter
from yishu.kernel.clock import Clock
from yishu.kernel.errors import SourceError


@dataclass(frozen=True, slots=True)
class Channel:
    """An HL7 channel 通道: who sends, in which character set, whether its numbers start anew every day."""

    source: str
    charset: CharsetPolicy = field(default_factory=CharsetPolicy)
    numbers_restart_daily: bool = False


class Door:
    """One channel's door 入口. `answer` is what a listener calls for each frame."""

    def __init__(self, channel: Channel, inbox: Inbox, clock: Clock) -> None:
        self.channel = channel
        self._inbox = inbox
        self._clock = clock
        self._numbers = itertools.count(1)

    async def answer(self, raw: bytes) -> bytes | None:
        """Take one frame and acknowledge after its commit: AA durable, AE our disk, AR unreadable (kept in quarantine)."""
        now = self._clock()
        number = f"Y{now:%Y%m%d%H%M%S}{next(self._numbers):06d}"
        message: Message | None = None
        try:
            message = Message.read(raw, self.channel.charset)
            outcome, text = Outcome.ACCEPTED, ""
        except HL7Error as error:
            outcome, text = Outcome.REJECTED, f"{error.message}（{error.where}）"
        try:
            await asyncio.wrap_future(self._inbox.put(self._letter(raw, message, text)))
        except SourceError as error:
            outcome, text = Outcome.ERROR, error.message
        reply = acknowledge(message, outcome, now, number, text)
        return reply.encode(message.charset if message else "utf-8", "replace") if reply is not None else None

    def _letter(self, raw: bytes, message: Message | None, refusal: str) -> Letter:
        source = self.channel.source
        if message is None:
            return Letter(source, "", "", "", raw, quarantine=refusal or "无法读取")
        stamp = message.get("MSH-7")
        epoch = stamp[:8] if self.channel.numbers_restart_daily else ""
        return Letter(source, message.control_id, patient_key(message), message.kind, raw, epoch=epoch)


def patient_key(message: Message) -> str:
    """What a message stays in order with 保序键: its patient's identifier (PID-3.1), hashed, '' where it names none."""
    said = message.get("PID-3.1") or message.get("PID-2.1")
    return hashlib.sha256(said.encode()).hexdigest()[:32] if said else ""
