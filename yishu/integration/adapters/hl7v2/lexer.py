"""Lexer 词法: an HL7 v2 message (HL7 v2.5.1 §2.5-2.7) cut lazily, by segment, field, repetition, component, subcomponent.

Nothing is lost: Z segments, trailing separators, empty lines and line ends stay as they came, and `Message.encode` gives
the bytes back. Any encoding characters of MSH-1 and MSH-2 are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from yishu.integration.adapters.hl7v2.charset import CharsetPolicy, decode
from yishu.integration.adapters.hl7v2.errors import MalformedMessage

_ENDS = re.compile(r"\r\n|\r|\n")
_PATH = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?\Z")
_HEADS = ("MSH", "FHS", "BHS")


@dataclass(frozen=True, slots=True)
class Separators:
    """Encoding characters 分隔符 (MSH-1, MSH-2); `subcomponent` or `escape` may be absent."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @staticmethod
    def of(head: str) -> Separators:
        """From a text that begins with MSH, FHS or BHS. Raises MalformedMessage."""
        if len(head) < 5 or head[:3] not in _HEADS:
            raise MalformedMessage("hl7.no_msh", "消息不以 MSH 开头", hint="检查发送方是否按 HL7 v2 发送", where="MSH")
        field = head[3]
        told = _ENDS.split(head[4:], maxsplit=1)[0].split(field, 1)[0]
        signs = (field, *told[:4])
        if field.isalnum() or field.isspace() or len(told) < 1 or len(set(signs)) != len(signs) or any(s.isalnum() for s in signs):
            raise MalformedMessage(
                "hl7.bad_separators", f"MSH-1/MSH-2 的分隔符不可用：{head[3:8]!r}", hint="常用为 |^~\\&", where="MSH-2"
            )
        rest = (*told[:4], "", "", "", "")
        return Separators(field, rest[0], rest[1], rest[2], rest[3])


class Field:
    """One field 字段: its text as it came; parts on demand, escapes undone by `value`."""

    __slots__ = ("separators", "text")

    def __init__(self, text: str, separators: Separators) -> None:
        self.text = text
        self.separators = separators

    def repetitions(self) -> list[str]:
        """The repetitions 重复 as raw text."""
        sign = self.separators.repetition
        return self.text.split(sign) if sign else [self.text]

    def value(self, repetition: int = 1, component: int = 1, subcomponent: int | None = None) -> str:
        """One part's text with escapes undone; '' where it is absent. Counting starts at 1."""
        parts = self.repetitions()
        if repetition > len(parts):
            return ""
        components = parts[repetition - 1].split(self.separators.component)
        if component > len(components):
            return ""
        text = components[component - 1]
        if subcomponent is not None:
            subs = text.split(self.separators.subcomponent) if self.separators.subcomponent else [text]
            text = subs[subcomponent - 1] if subcomponent <= len(subs) else ""
        return unescape(text, self.separators)


class Segment:
    """One segment 段: name, and fields numbered as the standard does (MSH-1 is the separator itself)."""

    __slots__ = ("_fields", "separators", "text")

    def __init__(self, text: str, separators: Separators) -> None:
        self.text = text
        self.separators = separators
        self._fields: list[str] | None = None

    @property
    def name(self) -> str:
        """The three letters 段名 (as they stand, also for Z segments)."""
        return self.text[:3]

    def fields(self) -> list[str]:
        """The raw fields; index = field number, index 0 the segment's name."""
        if self._fields is None:
            parts = self.text.split(self.separators.field)
            if parts[0] in _HEADS and len(parts) > 1:
                parts.insert(1, self.separators.field)
            self._fields = parts
        return self._fields

    def raw(self, number: int) -> str:
        """One field's raw text; '' where it is absent."""
        parts = self.fields()
        return parts[number] if number < len(parts) else ""

    def __getitem__(self, number: int) -> Field:
        text = self.raw(number)
        plain = self.name in _HEADS and number in (1, 2)
        return Field(text, _NONE if plain else self.separators)

    def joined(self) -> str:
        """The segment put together again from its fields; equal to `text`."""
        parts = self.fields()
        if parts[0] in _HEADS and len(parts) > 1:
            return parts[0] + self.separators.field + self.separators.field.join(parts[2:])
        return self.separators.field.join(parts)


_NONE = Separators(field="\0", component="\0", repetition="\0", escape="", subcomponent="\0")


