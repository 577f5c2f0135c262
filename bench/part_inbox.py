"""Durable acknowledgements 收讫速度: 16 connections, dedupe, chain and counters on, against fdatasync in the same minute."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from contextlib import closing
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
    """ACKs a second, their ratio to fdatasync and to python-hl7's server; waits at 200 a second; lexer against python-hl7 on a 2 KB ORU."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        synced = _fdatasyncs(Path(folder) / "sync", 2.0)
        acknowledged = asyncio.run(_acks(Path(folder)))
        theirs = asyncio.run(_python_hl7())
        calm, commits = asyncio.run(_open_loop(Path(folder) / "open")), _commits(Path(folder) / "plain.db")
        again = _fdatasyncs(Path(folder) / "sync", 2.0)
    syncs = (synced + again) / 2
    return {
        "acks_per_s": round(acknowledged),
        "fdatasyncs_per_s": round(syncs),
        "acks_per_fdatasync": round(acknowledged / syncs, 2),
        "python_hl7_acks_per_s_not_durable": round(theirs),
        "acks_to_python_hl7": round(acknowledged / theirs, 2),
        "open_loop_200_per_s": {"p50_ms": _at(calm, 0.5), "p99_ms": _at(calm, 0.99), "sqlite_commit_p50_ms": _at(commits, 0.5), "sqlite_commit_p99_ms": _at(commits, 0.99), "aim_p99_ms": round(3 * _at(commits, 0.99) + 2, 2)},
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


async def _python_hl7() -> float:
    """python-hl7's own server, which reads and answers and keeps nothing."""
    from hl7.mllp import start_hl7_server

    async def answer(reader: Any, writer: Any) -> None:
        try:
            while not writer.is_closing():
                message = await reader.readmessage()
                writer.writemessage(message.create_ack())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await start_hl7_server(answer, "127.0.0.1", 0, encoding="utf-8") as server:
        port = server.sockets[0].getsockname()[1]
        began = time.perf_counter()
        counts = await asyncio.gather(*(_send(port, c, began + SECONDS) for c in range(CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - began)


RATE = 200
OPEN_SECONDS = 15.0


async def _open_loop(home: Path) -> list[float]:
    """Seconds from the moment a message was due until its ACK, at 200 a second over 16 connections; a late start counts as waiting."""
    inbox = Inbox(home, datetime.now)
    listener = Listener(Door(Channel("his"), inbox, datetime.now).answer)
    port = await listener.start("127.0.0.1", 0)
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    waits: list[float] = []
    due: list[asyncio.Queue[float]] = [asyncio.Queue() for _ in lines]

    async def hear(number: int) -> None:
        while True:
            asked = await due[number].get()
            await lines[number][0].readuntil(END)
            waits.append(time.perf_counter() - asked)

    hearing = [asyncio.create_task(hear(n)) for n in range(CONNECTIONS)]
    began = time.perf_counter()
    for number in range(int(RATE * OPEN_SECONDS)):
        moment = began + number / RATE
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        due[number % CONNECTIONS].put_nowait(moment)
        lines[number % CONNECTIONS][1].write(START + _text(number % CONNECTIONS, number).encode() + END)
    while len(waits) < int(RATE * OPEN_SECONDS):
        await asyncio.sleep(0.01)
    for task in hearing:
        task.cancel()
    for _, writer in lines:
        writer.close()
    await listener.stop()
    inbox.close()
    return sorted(waits)


def _commits(path: Path) -> list[float]:
    """Seconds of a plain SQLite commit of the same bytes, WAL and synchronous=FULL, at the same pace."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, body BLOB)")
        waits, began = [], time.perf_counter()
        for number in range(int(RATE * OPEN_SECONDS / 3)):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            body, start = _text(0, number).encode(), time.perf_counter()
            connection.execute("INSERT INTO message (body) VALUES (?)", (body,))
            waits.append(time.perf_counter() - start)
    return sorted(waits)


def _at(waits: list[float], share: float) -> float:
    return round(waits[min(len(waits) - 1, int(share * len(waits)))] * 1_000, 2)


def _text(connection: int, n: int) -> str:
    return f"MSH|^~\\&|HIS|总院|YS|YS|20250601083000||ADT^A01|M{connection}-{n}|P|2.5.1\rPID|1||{n % 500}^^^HIS\rPV1|1|I|骨科\r"


async def _send(port: int, connection: int, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        for n in range(count, count + BURST):
            writer.write(START + _text(connection, n).encode() + END)
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
