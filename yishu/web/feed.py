"""Feed 演示来信: the demo's HIS goes on talking to its own gateway over a real port; and sends a bad message when asked."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from yishu.integration.adapters.mllp import END, START
from yishu.integration.gateway import FILE
from yishu.kernel import Settings

log = logging.getLogger("yishu.web")
EVERY = 3.0
FIRST = 970_000_000
_numbers = itertools.count(1)


def a_visit(settings: Settings, number: int, *, event: str = "A04", visit: str | None = None) -> bytes:
    """A registration 挂号 of a made-up patient of the model hospital, now; `visit` '' leaves the visit number out."""
    now = settings.clock()
    codes = ["0301", "0302", "0303", "0304", "0401", "0403", "0501", "0700"]
    said, patient = now.strftime("%Y%m%d%H%M%S"), FIRST + number % 5_000
    began = (now - timedelta(minutes=9)).strftime("%Y%m%d%H%M%S")
    pv1 = ["PV1", "1", "O", codes[number % len(codes)], *[""] * 15, str(FIRST + number) if visit is None else visit, *[""] * 24, began if event == "A08" else said]
    lines = [
        f"MSH|^~\\&|HIS_MZ|JLYY|ESB|YISHU|{said}||ADT^{event}|LIVE{said}{number:06d}|P|2.4|||||CHN|UNICODE UTF-8",
        f"EVN|{event}|{said}",
        f"PID|1||{patient}^^^HIS_MZ^PI||演示{patient % 1000}^^^^^^L||19{50 + number % 49}0101|{'MF'[number % 2]}",
        "|".join(pv1),
        f"ZGH|0|普通|{1 + number % 2}|1|0" if event == "A04" else f"ZJZ|{began}|{began}|{said}",
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
    """A registration without a visit number, then a good one of the same patient that has to wait behind it."""
    number = next(_numbers) + int(settings.clock().timestamp()) % 100_000 * 10
    try:
        await send(settings, a_visit(settings, number, visit=""))
    except (OSError, ValueError, KeyError):
        from yishu.kernel.errors import SourceError

        raise SourceError("monitor.gateway", "网关没有开 MLLP 端口", hint="用 yishu demo 或 yishu serve --mllp-port 打开") from None


@contextmanager
def living(settings: Settings) -> Iterator[None]:
    """As long as the server runs, a message every few seconds."""
    stop = threading.Event()

    def talk() -> None:
        number = int(settings.clock().timestamp()) % 100_000 * 10
        while not stop.wait(EVERY):
            number += 1
            with suppress(OSError, ValueError, KeyError, TimeoutError, asyncio.IncompleteReadError):
                asyncio.run(send(settings, a_visit(settings, number), a_visit(settings, number - 3, event="A08")))

    thread = threading.Thread(target=talk, name="feed", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
