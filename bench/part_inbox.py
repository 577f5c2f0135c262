"""Durable acknowledgements 收讫速度: 16 connections, dedupe, chain and counters on, against fdatasync in the same minute."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.mllp import END, START, Listener
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox

CONNECTIONS = 16
SECONDS = 5.0
BURST = 16


def measure() -> dict[str, Any]:
    """ACKs a second, fdatasyncs a second, their ratio; lexer against python-hl7 on a 2 KB ORU."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        synced = _fdatasyncs(Path(folder) / "sync", 2.0)
        acknowledged = asyncio.run(_acks(Path(folder)))
        again = _fdatasyncs(Path(folder) / "sync", 2.0)
    syncs = (synced + again) / 2
    return {
        "acks_per_s": round(acknowledged),
        "fdatasyncs_per_s": round(syncs),
        "acks_per_fdatasync": round(acknowledged / syncs, 2),
        "lexer_to_python_hl7": round(_lexer(), 1),
        "load_average": round(os.getloadavg()[0], 2),
    }


def _fdatasyncs(path: Path, seconds: float) -> float:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        os.pwrite(handle, b"x" * 1024, count * 1024)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    return count / (time.perf_counter() - began)


async def _acks(home: Path) -> float:
    inbox = Inbox(home, datetime.now)
    listener = Listener(Door(Channel("his"), inbox, datetime.now).answer)
    port = await listener.start("127.0.0.1", 0)
    began = time.perf_counter()
    counts = await asyncio.gather(*(_send(port, c, began + SECONDS) for c in range(CONNECTIONS)))
    rate = sum(counts) / (time.perf_counter() - began)
    await listener.stop()
    inbox.close()
    return rate


async def _send(port: int, connection: int, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        for n in range(count, count + BURST):
            text = f"MSH|^~\\&|HIS|总院|YS|YS|20250601083000||ADT^A01|M{connection}-{n}|P|2.5.1\rPID|1||{n % 500}^^^HIS\rPV1|1|I|骨科\r"
            writer.write(START + text.encode() + END)
        for _ in range(BURST):
            reply = await reader.readuntil(END)
            if b"MSA|AA|" not in reply:
                raise RuntimeError(reply.decode("utf-8", "replace"))
        count += BURST
    writer.close()
    await writer.wait_closed()
    return count


def _lexer() -> float:
    import hl7 as python_hl7

    obx = "".join(f"OBX|{n}|NM|{1000 + n}^项目{n}^L||{n}.5|mmol/L|3.9-6.1|N|||F\r" for n in range(1, 36))
    text = f"MSH|^~\\&|LIS|总院|YS|YS|20250601||ORU^R01|M1|P|2.5.1\rPID|1||123^^^HIS||王^磊\rOBR|1|1|2|3\r{obx}"
    raw = text.encode()

    def ours() -> str:
        message = Message.read(raw)
        return message.get("PID-3.1") + message.kind + message.control_id

    def theirs() -> str:
        message = python_hl7.parse(text)
        return str(message.segment("PID")[3][0][0]) + str(message.segment("MSH")[9])

    def rate(work: Any, seconds: float) -> float:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            work()
            count += 1
        return count / (time.perf_counter() - began)

    return rate(ours, 1.0) / rate(theirs, 1.0)
