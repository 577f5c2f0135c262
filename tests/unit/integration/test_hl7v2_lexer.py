"""The HL7 v2 lexer: lossless, lazy, at home in Chinese bytes."""

import csv
import io
import zipfile

import hl7 as python_hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.needs import data_dir
from yishu.integration.adapters.hl7v2 import CharsetPolicy, Message, UndecodableMessage, decode, split_batch
from yishu.integration.adapters.hl7v2.charset import Mode
from yishu.integration.adapters.hl7v2.errors import MalformedMessage
from yishu.integration.adapters.hl7v2.lexer import Separators, escape, unescape

A01 = (
    "MSH|^~\\&|HIS|总院|YS|YS|20250601083000||ADT^A01^ADT_A01|M0001|P|2.5.1||||||UNICODE UTF-8\r"
    "PID|1||000123^^^HIS^MR~440524188001010014^^^CN^NI||欧阳^锋||18800101|M\r"
    "ZZ1|原样|保留|\r"
    "PV1|1|I|骨科一病区^^12\r"
)


def test_values_by_path() -> None:
    message = Message(A01)
    assert message.kind == "ADT^A01"
    assert message.control_id == "M0001"
    assert message.get("MSH-1") == "|"
    assert message.get("MSH-2") == "^~\\&"
    assert message.get("PID-3.1") == "000123"
    assert message.get("PID-3[2].5") == "NI"
    assert message.get("PID-5") == "欧阳"
    assert message.get("PV1-3.3") == "12"
    assert message.get("PID-40") == message.get("OBX-5") == message.get("PID-3[9]") == ""
    assert message.get("ZZ1") == "ZZ1|原样|保留|"


@pytest.mark.parametrize(
    ("raw", "said"),
    [("\\F\\", "|"), ("a\\S\\b", "a^b"), ("\\E\\", "\\"), ("x\\.br\\y", "x\ny"), ("\\X4142\\", "AB"), ("50\\%", "50\\%"), ("\\Zx\\", "\\Zx\\")],
)
def test_escapes(raw: str, said: str) -> None:
    assert unescape(raw, Separators()) == said


@given(st.text())
def test_escape_and_back(text: str) -> None:
    signs = Separators()
    back = unescape(escape(text, signs), signs)
    assert back == text


def test_decoding_comes_before_splitting() -> None:
    # 億 ends in 0x7C in GBK: cutting bytes at `|` would cut the character in two
    name = "億"
    assert name.encode("gbk")[1:] == b"|"
    raw = A01.replace("欧阳", name).replace("UNICODE UTF-8", "ASCII").encode("gb18030")
    message = Message.read(raw)
    assert message.charset == "gb18030"
    assert message.get("PID-5") == name
    assert message.get("PID-8") == "M"
    assert message.encode() == message.rebuilt() == raw


def test_a_wrong_msh_18_is_only_a_hint() -> None:
    raw = A01.encode("gb18030")
    text, charset = decode(raw, CharsetPolicy(Mode.DECLARED))
    assert (text, charset) == (A01, "gb18030")


def test_undecodable_bytes_are_refused() -> None:
    with pytest.raises(UndecodableMessage) as caught:
        Message.read(b"MSH|^~\\&|\xff\xff\x80|")
    assert caught.value.code == "hl7.undecodable"


@pytest.mark.parametrize("raw", [b"", b"MSH", b"PID|1", b"MSHA^~", b"MSH|", b"MSH||||", b"\x00\x01"])
def test_a_bad_head_is_malformed_not_a_crash(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Message.read(raw)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tail: bytes) -> None:
    try:
        message = Message.read(b"MSH|^~\\&|" + tail)
    except (UndecodableMessage, MalformedMessage):
        return
    assert message.rebuilt() == message.encode() == b"MSH|^~\\&|" + tail
    for segment in message.segments():
        for number in range(len(segment.fields()) + 1):
            segment[number].value(1, 1, 1)


def test_other_encoding_characters() -> None:
    message = Message("MSH$%~*#$HIS\rPID$1$$7%%%X#Y\r")
    assert message.get("PID-3") == "7"
    assert message.get("PID-3.4.2") == "Y"


def test_batches_are_split() -> None:
    batch = "FHS|^~\\&|a\rBHS|^~\\&|a\r" + A01 + A01 + "BTS|2\rFTS|1\r"
    assert split_batch(batch) == [A01, A01]
    assert split_batch(A01) == [A01]


def _given() -> list[tuple[str, bytes]]:
    folder = data_dir() / "hl7v2"
    archive = zipfile.ZipFile(folder / "messages.zip")
    names = [row["path"] for row in csv.DictReader(io.StringIO((folder / "manifest.csv").read_text()))]
    return [(name, archive.read(name)) for name in names]


@pytest.mark.needs("data:hl7v2")
def test_every_given_message_round_trips_byte_for_byte() -> None:
    files = _given()
    assert len(files) == 402
    refused = []
    for name, raw in files:
        text, charset = decode(raw)
        for body in split_batch(text):
            try:
                message = Message(body, charset)
            except MalformedMessage:
                refused.append(name)
                continue
            assert message.rebuilt() == body.encode(charset)
    # two files whose MSH-2 names one sign twice: quarantined, with the field named
    assert [name.rsplit("/", 1)[-1] for name in refused] == ["Lyme_WithBadDelimiters.txt", "sample_win.hl7"]


@pytest.mark.needs("data:hl7v2")
def test_fields_agree_with_python_hl7() -> None:
    compared = 0
    for name, raw in _given():
        text, charset = decode(raw)
        if "\n" in text or len(split_batch(text)) != 1 or not text.startswith("MSH|^~\\&|"):
            text = split_batch(text)[0].replace("\r\n", "\r").replace("\n", "\r")
        if not text.startswith("MSH|^~\\&|"):
            continue
        ours = [s for s in Message(text, charset).segments() if s.text.strip()]
        theirs = [s for s in python_hl7.parse(text) if str(s)]
        assert len(ours) == len(theirs), name
        for mine, other in zip(ours, theirs, strict=True):
            if mine.text != mine.text.strip() or mine.name in ("MSH", "FHS", "BHS"):
                continue
            assert [mine.raw(n) for n in range(len(mine.fields()))] == [str(f) for f in other], (name, mine.name)
            compared += len(other)
    assert compared > 50_000


def test_a_bare_head_in_the_middle_comes_back_as_it_came() -> None:
    raw = b"MSH|^~\\&|A\rMSH\rPID|1\r"
    assert Message.read(raw).rebuilt() == raw
