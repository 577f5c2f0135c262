"""The inbox and the HL7 door: nothing acknowledged is lost, nothing taken twice."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import hl7 as python_hl7
import hl7.client
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.needs import ROOT
from yishu.integration import inbox as module
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.mllp import END, START, Limits, Listener
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox, Letter, State, Taken

NOW = datetime(2025, 6, 1, 8, 30)


def a_message(number: int, patient: str = "000123", tail: str = "") -> bytes:
    text = f"MSH|^~\\&|HIS|总院|YS|YS|20250601083000||ADT^A01^ADT_A01|M{number:05d}|P|2.5.1\rPID|1||{patient}^^^HIS^MR||欧阳^锋{tail}\r"
    return text.encode()


def a_letter(number: int, body: bytes = b"x", key: str = "p") -> Letter:
    return Letter("his", f"M{number}", key, "ADT^A01", body)


@pytest.fixture
def inbox(tmp_path: Path):
    box = Inbox(tmp_path, lambda: NOW)
    yield box
    box.close()


def test_a_message_comes_back_as_it_came(inbox: Inbox) -> None:
    stamp = inbox.put(Letter("his", "M1", "p", "ADT^A01", a_message(1))).result(5)
    kept = inbox.get(stamp.id)
    assert kept is not None
    assert (stamp.taken, kept.body, kept.state, kept.received_at) == (Taken.NEW, a_message(1), State.WAITING, NOW)


def test_an_exact_repeat_has_no_second_effect_and_another_body_is_flagged(inbox: Inbox) -> None:
    first = inbox.put(a_letter(1)).result(5)
    assert inbox.put(a_letter(1)).result(5) == type(first)(first.id, Taken.REPEAT)
    assert inbox.put(a_letter(1, b"other")).result(5).taken is Taken.CONFLICT
    assert [(k.body, k.conflict) for k in inbox.all()] == [(b"x", False), (b"other", True)]
    assert inbox.counters("2025-06-01") == {("his", "received"): 2, ("his", "repeat"): 1}


def test_numbers_that_restart_daily_are_told_apart(inbox: Inbox) -> None:
    one = Letter("lis", "1", "p", "ORU^R01", b"same", epoch="20250601")
    two = Letter("lis", "1", "p", "ORU^R01", b"same", epoch="20250602")
    assert {inbox.put(one).result(5).taken, inbox.put(two).result(5).taken} == {Taken.NEW}


def test_a_failed_head_holds_back_its_own_patient_only(inbox: Inbox) -> None:
    stamps = [inbox.put(a_letter(n, str(n).encode(), key)).result(5) for n, key in enumerate(["a", "b", "a", "b"])]
    inbox.mark([stamps[0].id], State.FAILED, "PID-3 空")
    assert [k.body for k in inbox.work()] == [b"1", b"3"]
    for _ in range(4):
        inbox.mark([stamps[0].id], State.FAILED, "PID-3 空")
    kept = inbox.get(stamps[0].id)
    assert kept is not None and kept.state is State.PARKED
    assert [k.body for k in inbox.work()] == [b"1", b"2", b"3"]


def test_nothing_readable_lies_on_the_disk(inbox: Inbox, tmp_path: Path) -> None:
    inbox.put(Letter("his", "M1", "p", "ADT^A01", a_message(1))).result(5)
    inbox.close()
    for path in tmp_path.iterdir():
        assert "欧阳".encode() not in path.read_bytes()
        assert b"000123" not in path.read_bytes()


def test_a_changed_row_breaks_the_chain(inbox: Inbox) -> None:
    for n in range(5):
        inbox.put(a_letter(n, str(n).encode())).result(5)
    assert inbox.verify() is None
    with sqlite3.connect(inbox.path) as connection:
        connection.execute("UPDATE message SET hash = ? WHERE id = 3", (b"0" * 32,))
    assert inbox.verify() == 3


def test_a_full_disk_is_answered_ae_never_aa_and_the_inbox_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._connect
    connections: list[sqlite3.Connection] = []

    def small(path: Path) -> sqlite3.Connection:
        connection = real(path)
        connections.append(connection)
        return connection

    monkeypatch.setattr(module, "_connect", small)

    async def work(port: int, inbox: Inbox):
        first = await _exchange(port, a_message(1))
        writer = connections[1]
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count={pages}")
        full = await _exchange(port, a_message(2, tail="满" * 50_000))
        writer.execute(f"PRAGMA max_page_count={pages + 1000}")
        return [*first, *full, *await _exchange(port, a_message(3))], [k.control_id for k in inbox.all()], inbox.verify()

    replies, kept, broken = asyncio.run(_with_listener(tmp_path, work))
    assert [r.get("MSA-1") for r in replies] == ["AA", "AE", "AA"]
    assert kept == ["M00001", "M00003"]
    assert broken is None



async def _with_listener(home: Path, work, limits: Limits | None = None):
    inbox = Inbox(home, lambda: NOW)
    listener = Listener(Door(Channel("his"), inbox, lambda: NOW).answer, limits)
    port = await listener.start("127.0.0.1", 0)
    try:
        return await work(port, inbox)
    finally:
        await listener.stop()
        inbox.close()


async def _exchange(port: int, *bodies: bytes) -> list[Message]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    out = []
    for body in bodies:
        writer.write(START + body + END)
        await writer.drain()
        reply = await asyncio.wait_for(reader.readuntil(END), 10)
        out.append(Message.read(reply[1:-2]))
    writer.close()
    await writer.wait_closed()
    return out


def test_acknowledgements_over_mllp(tmp_path: Path) -> None:
    async def work(port: int, inbox: Inbox):
        bad = b"MSH|^~\\&|HIS||||||ADT^A01|M9|P|2.5\rPID|1||\xff\xff\x80\r"
        enhanced = a_message(3).replace(b"|P|2.5.1", b"|P|2.5.1|||AL|NE")
        replies = await _exchange(port, a_message(1), a_message(1), a_message(1, tail="甲"), bad, enhanced)
        return replies, list(inbox.all())

    replies, kept = asyncio.run(_with_listener(tmp_path, work))
    assert [r.get("MSA-1") for r in replies] == ["AA", "AA", "AA", "AR", "CA"]
    assert [r.get("MSA-2") for r in replies] == ["M00001", "M00001", "M00001", "", "M00003"]
    assert replies[0].kind == "ACK^A01"
    assert [k.state for k in kept] == [State.WAITING, State.WAITING, State.QUARANTINED, State.WAITING]
    assert "MSH-18" in replies[3].get("MSA-3")


def test_a_real_client_is_understood(tmp_path: Path) -> None:
    async def work(port: int, inbox: Inbox):
        def send() -> bytes:
            with hl7.client.MLLPClient("127.0.0.1", port, encoding="utf-8") as client:
                return client.send_message(python_hl7.parse(a_message(1).decode()))

        return await asyncio.to_thread(send)

    assert b"MSA|AA|M00001" in asyncio.run(_with_listener(tmp_path, work))


def test_half_slow_and_oversized_frames_are_cut_off_and_others_go_on(tmp_path: Path) -> None:
    async def work(port: int, inbox: Inbox):
        _, half = await asyncio.open_connection("127.0.0.1", port)
        half.write(START + b"MSH|^~\\&|half")
        await half.drain()
        reader, big = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionResetError):
            big.write(START + b"x" * 300_000)
            await big.drain()
            assert await asyncio.wait_for(reader.read(), 10) == b""
        replies = await _exchange(port, a_message(1))
        for writer in (half, big):
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        return replies, len(list(inbox.all()))

    replies, count = asyncio.run(_with_listener(tmp_path, work, Limits(frame=100_000, frame_seconds=2)))
    assert (replies[0].get("MSA-1"), count) == ("AA", 1)


GATEWAY = """
    import asyncio, sys
    from datetime import datetime
    from pathlib import Path
    from yishu.integration.adapters.mllp import Listener
    from yishu.integration.door import Channel, Door
    from yishu.integration.inbox import Inbox
    async def main():
        inbox = Inbox(Path(sys.argv[1]), datetime.now)
        port = await Listener(Door(Channel("his"), inbox, datetime.now).answer).start("127.0.0.1", 0)
        print(port, flush=True)
        await asyncio.Event().wait()
    asyncio.run(main())
