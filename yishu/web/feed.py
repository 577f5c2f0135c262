"""Feed 演示来信: the demo's systems talk to their own gateway over its real port; and one sends a bad message when asked."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from yishu.integration.adapters.mllp import END, START
from yishu.integration.gateway import FILE
from yishu.kernel import Settings

FIRST = 970_000_000
_numbers = itertools.count(1)


def a_visit(settings: Settings, number: int) -> bytes:
    """A registration 挂号 of a made-up patient of the model hospital, now, whose sender forgot the visit number."""
    now = settings.clock()
    codes = ["0301", "0302", "0303", "0304", "0401", "0403", "0501", "0700"]
    said, patient = now.strftime("%Y%m%d%H%M%S"), FIRST + number % 5_000
    pv1 = ["PV1", "1", "O", codes[number % len(codes)], *[""] * 40, said]
    lines = [
        f"MSH|^~\\&|HIS_MZ|JLYY|ESB|YISHU|{said}||ADT^A04|BAD{said}{number:06d}|P|2.4|||||CHN|UNICODE UTF-8",
        f"EVN|A04|{said}",
        f"PID|1||{patient}^^^HIS_MZ^PI||演示{patient % 1000}^^^^^^L||19{50 + number % 49}0101|{'MF'[number % 2]}",
        "|".join(pv1),
        f"ZGH|0|普通|{1 + number % 2}|1|0",
    ]
    return ("\r".join(lines) + "\r").encode()


async def send(settings: Settings, *bodies: bytes) -> list[bytes]:
    """Send messages to the gateway of this home; its answers."""
    told = json.loads((settings.home / FILE).read_text())
    reader, writer = await asyncio.open_connection(told["host"], told["mllp"])
    answers = []
    try:
        for body in bodies:
            writer.write(START + body + END)
            await writer.drain()
            answers.append(await asyncio.wait_for(reader.readuntil(END), 15))
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return answers


async def send_bad(settings: Settings) -> None:
    """A registration without a visit number."""
    number = next(_numbers) + int(settings.clock().timestamp()) % 100_000 * 10
    try:
        await send(settings, a_visit(settings, number))
    except (OSError, ValueError, KeyError):
        from yishu.kernel.errors import SourceError

        raise SourceError("monitor.gateway", "网关没有开 MLLP 端口", hint="用 yishu demo 或 yishu serve --mllp-port 打开") from None


def through_gateway(settings: Settings, paths: Sequence[Path]) -> bool:
    """Send files over the gateway's port 经网关发送; False where no gateway listens (nothing was sent then, or it is sent again as a repeat)."""
    try:
        answers = asyncio.run(send(settings, *(path.read_bytes() for path in paths)))
    except (OSError, ValueError, KeyError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return all(b"MSA|AA|" in answer for answer in answers)
