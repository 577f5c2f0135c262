"""Doors of the gateway with real clients: HTTP, SOAP by zeep, TLS, folder; clear answers to bad input."""

import asyncio
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.needs import ROOT
from tests.unit.integration.test_inbox import a_message
from yishu.integration.adapters import soap
from yishu.integration.adapters.mllp import END, START
from yishu.integration.adapters.xml import BadXML, parse
from yishu.integration.channels import SoapContract, channel_faults, channels, route
from yishu.integration.gateway import Gateway, Ports
from yishu.integration.inbox import Inbox, State
from yishu.kernel import Settings

NOW = datetime(2026, 6, 30, 10)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "hospital"
    shutil.copytree(ROOT / "hospitals" / "model", folder)
    for name, lines in {
        "web_in": "label: 网页\nkind: http\naccepts: {types: [ADT]}\ntoken: {secret: DOOR_TOKEN}\n",
        "vendor": "label: 厂商\nkind: soap\naccepts: {types: [ADT]}\nsoap: {namespace: 'urn:vendor', operation: HIPMessageServer, argument: input, answer: result}\n",
        "doc_in": "label: 文档\nkind: soap\nformat: xml\naccepts: {types: [ADT]}\n",
        "drop": "label: 文件夹\nkind: file\nfolder: ${YISHU_HOME}/drop\naccepts: {types: [ADT]}\n",
    }.items():
        (folder / "sources" / f"{name}.yaml").write_text(lines)
        (folder / "channels" / name).mkdir()
        shutil.copy(folder / "channels" / "his_adt" / "map.yaml", folder / "channels" / name / "map.yaml")
    (tmp_path / "home" / "drop").mkdir(parents=True)
    return replace(Settings.of(folder, tmp_path / "home", {"DOOR_TOKEN": "right"}), clock=lambda: NOW)


@asynccontextmanager
async def a_gateway(settings: Settings, ports: Ports):
    gateway = Gateway(settings, settings.clock)
    await gateway.open(ports)
    try:
        yield gateway
    finally:
        await gateway.close()


def kept(settings: Settings) -> list[tuple[str, str, State]]:
    inbox = Inbox(settings.home, settings.clock)
    try:
        return [(k.source, k.control_id if k.kind != "XML" else "", k.state) for k in inbox.all()]
    finally:
        inbox.close()


def test_the_channels_of_the_model_hospital_are_sound_and_choose_by_sender_and_type() -> None:
    folder = ROOT / "hospitals" / "model"
    assert channel_faults(folder) == ()
    specs = channels(folder)
    found = {kind: spec.name for sender, kind in [("HIS_MZ", "ADT^A04"), ("LIS", "ORU^R01"), ("HIS_MZ", "SIU^S12"), ("HIS_ZY", "DFT^P03"), ("HIS_ZY", "ORM^O01")] if (spec := route(specs, sender, kind))}
    assert found == {"ADT^A04": "his_adt", "ORU^R01": "lis_oru", "SIU^S12": "his_siu", "DFT^P03": "his_dft", "ORM^O01": "his_orm"}
    assert route(specs, "HIS_MZ", "MFN^M02") is None


def test_http_and_soap_by_real_clients(settings: Settings) -> None:
    async def work() -> None:
        async with a_gateway(settings, Ports(mllp=None, http=0)) as gateway, httpx.AsyncClient() as client:
            base = f"http://127.0.0.1:{gateway.told['http']}"
            right = {"Authorization": "Bearer right"}
            accepted = await client.post(f"{base}/in/web_in", content=a_message(1), headers=right)
            assert (accepted.status_code, b"MSA|AA|M00001" in accepted.content) == (200, True)
            assert (await client.post(f"{base}/in/web_in", content=a_message(1))).status_code == 401
            assert (await client.post(f"{base}/in/web_in", content=b"\xff\xff", headers=right)).status_code == 400
            assert (await client.post(f"{base}/in/web_in", content=b"x" * (17 << 20), headers=right)).status_code == 413
            assert (await client.post(f"{base}/in/nobody", content=b"x")).status_code == 404
            answer = await asyncio.to_thread(_zeep, f"{base}/soap/vendor?wsdl", a_message(2).decode())
            assert "MSA|AA|M00002" in answer
            document = await client.post(f"{base}/soap/doc_in", content=_envelope("SendMessage", "message", "<![CDATA[<病人><姓名>王</姓名></病人>]]>").encode())
            assert '"code": "AA"' in document.text.replace("&quot;", '"')
            bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + _envelope("SendMessage", "message", "&b;")
            refused = await client.post(f"{base}/soap/doc_in", content=bomb.encode())
            assert refused.status_code == 500 and "Fault" in refused.text

    asyncio.run(work())
    assert kept(settings) == [("web_in", "M00001", State.WAITING), ("web_in", "", State.QUARANTINED), ("vendor", "M00002", State.WAITING), ("doc_in", "", State.WAITING)]