"""


def kill_once(home: Path, seed: int, begin: int) -> tuple[list[str], int]:
    """Send until the gateway is killed at a moment drawn from `seed`; the ids acknowledged, and the next number."""
    import random

    gateway = subprocess.Popen([sys.executable, "-c", textwrap.dedent(GATEWAY), str(home)], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert gateway.stdout is not None
    port = int(gateway.stdout.readline())
    stop_after = random.Random(seed).randint(1, 120)
    acknowledged: list[str] = []
    number = begin
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        stream = line.makefile("rb")
        try:
            while True:
                burst = [number + i for i in range(8)]
                number += 8
                line.sendall(b"".join(START + a_message(n, patient=f"P{n % 5}") + END for n in burst))
                for _ in burst:
                    if len(acknowledged) >= stop_after:
                        os.kill(gateway.pid, signal.SIGKILL)
                    reply = b""
                    while not reply.endswith(END):
                        piece = stream.read(1)
                        if not piece:
                            raise ConnectionError
                        reply += piece
                    acknowledged.append(Message.read(reply[1:-2]).get("MSA-2"))
        except (ConnectionError, OSError):
            pass
    gateway.wait()
    gateway.stdout.close()
    return acknowledged, number


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_acknowledged_is_lost_when_the_gateway_is_killed(tmp_path: Path, seed: int) -> None:
    acknowledged: list[str] = []
    number = 0
    for turn in range(2):
        ids, number = kill_once(tmp_path, seed * 10 + turn, number)
        acknowledged += ids
    box = Inbox(tmp_path, lambda: NOW)
    kept = [k.control_id for k in box.all()]
    assert box.verify() is None
    box.close()
    assert len(acknowledged) > 1
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    assert kept == sorted(kept)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.binary(max_size=3), st.sampled_from("ab")), max_size=40))
def test_any_sequence_is_kept_once_and_in_order(sequence: list[tuple[int, bytes, str]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        box = Inbox(Path(folder), lambda: NOW)
        futures = [box.put(a_letter(n, body, key)) for n, body, key in sequence]
        for future in futures:
            future.result(10)
        expected = list(dict.fromkeys((f"M{n}", body) for n, body, _ in sequence))
        assert [(k.control_id, k.body) for k in box.all()] == expected
        assert box.verify() is None
        box.close()