class Message:
    """One message 消息. Reading costs one split into lines; everything else is cut when asked for."""

    __slots__ = ("_cut", "_ends", "_lines", "charset", "separators", "text")

    def __init__(self, text: str, charset: str = "utf-8") -> None:
        self.text = text
        self.charset = charset
        self.separators = Separators.of(text)
        self._lines: list[str] = _ENDS.split(text) if "\n" in text else text.split("\r")
        self._cut: dict[int, Segment] = {}
        self._ends: list[str] | None = None

    @staticmethod
    def read(raw: bytes, policy: CharsetPolicy | None = None) -> Message:
        """A message from its bytes. Raises UndecodableMessage, MalformedMessage."""
        text, charset = decode(raw, policy)
        return Message(text, charset)

    def encode(self) -> bytes:
        """The bytes as they came."""
        return self.text.encode(self.charset)

    def rebuilt(self) -> bytes:
        """The bytes put together again from the parts cut; equal to `encode()`."""
        segments = self.segments()
        ends = self._line_ends()
        return "".join(s.joined() + end for s, end in zip(segments, ends, strict=True)).encode(self.charset)

    def segments(self) -> list[Segment]:
        """All lines in order 全部段; an empty line is a segment without name."""
        return [self._segment(n) for n in range(len(self._lines))]

    def _segment(self, number: int) -> Segment:
        found = self._cut.get(number)
        if found is None:
            found = self._cut[number] = Segment(self._lines[number], self.separators)
        return found

    def _line_ends(self) -> list[str]:
        if self._ends is None:
            self._ends = [*_ENDS.findall(self.text), ""]
        return self._ends

    def named(self, name: str) -> Iterator[Segment]:
        """The segments of one name, in order."""
        for number, line in enumerate(self._lines):
            if line.startswith(name):
                yield self._segment(number)

    def first(self, name: str) -> Segment | None:
        """The first segment of a name, or None."""
        return next(self.named(name), None)

    def get(self, path: str) -> str:
        """A value by path 取值: `PID-3.1`, `PID-3[2].4.1`, `OBX[3]-5`; '' where it is absent."""
        name, nth, field, repetition, component, sub = _path(path)
        found = None
        for count, segment in enumerate(self.named(name), start=1):
            if count == nth:
                found = segment
                break
        if found is None:
            return ""
        if field is None:
            return found.text
        return found[field].value(repetition, component, sub)

    @property
    def head(self) -> Segment:
        """MSH 消息头."""
        return self._segment(0)

    @property
    def kind(self) -> str:
        """Message type 消息类型 such as `ADT^A01` (MSH-9.1, MSH-9.2)."""
        head = self.head[9]
        trigger = head.value(1, 2)
        return f"{head.value(1, 1)}^{trigger}" if trigger else head.value(1, 1)

    @property
    def control_id(self) -> str:
        """Message control id 消息号 (MSH-10)."""
        return self.head[10].value()


@lru_cache(maxsize=4096)
def _path(path: str) -> tuple[str, int, int | None, int, int, int | None]:
    match = _PATH.match(path)
    if match is None:
        raise ValueError(f"not an HL7 path: {path!r}")
    name, nth, field, repetition, component, sub = match.groups()
    return (
        name,
        int(nth or 1),
        int(field) if field else None,
        int(repetition or 1),
        int(component or 1),
        int(sub) if sub else None,
    )


def unescape(text: str, signs: Separators) -> str:
    r"""Undo escape sequences (HL7 v2.5.1 §2.7): \F\ \S\ \T\ \R\ \E\ \Xhh..\ \.br\; others stay as they are."""
    sign = signs.escape
    if not sign or sign not in text:
        return text
    parts = text.split(sign)
    out = [parts[0]]
    index = 1
    while index < len(parts):
        if index + 1 < len(parts):
            known = _escape(parts[index], signs)
            if known is not None:
                out.append(known)
                out.append(parts[index + 1])
                index += 2
                continue
        out.append(sign + parts[index])
        index += 1
    return "".join(out)


def _escape(code: str, signs: Separators) -> str | None:
    plain = {"F": signs.field, "S": signs.component, "T": signs.subcomponent, "R": signs.repetition, "E": signs.escape}
    if code in plain:
        return plain[code]
    if code == ".br":
        return "\n"
    if code in ("H", "N"):
        return ""
    if code[:1] == "X" and len(code) > 1 and len(code) % 2 == 1:
        try:
            return bytes.fromhex(code[1:]).decode("utf-8")
        except (ValueError, UnicodeDecodeError):
            return None
    return None


def escape(text: str, signs: Separators) -> str:
    """Escape a plain value so that it can stand in a component."""
    sign = signs.escape
    table = {signs.escape: "E", signs.field: "F", signs.component: "S", signs.repetition: "R", signs.subcomponent: "T"}
    codes = {ord(k): f"{sign}{v}{sign}" for k, v in table.items() if k}
    codes |= {13: f"{sign}X0D{sign}", 10: f"{sign}.br{sign}"}
    return text.translate(codes)


def split_batch(text: str) -> list[str]:
    """The messages in a text 批量拆分 (HL7 v2.5.1 §2.10.3): cut before each MSH line; FHS, BHS, BTS, FTS lines are envelopes.

    A text without envelope and with one MSH comes back alone, unchanged.
    """
    starts = [m.start() for m in re.finditer(r"(?:(?<=\r)|(?<=\n)|\A)MSH", text)]
    if not starts:
        return [text]
    bodies = [text[a:b] for a, b in pairwise([*starts, len(text)])]
    return [re.split(r"(?:(?<=\r)|(?<=\n))(?:BTS|FTS|BHS|FHS)", body, maxsplit=1)[0] for body in bodies]


def split_bytes(raw: bytes) -> list[bytes]:
    """The messages in a file, undecoded; MLLP frames around them are taken off. CR and LF are no second byte of any charset read here."""
    raw = raw.strip(b"\x0b\x1c") if raw[:1] == b"\x0b" else raw
    starts = [m.start() for m in re.finditer(rb"(?:(?<=[\r\n\x0b])|\A)MSH", raw)]
    if not starts:
        return [raw]
    bodies = [raw[a:b] for a, b in pairwise([*starts, len(raw)])]
    return [re.split(rb"(?<=[\r\n])(?:BTS|FTS|BHS|FHS)|\x1c", body, maxsplit=1)[0] for body in bodies]