def _zeep(wsdl: str, text: str) -> str:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import zeep

        return str(zeep.Client(wsdl).service.HIPMessageServer(text))


def _envelope(operation: str, argument: str, text: str) -> str:
    return f'<s:Envelope xmlns:s="{soap.V11}"><s:Body><{operation} xmlns="urn:x"><{argument}>{text}</{argument}></{operation}></s:Body></s:Envelope>'


def test_a_tls_client_and_a_folder_drop(settings: Settings, tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    (settings.home / "drop" / "a.hl7").write_bytes(a_message(7) + b"\r" + a_message(8))

    async def work() -> bytes:
        async with a_gateway(settings, Ports(mllp=0, http=None, tls_cert=cert, tls_key=key)) as gateway:
            trusting = ssl.create_default_context(cafile=str(cert))
            trusting.check_hostname = False
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.told["mllp"], ssl=trusting)
            writer.write(START + a_message(1).replace(b"|HIS|", b"|HIS_MZ|") + END)
            reply = await asyncio.wait_for(reader.readuntil(END), 10)
            writer.close()
            for _ in range(400):
                if not list((settings.home / "drop").glob("*.hl7")):
                    return reply
                await asyncio.sleep(0.05)
            return b""

    assert b"MSA|AA|M00001" in asyncio.run(work())
    assert sorted(name for name, _, _ in kept(settings)) == ["drop", "drop", "his_adt"]
    assert (settings.home / "drop" / "taken" / "a.hl7").exists()


@pytest.mark.parametrize("bad", [b"", b"<a>", b"<!DOCTYPE a><a/>", b"\x00\x01", b"<a>" * 5000, "<a>错</b>".encode()])
def test_bad_xml_is_refused_in_words(bad: bytes) -> None:
    with pytest.raises(BadXML):
        parse(bad)


def test_both_versions_of_soap_and_all_ways_to_write_the_argument() -> None:
    contract = SoapContract(operation="Do", argument="arg0")
    for version in (soap.V11, soap.V12):
        for text in ("<![CDATA[<x>1</x>]]>", "&lt;x&gt;1&lt;/x&gt;", "<x>1</x>"):
            call = soap.read(f'<e:Envelope xmlns:e="{version}"><e:Body><Do><arg0>{text}</arg0></Do></e:Body></e:Envelope>'.encode(), contract)
            assert (call.version, call.argument) == (version, "<x>1</x>")
            assert version == soap.V12 or b"DoResponse" in soap.answer(call, contract, "好")


@pytest.mark.parametrize("name", ["s:x:y:z", "s:s:"])
def test_a_name_with_two_colons_is_no_name_even_where_the_parser_lets_it_pass(name: str) -> None:
    """Under a default namespace libxml2 only warns of it."""
    with pytest.raises(BadXML):
        soap.read(f'<s:Envelope xmlns:s="{soap.V11}"><s:Body><{name} xmlns="u"/></s:Body></s:Envelope>'.encode(), SoapContract(operation="Do", argument="arg0"))
    with pytest.raises(BadXML):
        soap.answered(f'<s:Envelope xmlns:s="{soap.V11}"><s:Body><{name} xmlns="u"/></s:Body></s:Envelope>'.encode())
