"""Doors out 去向 against real servers on loopback: matched by MSA-2, tried again by class of error, resting, in order per patient."""

import asyncio
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.needs import ROOT
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.mllp import END, START
from yishu.integration.adapters.send import FolderSender, MllpSender, WebSender
from yishu.integration.channels import channel_faults, channels
from yishu.integration.courier import Courier, couriers
from yishu.integration.destination import BREAKS_AFTER, Breaker, Destination, Fate, given_up, wait
from yishu.integration.door import Channel, Door
from yishu.integration.gateway import Gateway, Ports
from yishu.integration.inbox import Inbox, State
from yishu.integration.outbox import Outbox
from yishu.kernel import Settings

NOW = datetime(2026, 6, 30, 10)


def a_message(number: int, patient: int = 1, kind: str = "ADT^A04") -> bytes:
    return f"MSH|^~\\&|HIS_MZ|J|E|Y|20260630100000||{kind}|K{number}|P|2.4\rPID|1||{patient}^^^HIS_MZ^PI||张三||19800101|M\rPV1|1|O|0403|||||||||||||||{number}\r".encode()


def an_ack(raw: bytes, code: str) -> bytes:
    return f"MSH|^~\\&|E|Y|HIS|J|20260630||ACK|A1|P|2.4\rMSA|{code}|{Message.read(raw).control_id}|好\r".encode()


