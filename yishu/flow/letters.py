"""Letters 信件: files put into the inbox, and what became of them; for commands and the local door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yishu.flow.take import MessageReceipt, Taker, files_of
from yishu.hospital.errors import near
from yishu.integration.adapters.hl7v2.lexer import split_bytes
from yishu.integration.channels import channels
from yishu.integration.door import Channel, Door
from yishu.integration.http_door import document_letter
from yishu.integration.inbox import Inbox, State, Taken
from yishu.kernel import InputError, Settings
from yishu.kernel.duck import warehouse_instance


@dataclass(frozen=True, slots=True)
class Sent:
    """A message put into the inbox 已收讫: its number, whether it was new, whence."""

    id: int
    taken: Taken
    file: str


def post(settings: Settings, channel: str, paths: Sequence[Path]) -> list[Sent]:
    """Put every message of the files into the inbox, in order; a batch file gives one a message."""
    specs = {spec.name: spec for spec in channels(settings.hospital)}
    if channel not in specs:
        raise InputError("channel.unknown", f"没有通道 {channel}", hint="可选：" + "、".join(near(channel, tuple(specs)) or specs), where="--channel")
    files = files_of(paths)
    inbox = Inbox(settings.home, settings.clock)
    try:
        spec = specs[channel]
        if spec.format == "hl7v2":
            door = Door(Channel.of(spec), inbox, settings.clock)
            waiting = [(door.take(raw).stamp, path) for path in files for raw in split_bytes(path.read_bytes())]
        else:
            waiting = [(inbox.put(document_letter(spec, path.read_bytes())[0]), path) for path in files]
        return [Sent(stamp.id, stamp.taken, path.name) for future, path in waiting for stamp in [future.result()]]
    finally:
        inbox.close()


def receipts(settings: Settings, sent: Sequence[Sent], told: Sequence[dict[str, object]] | None) -> list[dict[str, object]]:
    """A receipt for each message sent: as the server told, else placed here and now."""
    if told is None:
        with placing(settings) as taker:
            told = [r.as_json() for r in taker.drain()]
    known = {str(r["message_id"]): r for r in told}
    inbox = Inbox(settings.home, settings.clock)
    try:
        return [_of(inbox, s, known.get(f"M{s.id}")) for s in sent]
    finally:
        inbox.close()


@contextmanager
def placing(settings: Settings) -> Iterator[Taker]:
    """A taker on a warehouse nobody else holds."""
    inbox = Inbox(settings.home, settings.clock)
    connection = warehouse_instance(settings.home)
    try:
        taker = Taker(settings, connection, inbox)
        try:
            yield taker
        finally:
            taker.close()
    finally:
        connection.close()
        inbox.close()


def _of(inbox: Inbox, sent: Sent, receipt: dict[str, object] | None) -> dict[str, object]:
    if sent.taken is Taken.REPEAT:
        receipt = None
    elif receipt is not None:
        return {**receipt, "file": sent.file}
    kept = inbox.get(sent.id)
    if kept is None:
        raise InputError("message.unknown", f"收件箱里没有 M{sent.id}")
    state = ("ignored" if kept.reason else "placed") if kept.state is State.DONE else kept.state.value
    said = MessageReceipt(kept.message_id, kept.source, kept.control_id, kept.kind, "repeat" if sent.taken is Taken.REPEAT else state, kept.reason)
    return {**said.as_json(), "file": sent.file}
