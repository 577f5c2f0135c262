"""One fuzzed input through the doors 一个模糊输入, and structure-aware changes of it; `python -m bench.fuzz_doors` runs atheris on them.

Each door (hl7, xml, soap) has its own run and corpus. HL7 is changed by segments, fields,
repetitions, components and separators, XML by elements, text, namespaces and declarations; libFuzzer keeps what reaches new code.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[1]
SLOW = 0.05
LONGEST = 6_000
_NOW = datetime(2026, 1, 1)
HL7 = (
    "MSH|^~\\&|HIS_MZ|J|E|Y|20260101080000||ADT^A08^ADT_A01|M1|P|2.4|||AL|NE|CHN|UNICODE UTF-8\rEVN|A08|20260101\r"
    "PID|1||123^^^HIS_MZ^PI~4401^^^MOI^NI||欧阳^锋||19800102|M|||路^^市||138^PRN\rPV1|1|O|0403^^^HQ||||1^王||||0403|||||||||990||||||||||||||||||||||||||20260101\r"
    "OBR|1|P|F|GLU^糖|||2026\rOBX|1|NM|1^a||5.6|mmol/L|3-6|H|||F\rOBX|2|SN|1^a||>^1^:^2\rMRG|124\rZGH|0|普\r"
)
XML = '<?xml version="1.0" encoding="utf-8"?><a xmlns="urn:x" b="1"><b>王&amp;磊</b><c/><![CDATA[<d>]]></a>'
V11, V12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
SOAP = '<s:Envelope xmlns:s="{0}"><s:Header/><s:Body><Do xmlns="urn:x"><arg0><![CDATA[{1}]]></arg0></Do></s:Body></s:Envelope>'
VALUES = (
    "", '""', "20260231", "20261301250000", "2026", "20260101080000.1234+2359", "-1", "1e999", "NaN", "张三", "𠮷", "é", "\\X0D\\", "\\X", "\\.br\\", "\\F\\", "\\E\\\\", "\\H\\x\\N\\",
    "\\Xzz\\", "\x00", "\x0b", "\x1c", "\x1c\r", "\n", "\r\n", "a" * 300, "^" * 200, "~" * 200, "&" * 200, "|" * 200, "\\" * 200, "<a>", "]]>", "' OR 1=1", "${x}", "../..", "\ufeff", "\u202e", "^>^1^:^2",
)  # fmt: skip
KINDS = ("ADT^A01", "ADT^A40", "ORU^R01", "ORM^O01", "SIU^S12", "DFT^P03", "RDE^O11", "MDM^T02", "VXU^V04", "MFN^M02", "ACK", "", "^", "ADT^A40^ADT_A39", "x" * 80)
CHARSETS = ("utf-8", "gbk", "gb18030", "utf-16", "latin-1", "utf-8-sig")
XML_BITS = (
    "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>", "<!DOCTYPE a [<!ENTITY a 'aa'><!ENTITY b '&a;&a;&a;'>]>", "&x;", "&#0;", "&#x110000;", "<![CDATA[", "]]>", "<!--", "-->", "<?x?>", "</", "<a" + " b='1'" * 40 + ">",
    "<a>" * 250, "xmlns=''", 'xmlns:s="urn:y"', "<?xml version='1.1'?>", "<?xml version='1.0' encoding='gb18030'?>", "<?xml version='1.0' encoding='utf-32'?>", "<s:Body>", "</s:Body>", "<arg0>", "<arg0/>", "<Do/>", "<Do>", "\ufffe",
)  # fmt: skip


def hl7_change(rng: random.Random, raw: bytes) -> bytes:
    """One change of an HL7 message where its structure lies, kept in some character set."""
    text = raw.decode("utf-8", "surrogateescape")
    lines = text.split("\r")
    sign = text[3:4] or "|"
    dice = rng.randrange(12)
    at = rng.randrange(len(lines))
    if dice == 0:
        del lines[at]
    elif dice == 1:
        lines.insert(rng.randrange(len(lines) + 1), lines[at])
    elif dice == 2:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif dice == 3:
        lines.insert(at, rng.choice(("PID", "PV1", "OBX", "MRG", "ZZZ", "MSH", "BHS", "BTS", "", "Pid", "OB")) + sign + sign.join(rng.choice(VALUES) for _ in range(rng.randrange(30))))
    elif dice == 4:
        signs = "".join(rng.sample("|^~\\&#$%*!;:,+'\"@", rng.randint(1, 6)))
        if text.startswith("MSH") and rng.random() < 0.7:
            return (text.translate(str.maketrans(text[3:8].ljust(5)[:5], (signs * 5)[:5]))).encode("utf-8", "surrogateescape")
        lines[0] = "MSH" + signs + lines[0][8:]
    elif dice == 5:
        return text.replace("\r", rng.choice(("\n", "\r\n", "\r\r", "\x85", "\u2028"))).encode("utf-8", "surrogateescape")
    elif dice == 6:
        fields = lines[0].split(sign)
        fields += [""] * (20 - len(fields))
        fields[8] = rng.choice(KINDS)
        fields[17] = rng.choice(("", "GBK", "GB18030-2000", "UNICODE UTF-8", "8859/1", "~ISO IR87", "x"))
        lines[0] = sign.join(fields)
    elif dice == 7:
        return text.encode(rng.choice(CHARSETS), "replace")
    else:
        fields = lines[at].split(sign)
        field = rng.randrange(len(fields))
        inner = rng.choice("^~&")
        parts = fields[field].split(inner)
        part = rng.randrange(len(parts))
        if dice == 8:
            parts[part] = rng.choice(VALUES)
        elif dice == 9:
            parts.insert(part, parts[part] * rng.choice((1, 2, 40)))
        elif dice == 10:
            parts[part] += rng.choice(VALUES)
        else:
            del fields[field]
            fields.append(rng.choice(VALUES))
            field, parts = len(fields) - 1, [fields[-1]]
        fields[field] = inner.join(parts)
        lines[at] = sign.join(fields)
    return "\r".join(lines).encode("utf-8", "surrogateescape")


def xml_change(rng: random.Random, raw: bytes) -> bytes:
    """One change of a document at its tags, text, namespaces or declarations."""
    text = raw.decode("utf-8", "surrogateescape")
    tags = [m.span() for m in re.finditer(r"<[^<>]*>", text)] or [(0, 0)]
    begin, end = tags[rng.randrange(len(tags))]
    dice = rng.randrange(9)
    if dice == 0:
        text = text[:begin] + text[end:]
    elif dice == 1:
        text = text[:end] + text[begin:end] * rng.choice((1, 3, 60)) + text[end:]
    elif dice == 2:
        text = text[:end] + rng.choice(XML_BITS) + text[end:]
    elif dice == 3:
        text = rng.choice(XML_BITS) + text
    elif dice == 4:
        text = text.replace(rng.choice((V11, V12, "urn:x")), rng.choice((V11, V12, "urn:x", "", "urn:z")))
    elif dice == 5:
        text = text[:end] + rng.choice(VALUES) + text[end:]
    elif dice == 6:
        text = text.replace(rng.choice(("Envelope", "Body", "Do", "arg0", "s:")), rng.choice(("Envelope", "Body", "Do", "arg0", "s:", "", "x:y:z")))
    elif dice == 7:
        return text.encode(rng.choice(CHARSETS), "replace")
    else:
        inside = re.search(r"(?s)<!\[CDATA\[(.*?)\]\]>", text)
        if inside:
            text = text[: inside.start(1)] + hl7_change(rng, inside[1].encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape") + text[inside.end(1) :]
    return text.encode("utf-8", "surrogateescape")


def tree_change(rng: random.Random, raw: bytes) -> bytes:
    """One change of a document that leaves it well-formed; as it came where it is not."""
    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False))
        nodes = [n for n in root.iter() if isinstance(n.tag, str)]
        node, other = rng.choice(nodes), rng.choice(nodes)
        dice = rng.randrange(7)
        if dice == 0 and node is not root:
            node.getparent().remove(node)
        elif dice == 1:
            node.extend([deepcopy(other) for _ in range(rng.choice((1, 2, 20)))])
        elif dice == 2:
            node.tag = rng.choice((f"{{{V11}}}Envelope", f"{{{V12}}}Body", "{urn:x}Do", "arg0", "{urn:x}arg0", "王"))
        elif dice == 3:
            node.text = rng.choice(VALUES)
        elif dice == 4:
            node.tail = rng.choice(VALUES)
        elif dice == 5:
            node.set(rng.choice(("a", "encodingStyle", "{urn:y}z")), rng.choice(VALUES))
        else:
            node.text = etree.CDATA(hl7_change(rng, (node.text or HL7).replace("\n", "\r").encode()).decode())
        return etree.tostring(root, encoding=rng.choice(("utf-8", "utf-8", "gb18030", "utf-16")), xml_declaration=True)
    except (etree.XMLSyntaxError, ValueError, UnicodeError, LookupError):
        return raw


def change(door: str, raw: bytes, rng: random.Random, bytewise: Callable[[bytes, int], bytes]) -> bytes:
    """One to six changes where the structure lies, now and then one of bytes."""
    for _ in range(rng.choice((1, 1, 2, 3, 6) if door == "hl7" else (1, 1, 2))):
        if rng.random() < 0.15:
            raw = bytewise(raw, LONGEST)
        else:
            raw = (hl7_change if door == "hl7" else tree_change if rng.random() < 0.6 else xml_change)(rng, raw)
    return raw[:LONGEST]


def seeds(door: str) -> list[bytes]:
    """What is changed first: messages, documents, calls of both SOAP versions."""
    soaps = [SOAP.format(v, inside).encode() for v in (V11, V12) for inside in (HL7, XML)]
    return {"hl7": [HL7.encode(), HL7.encode("gb18030")], "xml": [XML.encode(), soaps[3]], "soap": soaps}[door]


class Doors:
    """The doors 入口 as a fuzzed input sees them, and what became of the inputs."""

    def __init__(self, door: str, tally: Path | None = None) -> None:
        from yishu.integration.channels import SoapContract, channels

        self.specs, self.contract, self.tally = channels(ROOT / "hospitals" / "model"), SoapContract(operation="Do", argument="arg0", namespace="urn:x"), tally
        self.take: Callable[[bytes], None] = {"hl7": self._hl7, "xml": self._xml, "soap": self._soap}[door]
        self.count = self.refused = self.slow = self.changed = 0
        self.crashes: dict[str, int] = {}
        self._told = 0.0

    def __call__(self, data: bytes) -> None:
        """Take one input; an input is slow when it takes over 50 ms of processor time three times in a row."""
        from yishu.kernel.errors import YishuError

        best = 9.0
        for _ in range(3):
            began = time.thread_time()
            try:
                self.take(data)
            except YishuError:
                self.refused += best == 9.0
            except Exception as error:
                name = f"{type(error).__name__}: {str(error)[:80]}"
                self.crashes[name] = self.crashes.get(name, 0) + (best == 9.0)
            best = min(best, time.thread_time() - began)
            if best <= SLOW:
                break
        self.slow += best > SLOW
        self.count += 1
        if self.tally is not None and (self.count % 500 == 0) and time.monotonic() - self._told > 0.5:
            self.tell()

    def tell(self) -> None:
        """Write what was seen."""
        self._told = time.monotonic()
        if self.tally is not None:
            part = self.tally.with_suffix(".part")
            part.write_text(json.dumps({"count": self.count, "refused": self.refused, "crashes": self.crashes, "slow": self.slow, "changed": self.changed}))
            part.rename(self.tally)

    def _hl7(self, raw: bytes) -> None:
        from yishu.integration.adapters.fhir import bundle
        from yishu.integration.adapters.hl7v2 import Message
        from yishu.integration.adapters.hl7v2.ack import Outcome, acknowledge
        from yishu.integration.adapters.hl7v2.lexer import split_bytes
        from yishu.integration.door import merged_key, patient_key
        from yishu.integration.message_map import MapFault

        split_bytes(raw)
        message = Message.read(raw)
        self.changed += message.encode() != raw or message.rebuilt() != raw
        patient_key(message)
        merged_key(message)
        said = acknowledge(message, Outcome.ACCEPTED, _NOW, "1")
        if said is not None:
            said.encode(message.charset, "replace")
        spec = self.specs[self.count % len(self.specs)]
        try:
            spec.map.rows(message)
        except MapFault:
            self.refused += 1
        if self.count % 64 == 0:
            bundle(message)

    def _xml(self, raw: bytes) -> None:
        from yishu.integration.adapters.xml import parse

        parse(raw)

    def _soap(self, raw: bytes) -> None:
        from yishu.integration.adapters import soap

        call = soap.read(raw, self.contract)
        soap.answer(call, self.contract, call.argument[:200])
        self._hl7(call.argument.replace("\n", "\r").encode("utf-8", "surrogatepass"))


def main() -> None:
    """`python -m bench.fuzz_doors DOOR TALLY CORPUS [libFuzzer flags]`."""
    import atheris

    with atheris.instrument_imports(include=["yishu.integration.adapters", "yishu.integration.door", "yishu.integration.message_map"]):
        import yishu.integration.adapters.hl7v2.ack
        import yishu.integration.adapters.soap
        import yishu.integration.door  # noqa: F401
    door, corpus = sys.argv[1], Path(sys.argv[3])
    doors = Doors(door, Path(sys.argv[2]))
    for number, seed in enumerate(seeds(door)):
        (corpus / f"seed-{number}").write_bytes(seed)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        return change(door, bytes(data), random.Random(seed), atheris.Mutate)[:size]

    atheris.Setup([sys.argv[0], str(corpus), *sys.argv[4:]], doors, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
