"""Identify 来信认人: the living index follows what messages bring: new patients become somebody, A40 and its kin merge, move and unmerge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from yishu import identity
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.channels import ChannelSpec
from yishu.kernel.errors import YishuError


class Identifier:
    """The index beside the one who places messages 认人者; opened at the first patient a message names."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine, self._home = engine, home
        self._index: identity.Index | None = None
        self._named: set[int] = set()

    def named(self, patients: Iterable[int]) -> None:
        """These patients were filed by a message of this batch."""
        self._named.update(patients)

    def settle(self, at: datetime) -> None:
        """Give everyone filed since the last call a person, if he has none."""
        named, self._named = sorted(self._named), set()
        new = identity.nobody_yet(self._engine, named) if named else []
        if new:
            self._index = self._index or identity.Index(self._engine, self._home)
            self._index.link(new, at, "system:message")

    def follow(self, told: identity.Telling) -> tuple[bool, str]:
        """Do what a message says of two patients: whether anybody moved, and why not where it could not be done."""
        try:
            return identity.follow_told(self._engine, told) is not None, ""
        except YishuError as error:
            return False, error.message

    def close(self) -> None:
        """Give the index back."""
        if self._index is not None:
            self._index.close()
            self._index = None


def telling(channel: ChannelSpec, message: Message, received: datetime, said: datetime | None) -> identity.Telling | None:
    """What an ADT says of two patients (PID and MRG, or two PIDs; HL7 v2.5.1 §3.3), None where it says nothing of that kind."""
    what = identity.TOLD.get(message.kind)
    if what is None:
        return None
    pids = [segment[3] for segment in message.named("PID")]
    gone = [segment[1] for segment in message.named("MRG")] or pids[1:2]
    if not pids or not gone:
        return None
    kept_id, gone_id = pids[0].value(), gone[0].value()
    kept_source = _source(channel.systems, pids[0].value(component=4))
    gone_source = _source(channel.systems, gone[0].value(component=4)) or kept_source
    if not kept_id or not gone_id or kept_source is None or gone_source is None:
        return None
    reason = f"消息 {message.kind} {message.control_id}"
    return identity.Telling(what, (kept_source, kept_id), (gone_source, gone_id), f"message:{channel.name}", reason, received, said or received)


def _source(systems: Sequence[str], authority: str) -> str | None:
    """The source an assigning authority names; the channel's only one where it names none."""
    asked = authority.strip().lower()
    return asked if asked in systems else systems[0] if not asked and len(systems) == 1 else None
