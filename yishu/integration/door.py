"""HL7 door 消息入口: bytes in, inbox, acknowledgement out; the same for listeners and for files handed over.

A door of one channel takes all that comes; a shared door chooses the channel by sender (MSH-3) and type (MSH-9).
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from yishu.integration.adapters.hl7v2 import CharsetPolicy, HL7Error, Message
from yishu.integration.adapters.hl7v2.ack import Outcome, acknowledge
from yishu.integration.channels import ChannelSpec, route
from yishu.integration.inbox import Inbox, Letter, Stamp
from yishu.kernel.clock import Clock
from yishu.kernel.errors import SourceError

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Channel:
    """What a door needs of a channel 通道: who sends, in which character set, whether its numbers start anew every day."""

    source: str
    charset: CharsetPolicy = field(default_factory=CharsetPolicy)
    numbers_restart_daily: bool = False

    @staticmethod
    def of(spec: ChannelSpec) -> Channel:
        """From the hospital folder."""
        return Channel(spec.name, spec.charset, spec.numbers_restart_daily)


@dataclass(frozen=True, slots=True)
class Taking:
    """A message on its way into the inbox 收件中."""

    message: Message | None
    outcome: Outcome
    text: str
    stamp: Future[Stamp]


class Door:
    """One door 入口. `answer` is what a listener calls for each frame."""

    def __init__(self, channel: Channel | Sequence[ChannelSpec], inbox: Inbox, clock: Clock) -> None:
        self._channel = channel
        self._inbox = inbox
        self._clock = clock
        self._numbers = itertools.count(1)

    async def answer(self, raw: bytes) -> bytes | None:
        """Take one frame and acknowledge after its commit: AA durable, AE our disk, AR unreadable (kept in quarantine)."""
        message: Message | None = None
        try:
            taking = self.take(raw)
            message, outcome, text = taking.message, taking.outcome, taking.text
            await asyncio.wrap_future(taking.stamp)
        except SourceError as error:
            outcome, text = Outcome.ERROR, error.message
        return self.reply(message, outcome, text)

    def take(self, raw: bytes) -> Taking:
        """Hand one message to the inbox; its stamp comes with the commit. Raises InboxFull."""
        channel, message, text = self._read(raw)
        outcome = Outcome.REJECTED if text else Outcome.ACCEPTED
        return Taking(message, outcome, text, self._inbox.put(letter(channel, raw, message, text)))

    def _read(self, raw: bytes) -> tuple[Channel, Message | None, str]:
        """The channel, the message where it can be read, and why it is refused ('' where it is not)."""
        charset = self._channel.charset if isinstance(self._channel, Channel) else CharsetPolicy()
        fallback = self._channel if isinstance(self._channel, Channel) else Channel(UNKNOWN)
        try:
            message = Message.read(raw, charset)
        except HL7Error as error:
            return fallback, None, f"{error.message}（{error.where}）"
        if isinstance(self._channel, Channel):
            return self._channel, message, ""
        spec = route(self._channel, message.get("MSH-3"), message.kind)
        if spec is None:
            return fallback, message, f"没有收 {message.kind or '（无类型）'} 的通道（MSH-3、MSH-9）"
        return Channel.of(spec), message, ""

    def reply(self, message: Message | None, outcome: Outcome, text: str) -> bytes | None:
        """The acknowledgement as bytes in the sender's character set; None where he wants none."""
        now = self._clock()
        number = f"Y{now:%Y%m%d%H%M%S}{next(self._numbers):06d}"
        said = acknowledge(message, outcome, now, number, text)
        return said.encode(message.charset if message else "utf-8", "replace") if said is not None else None


def letter(channel: Channel, raw: bytes, message: Message | None, refusal: str) -> Letter:
    """What the inbox keeps of a message; one that is refused is kept in quarantine with its bytes."""
    if message is None:
        return Letter(channel.source, "", "", "", raw, quarantine=refusal or "无法读取")
    epoch = message.get("MSH-7")[:8] if channel.numbers_restart_daily else ""
    return Letter(
        channel.source, message.control_id, patient_key(message), message.kind, raw, epoch, refusal, merged_key(message)
    )  # fmt: skip


def patient_key(message: Message) -> str:
    """What a message stays in order with 保序键: its patient's identifier (PID-3.1), hashed, '' where it names none."""
    return order_key(message.get("PID-3.1") or message.get("PID-2.1"))


def merged_key(message: Message) -> str:
    """The other patient of a merge 合并 (MRG-1, ADT^A40 and its kin), '' elsewhere."""
    return order_key(message.get("MRG-1.1"))


def order_key(patient: str) -> str:
    """The key 保序键 of a patient's identifier; hashed, so that the queue shows nobody."""
    return hashlib.sha256(patient.encode()).hexdigest()[:32] if patient else ""