class Server:
    """An MLLP server that answers as it is told: codes by control id, and a whole window backwards."""

    def __init__(self, codes: dict[str, list[str]] | None = None, *, backwards: int = 1) -> None:
        self.codes, self.backwards, self.seen = codes or {}, backwards, list[str]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: list[bytes] = []
        try:
            while True:
                raw = (await reader.readuntil(END))[1:-2]
                number = Message.read(raw).control_id
                self.seen.append(number)
                codes = self.codes.get(number, ["AA"])
                code = codes.pop(0) if len(codes) > 1 else codes[0]
                if code:
                    held.append(START + an_ack(raw, code) + END)
                if len(held) >= self.backwards:
                    for answer in reversed(held):
                        writer.write(answer)
                    held = []
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def start(self) -> tuple[asyncio.Server, str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return server, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    folder = tmp_path / "hospital"
    shutil.copytree(ROOT / "hospitals" / "model", folder)
    return replace(Settings.of(folder, tmp_path / "home", {"HOOK": "right"}), clock=lambda: NOW)


def with_out(settings: Settings, *lines: str) -> None:
    path = settings.hospital / "sources" / "his_adt.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "out:\n" + "".join(f"  - {line}\n" for line in lines), encoding="utf-8")


def test_answers_are_matched_by_number_not_by_order() -> None:
    async def work() -> list[Fate]:
        told = Server({"K2": ["AR"], "K3": ["AE"]}, backwards=4)
        server, address = await told.start()
        sender = MllpSender(Destination("ris", "mllp", address, seconds=5))
        said = await asyncio.gather(*(sender.send(a_message(n), f"K{n}", "") for n in range(1, 5)))
        await sender.close()
        server.close()
        return [s.fate for s in said]

    assert asyncio.run(work()) == [Fate.DELIVERED, Fate.REFUSED, Fate.TROUBLE, Fate.DELIVERED]


def test_no_answer_and_nobody_there_are_told_as_away(tmp_path: Path) -> None:
    async def work() -> list[Fate]:
        silent = Server({"K1": [""]})
        server, address = await silent.start()
        quiet, gone = MllpSender(Destination("a", "mllp", address, seconds=0.2)), MllpSender(Destination("b", "mllp", "127.0.0.1:9", seconds=2))
        said = [await quiet.send(a_message(1), "K1", ""), await gone.send(a_message(1), "K1", "")]
        await quiet.close()
        server.close()
        (tmp_path / "file").write_text("")
        return [s.fate for s in said] + [(await FolderSender(tmp_path / "file").send(b"x", "", "a.hl7")).fate, (await FolderSender(tmp_path / "out").send(b"x", "", "a.hl7")).fate]

    assert asyncio.run(work()) == [Fate.AWAY, Fate.AWAY, Fate.AWAY, Fate.DELIVERED]
    assert (tmp_path / "out" / "a.hl7").read_bytes() == b"x"


def test_retry_rules_and_breaker_are_pure() -> None:
    assert [round(wait(n, 0.0), 1) for n in (0, 1, 2, 12)] == [0.5, 1.0, 2.0, 150.0] and wait(1, 0.999) < 2.0
    assert given_up(Fate.REFUSED, 1, 5) and given_up(Fate.TROUBLE, 5, 5) and not given_up(Fate.TROUBLE, 4, 5) and not given_up(Fate.AWAY, 99, 5)
    breaker = Breaker()
    for _ in range(BREAKS_AFTER):
        assert breaker.lets(NOW)
        breaker = breaker.after(Fate.AWAY, NOW)
    assert not breaker.lets(NOW + timedelta(seconds=29)) and breaker.lets(NOW + timedelta(seconds=30)) and breaker.trying
    later = breaker.after(Fate.AWAY, NOW + timedelta(seconds=30))
    assert not later.lets(NOW + timedelta(seconds=89)) and later.lets(NOW + timedelta(seconds=90))
    assert breaker.after(Fate.TROUBLE, NOW) == Breaker() == breaker.after(Fate.DELIVERED, NOW)


def test_a_channels_text_names_its_destinations_and_its_faults(home: Settings) -> None:
    with_out(home, '{name: ris, kind: mllp, address: "nowhere"}', '{name: ris, kind: ftp, address: "x"}')
    said = " ".join(f.reason for f in channel_faults(home.hospital))
    assert "主机:端口" in said and "不能是 ftp" in said and "写了两次" in said


def test_the_first_of_each_patient_waits_for_its_answer_and_a_refused_one_is_parked(home: Settings) -> None:
    now = NOW

    def clock() -> datetime:
        return now

    async def work() -> tuple[list[str], list[tuple[str, int]]]:
        nonlocal now
        told = Server({"K1": ["AE", "AE", "AA"], "K4": ["AR"]})
        server, address = await told.start()
        with_out(home, f'{{name: ris, kind: mllp, address: "{address}", types: [ADT^A04]}}')
        settings = replace(home, clock=clock)
        inbox = Inbox(home.home, clock)
        spec = next(c for c in channels(home.hospital) if c.name == "his_adt")
        door = Door(Channel.of(spec), inbox, clock)
        courier = Courier(settings, inbox, Outbox(home.home, clock), spec, spec.out[0], chance=lambda: 0.5)
        for n, patient, kind in [(1, 1, "ADT^A04"), (2, 1, "ADT^A04"), (3, 2, "ADT^A04"), (4, 2, "ADT^A04"), (5, 2, "ADT^A04"), (6, 3, "ADT^A08")]:
            door.take(a_message(n, patient, kind)).stamp.result(10)
        for _ in range(12):
            await courier.round()
            now += timedelta(seconds=1)
        await courier.sender.close()
        server.close()
        states = [(d.state, d.tries) for n in range(1, 7) for d in Outbox(home.home, clock).of(n)]
        inbox.close()
        return told.seen, states

    seen, states = asyncio.run(work())
    assert [n for n in seen if n in ("K1", "K2")] == ["K1", "K1", "K1", "K2"]
    assert [n for n in seen if n in ("K3", "K4", "K5")] == ["K3", "K4", "K5"] and "K6" not in seen
    assert states == [("sent", 3), ("sent", 1), ("sent", 1), ("parked", 1), ("sent", 1)]


def test_one_gateway_hands_on_to_another_by_soap_http_and_folder_and_goes_on_after_an_outage(home: Settings, tmp_path: Path) -> None:
    """The other side is a gateway of our own: its doors in are real servers."""
    other = tmp_path / "other"
    shutil.copytree(ROOT / "hospitals" / "model", other)
    for name, lines in {"web_in": "kind: http\ntoken: {secret: HOOK}\n", "ws_in": "kind: soap\nsoap: {namespace: 'urn:v', operation: Do, argument: arg0, answer: r}\n"}.items():
        (other / "sources" / f"{name}.yaml").write_text(f"label: 入\naccepts: {{types: [ADT]}}\n{lines}")
        (other / "channels" / name).mkdir()
        shutil.copy(other / "channels" / "his_adt" / "map.yaml", other / "channels" / name / "map.yaml")
    theirs = replace(Settings.of(other, tmp_path / "their_home", {"HOOK": "right"}), clock=lambda: NOW)

    async def work() -> None:
        receiving = Gateway(theirs, theirs.clock)
        await receiving.open(Ports(mllp=None, http=0))
        base = f"http://127.0.0.1:{receiving.told['http']}"
        with_out(
            home, f'{{name: hook, kind: http, address: "{base}/in/web_in", token: {{secret: HOOK}}}}',
            f'{{name: ws, kind: soap, address: "{base}/soap/ws_in", namespace: "urn:v", operation: Do, argument: arg0}}',
            f'{{name: wrong, kind: soap, address: "{base}/soap/ws_in", namespace: "urn:v", operation: Nope}}', '{name: share, kind: folder, address: "${YISHU_HOME}/out"}',
        )  # fmt: skip
        sending = Gateway(home, home.clock)
        await sending.open(Ports(mllp=0, http=None))
        reader, writer = await asyncio.open_connection("127.0.0.1", sending.told["mllp"])
        writer.write(START + a_message(1) + END)
        await asyncio.wait_for(reader.readuntil(END), 20)
        writer.close()
        outbox = Outbox(home.home, home.clock)
        for _ in range(600):
            if len(outbox.of(1)) == 4 and all(d.state != "waiting" for d in outbox.of(1)):
                break
            await asyncio.sleep(0.05)
        await sending.close()
        await receiving.close()
        assert {d.destination: d.state for d in outbox.of(1)} == {"his_adt/hook": "sent", "his_adt/ws": "sent", "his_adt/wrong": "parked", "his_adt/share": "sent"}

    asyncio.run(work())
    inbox = Inbox(theirs.home, theirs.clock)
    got = sorted((k.source, k.control_id, k.body == a_message(1), k.state) for k in inbox.all())  # each destination goes at its own pace
    assert got == [("web_in", "K1", True, State.WAITING), ("ws_in", "K1", True, State.WAITING)]
    inbox.close()
    assert (home.home / "out" / "M1-his_adt.hl7").read_bytes() == a_message(1)


def test_statuses_of_the_web_have_their_class() -> None:
    async def work() -> list[Fate]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            path = (await reader.readline()).split()[1].decode().strip("/")
            while (await reader.readline()).strip():
                pass
            body = an_ack(a_message(1), "AE") if path == "ae" else b""
            writer.write(f"HTTP/1.1 {200 if path == 'ae' else path} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        fates = []
        for path in ("200", "ae", "429", "503", "400", "302"):
            sender = WebSender(Destination("w", "http", f"{base}/{path}", seconds=5), None)
            fates.append((await sender.send(b"", "", "")).fate)
            await sender.close()
        server.close()
        return fates

    assert asyncio.run(work()) == [Fate.DELIVERED, Fate.TROUBLE, Fate.AWAY, Fate.AWAY, Fate.REFUSED, Fate.REFUSED]


def test_a_hospital_without_destinations_has_no_courier(home: Settings) -> None:
    inbox = Inbox(home.home, home.clock)
    assert couriers(home, inbox, {c.name: c for c in channels(home.hospital)}) == []
    inbox.close()
