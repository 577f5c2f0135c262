"""Post 投递: number, sign, encode and write the messages, one a file, and what is true of each."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yishu.demo.messages.adt import adt
from yishu.demo.messages.bills import bills
from yishu.demo.messages.bookings import bookings
from yishu.demo.messages.orders import orders
from yishu.demo.messages.results import results
from yishu.demo.messages.speech import Speech, segment, stamp
from yishu.demo.world import Columns, World

CHANNELS = ("his_adt", "his_orm", "lis_oru", "his_siu", "his_dft")
MOST = 20_000  # of one channel; the newest are kept
SENDERS = {"his_adt": "HIS", "his_orm": "HIS", "lis_oru": "LIS", "his_siu": "HIS", "his_dft": "HIS"}
SENT = {channel: channel[4:].upper() for channel in CHANNELS}  # first letters of a control id
STRUCTURE = {"ADT^A04": "ADT_A01", "ADT^A08": "ADT_A01", "ADT^A28": "ADT_A05", "ADT^A31": "ADT_A05", "ADT^A11": "ADT_A09", "ADT^A40": "ADT_A39", "SIU^S14": "SIU_S12", "SIU^S15": "SIU_S12", "SIU^S26": "SIU_S12"}


def charset(control: str) -> tuple[str, str]:
    """(codec of the bytes, what MSH-18 says): half GBK, near half UTF-8, one in twelve declared wrongly, some not at all."""
    at = zlib.crc32(control.encode()) % 100
    if at < 46:
        return "gb18030", "GB 18030-2000"
    if at < 84:
        return "utf-8", "UNICODE UTF-8"
    if at < 89:
        return "gb18030", "UNICODE UTF-8"
    if at < 92:
        return "utf-8", "GB 18030-2000"
    return ("gb18030" if at < 96 else "utf-8"), ""


def compose(speech: Speech, control: str) -> bytes:
    """The message as bytes (HL7 v2.5.1 §2.5): MSH in front, segments ended by CR."""
    codec, declared = charset(control)
    kind = f"{speech.trigger}^{STRUCTURE.get(speech.trigger, speech.trigger.replace('^', '_'))}"
    sender = SENDERS[speech.channel] + ("_ZY" if speech.table.startswith("ZY_") else "_MZ" if speech.channel != "lis_oru" else "")
    head = "MSH|^~\\&|" + segment("", f1=sender, f2="JLYY", f3="ESB", f4="YISHU", f5=stamp(speech.moment + 2), f7=kind, f8=control, f9="P", f10="2.5.1" if speech.channel == "lis_oru" else "2.4", f16=declared)[1:]
    return "".join(s + "\r" for s in (head, *speech.segments)).encode(codec)


MADE: dict[str, Callable[[World, Columns], Iterator[Speech]]] = {"his_adt": adt, "his_orm": orders, "lis_oru": results, "his_siu": bookings, "his_dft": bills}


@dataclass(frozen=True, slots=True)
class Posted:
    """What one channel has sent 一条通道的投递: how many files, and their two truths as CSV lines."""

    channel: str
    count: int
    listed: str
    told: str


def post(world: World, people: Columns, home: Path, channel: str) -> Posted:
    """Write `sources/messages/<channel>/NNNNNN.hl7` in order of time."""
    listed, told = io.StringIO(), io.StringIO()
    names, words = csv.writer(listed, lineterminator="\n"), csv.writer(told, lineterminator="\n")
    folder = home / "sources" / "messages" / channel
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.hl7"):
        old.unlink()
    speeches = sorted(MADE[channel](world, people), key=lambda s: (s.moment, s.trigger, s.table, s.key))[-MOST:]
    for n, speech in enumerate(speeches, 1):
        file, control = f"{n:06d}.hl7", f"{SENT[channel]}{stamp(speech.moment)[:8]}{n:06d}"
        (folder / file).write_bytes(compose(speech, control))
        names.writerow((channel, file, control, speech.trigger, speech.patient, speech.visit, speech.table, speech.key))
        for key, said in speech.values:
            words.writerows((control, DETAIL.get(speech.table, speech.table) if key != speech.key else speech.table, key, f, v) for f, v in said.items() if v)
    return Posted(channel, len(speeches), listed.getvalue(), told.getvalue())


def write_truth(posted: list[Posted], home: Path) -> dict[str, int]:
    """`truth_message.csv` and `truth_message_value.csv`, channel after channel; files by channel."""
    (home / "truth").mkdir(parents=True, exist_ok=True)
    order = {channel: n for n, channel in enumerate(CHANNELS)}
    parts = sorted(posted, key=lambda p: (order.get(p.channel, len(order)), p.channel))
    for name, header, text in (
        ("truth_message", "channel,file,control_id,type,patient_local_id,visit,table,key", "".join(p.listed for p in parts)),
        ("truth_message_value", "control_id,table,key,field,value", "".join(p.told for p in parts)),
    ):
        (home / "truth" / f"{name}.csv").write_text(f"{header}\n{text}", encoding="utf-8", newline="")
    return {p.channel: p.count for p in parts}


DETAIL = {"MZ_CFK": "MZ_CFMXK", "SF_BRJSK": "MZ_CFMXK", "lis_report": "lis_result"}
