"""Courier 投递: takes messages from the inbox to the destinations of their channels, in order per patient, resting where nobody answers."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from yishu.integration.adapters.send import Said, Sender, sender
from yishu.integration.channels import ChannelSpec
from yishu.integration.destination import Breaker, Destination, Fate
from yishu.integration.inbox import Inbox
from yishu.integration.outbox import Due, Outbox
from yishu.integration.secret import secret
from yishu.kernel import Settings

EVERY = 0.2
WINDOW = 16


class Courier:
    """The way to one destination 投递员 of one channel."""

    def __init__(self, settings: Settings, inbox: Inbox, outbox: Outbox, spec: ChannelSpec, to: Destination, chance: Callable[[], float] = random.random) -> None:
        self.settings, self.inbox, self.outbox, self.spec, self.to = settings, inbox, outbox, spec, to
        self.name, self.breaker, self._chance = f"{spec.name}/{to.name}", Breaker(), chance
        self.sender: Sender = sender(to, secret(settings, to.token) if to.token else None, _folder(settings, to))
        outbox.plan(spec.name, to)   # a new destination begins here

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                try:
                    done = await self.round()
                except OSError:
                    done = 0
                if not done:
                    await asyncio.sleep(EVERY)
        finally:
            await self.sender.close()

    async def round(self) -> int:
        """Send what is due once; how many were tried. A resting breaker lets nothing through, then one alone."""
        await asyncio.to_thread(self.outbox.plan, self.spec.name, self.to)
        now = self.settings.clock()
        if not self.breaker.lets(now):
            return 0
        due = await asyncio.to_thread(self.outbox.due, self.name, 1 if self.breaker.trying else WINDOW)
        said = await asyncio.gather(*(self._one(d) for d in due))
        for answer in said:
            self.breaker = self.breaker.after(answer.fate, self.settings.clock())
        return len(due)

    async def _one(self, due: Due) -> Said:
        kept = await asyncio.to_thread(self.inbox.get, due.message)
        if kept is None:
            said = Said(Fate.REFUSED, "收件箱里没有这条消息")
        else:
            said = await self.sender.send(kept.body, kept.control_id, f"{kept.message_id}-{self.spec.name}.hl7")
        await asyncio.to_thread(self.outbox.settle, due, self.to, said.fate, said.text, self._chance())
        return said


def couriers(settings: Settings, inbox: Inbox, channels: Mapping[str, ChannelSpec]) -> list[Courier]:
    """One for each destination of each channel."""
    if not any(spec.out for spec in channels.values()):
        return []
    outbox = Outbox(settings.home, settings.clock)
    return [Courier(settings, inbox, outbox, spec, to) for spec in channels.values() for to in spec.out]


def _folder(settings: Settings, to: Destination) -> Path:
    if to.kind != "folder":
        return settings.home
    return Path(os.path.expandvars(to.address.replace("${YISHU_HOME}", str(settings.home))))
