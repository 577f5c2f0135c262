"""Character sets 字符集: decode before splitting, since the second byte of a GBK character can be `|`, `\\`, `^` or `~`."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import Enum

from yishu.integration.adapters.hl7v2.errors import UndecodableMessage


class Mode(Enum):
    """How a source's character set is told 字符集策略."""

    DECLARED = "declared"   # MSH-18 is believed where the bytes agree, else detection
    FORCED = "forced"       # the source's own setting, whatever MSH-18 says
    DETECT = "detect"       # valid UTF-8, then strict GB18030, else quarantine


@dataclass(frozen=True, slots=True)
class CharsetPolicy:
    """A source's policy; `name` is used by `forced` only."""

    mode: Mode = Mode.DETECT
    name: str = "gb18030"


# HL7 table 0211 and what vendors write for it
MSH18 = {
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "GB 18030-2000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "8859/1": "latin-1",
}


def decode(raw: bytes, policy: CharsetPolicy | None = None) -> tuple[str, str]:
    """The text of a message and the codec that read it; the text encodes back to the same bytes.

    A byte order mark stays in the text's codec (`utf-8-sig`), so that the round trip is exact.
    Raises UndecodableMessage.
    """
    policy = policy or CharsetPolicy()
    if policy.mode is Mode.FORCED:
        tried: tuple[str, ...] = (policy.name,)
    elif raw.startswith(codecs.BOM_UTF8):
        tried = ("utf-8-sig",)
    else:
        hint = _hint(raw) if policy.mode is Mode.DECLARED else None
        tried = tuple(dict.fromkeys(name for name in (hint, "utf-8", "gb18030") if name))
    for name in tried:
        try:
            text = raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        # strict UTF-8 is exact by definition; GB18030 has a few doubled code points, where the bytes would change
        if name == "utf-8" or text.encode(name) == raw:
            return text, name
    raise UndecodableMessage(
        "hl7.undecodable",
        f"消息字节不是{'、'.join(tried)}中的任何一种",
        hint="查看原始字节，或在来源里写明 charset: {policy: forced, name: …}",
        where="MSH-18",
    )


def _hint(raw: bytes) -> str | None:
    line = raw.split(b"\r", 1)[0].split(b"\n", 1)[0]
    if len(line) < 4:
        return None
    fields = line.split(line[3:4])
    if len(fields) <= 17:
        return None
    return MSH18.get(fields[17].split(b"~")[0].decode("ascii", "ignore").strip().upper())
