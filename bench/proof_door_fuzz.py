"""Fuzz the doors: broken HL7, XML and SOAP; no crash (anything but our own refusals), nothing over 50 ms, round trip exact."""

from __future__ import annotations

import random
import time
from datetime import datetime

from bench.proof import ROOT, Outcome
from yishu.integration.adapters import soap
from yishu.integration.adapters.fhir import bundle
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.hl7v2.ack import Outcome as Ack
from yishu.integration.adapters.hl7v2.ack import acknowledge
from yishu.integration.adapters.xml import parse
from yishu.integration.channels import SoapContract, channels
from yishu.integration.door import merged_key, patient_key
from yishu.kernel.errors import YishuError

TITLE = "入口模糊测试：HL7、XML、SOAP"
UNIT = "个输入"
SLOW = 0.05
_NOW = datetime(2026, 1, 1)
HL7 = (
    "MSH|^~\\&|HIS_MZ|J|E|Y|20260101080000||ADT^A08^ADT_A01|M1|P|2.4|||AL|NE|CHN|UNICODE UTF-8\rEVN|A08|20260101\r"
    "PID|1||123^^^HIS_MZ^PI~4401^^^MOI^NI||欧阳^锋||19800102|M|||路^^市||138^PRN\rPV1|1|O|0403^^^HQ||||1^王||||0403|||||||||990||||||||||||||||||||||||||20260101\r"
    "OBR|1|P|F|GLU^糖|||2026\rOBX|1|NM|1^a||5.6|mmol/L|3-6|H|||F\rOBX|2|SN|1^a||>^1^:^2\rZGH|0|普\r"
).encode()
SOAP = f'<s:Envelope xmlns:s="{soap.V11}"><s:Body><Do xmlns="urn:x"><arg0><![CDATA[<a b="1">王&amp;</a>]]></arg0></Do></s:Body></s:Envelope>'.encode()
PIECES = [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"MSH", b"PID|", b"OBX|", b'""', b"\x0b", b"\x1c", b"\xff", b"\x81\x5e", b"<", b">", b"&#0;", b"]]>", b"<!DOCTYPE a [", b"<![CDATA[", b"</", b"\x00", b"\\X0D\\", b"\\.br\\", b"\\H\\"]


def mutate(rng: random.Random, seed: bytes) -> bytes:
    """One to eight changes: bytes flipped, cut, doubled, moved, pieces of grammar put in."""
    raw = bytearray(seed)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(raw) + 1)
        dice = rng.randrange(6)
        if dice == 0 and raw:
            raw[at - 1] = rng.randrange(256)
        elif dice == 1:
            del raw[at : at + rng.randint(1, 40)]
        elif dice == 2:
            raw[at:at] = raw[at : at + rng.randint(1, 60)] * rng.randint(1, 3)
        elif dice == 3:
            raw[at:at] = rng.choice(PIECES) * rng.choice((1, 1, 1, 30))
        elif dice == 4:
            raw = raw[:at]
        else:
            other = rng.randrange(len(raw) + 1)
            raw[at:at] = raw[other : other + 20]
    return bytes(raw)


def run(seed: int, seconds: float) -> Outcome:
    """As many as fit, at most a million a run."""
    rng, until = random.Random(seed), time.monotonic() + seconds
    specs = channels(ROOT / "hospitals" / "model")
    contract = SoapContract(operation="Do", argument="arg0")
    count = crashes = slow = changed = refused = 0
    kinds: dict[str, int] = {}
    while count < 1_000_000 and time.monotonic() < until:
        hl7 = count % 3 != 2
        raw = mutate(rng, HL7 if hl7 else SOAP)
        began = time.thread_time()
        try:
            if hl7:
                message = Message.read(raw)
                changed += message.encode() != raw or message.rebuilt() != raw
                patient_key(message)
                merged_key(message)
                acknowledge(message, Ack.ACCEPTED, _NOW, "1")
                for spec in specs[: 1 + count % len(specs)]:
                    spec.map.rows(message)
                if count % 4 == 0:
                    bundle(message)
            else:
                parse(raw)
                soap.read(raw, contract)
        except YishuError:
            refused += 1
        except Exception as error:
            crashes += 1
            kinds[type(error).__name__] = kinds.get(type(error).__name__, 0) + 1
        slow += time.thread_time() - began > SLOW
        count += 1
    return Outcome(count, crashes + changed + slow, {"refused": refused, "crashes": kinds, "slow": slow, "changed": changed})

