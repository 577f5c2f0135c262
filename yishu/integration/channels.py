"""Channels 通道: `sources/<name>.yaml` of a message kind and `channels/<name>/map.yaml`, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from yishu.integration.adapters.hl7v2 import CharsetPolicy
from yishu.integration.adapters.hl7v2.charset import Mode
from yishu.integration.destination import Destination, destinations
from yishu.integration.errors import Fault, SourceFaults, nearest
from yishu.integration.marked import Reader
from yishu.integration.message_map import MessageMap, read_map
from yishu.integration.spec import POLICIES

MESSAGE_KINDS = ("mllp", "http", "soap", "file", "fhir", "cda", "dicom")
"""Doors messages may come in by. `fhir`, `cda` and `dicom` have their place in the interface, no listener yet."""
FORMATS = ("hl7v2", "xml", "json")
_WORDS = (
    "label", "kind", "owner", "port", "path", "folder", "format", "charset", "accepts", "numbers_restart_daily",
    "soap", "token", "silence_minutes", "workers_tries", "out",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoapContract:
    """The contract of a SOAP door 接口约定: its one operation takes one string."""

    namespace: str = "http://yishu.local/messages"
    operation: str = "SendMessage"
    argument: str = "message"
    answer: str = "SendMessageResult"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel 通道 of the hospital folder: who sends what, by which door, and how it is read."""

    name: str
    label: str
    kind: str
    file: Path
    map: MessageMap
    owner: str = ""
    port: int | None = None
    path: str = ""
    folder: str = ""
    format: str = "hl7v2"
    charset: CharsetPolicy = field(default_factory=CharsetPolicy)
    senders: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    numbers_restart_daily: bool = False
    soap: SoapContract = SoapContract()
    token: str | None = None
    silence_minutes: int | None = None
    tries: int = 5
    out: tuple[Destination, ...] = ()

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems whose rows it brings, in the order of the map."""
        return tuple(dict.fromkeys(table.system or self.name for table in self.map.tables))

    def accepts(self, sender: str, kind: str) -> bool:
        """Whether a message with this MSH-3 and this type (`ADT^A01`) is for this channel."""
        fits = not self.types or any(kind == t or kind.startswith(t + "^") for t in self.types)
        return fits and (not self.senders or sender in self.senders)


def channels(folder: Path) -> tuple[ChannelSpec, ...]:
    """The channels of a hospital folder, by name; raises SourceFaults with every fault."""
    specs, found = _read_all(folder)
    if found:
        raise SourceFaults(found)
    return specs


def channel_faults(folder: Path) -> tuple[Fault, ...]:
    """Every fault 错处 in channels and their maps, for `yishu check`."""
    return _read_all(folder)[1]


def is_channel(path: Path) -> bool:
    """Whether a file of `sources/` describes a channel (its kind is a message kind)."""
    try:
        top = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return False
    return isinstance(top, dict) and top.get("kind") in MESSAGE_KINDS


def route(specs: Sequence[ChannelSpec], sender: str, kind: str) -> ChannelSpec | None:
    """The channel for a message that came over a shared port; the first that names it most closely."""
    fitting = [spec for spec in specs if spec.accepts(sender, kind)]
    return max(fitting, key=lambda s: (bool(s.senders), bool(s.types)), default=None)


def _read_all(folder: Path) -> tuple[tuple[ChannelSpec, ...], tuple[Fault, ...]]:
    specs: list[ChannelSpec] = []
    found: list[Fault] = []
    for path in sorted((folder / "sources").glob("*.y*ml")):
        if not is_channel(path):
            continue
        reader = Reader(path)
        spec = _channel(reader, path, folder, found)
        found += reader.faults
        if spec is not None:
            specs.append(spec)
    return tuple(specs), tuple(found)


def _channel(reader: Reader, path: Path, folder: Path, found: list[Fault]) -> ChannelSpec | None:
    root = reader.root()
    if root is None:
        return None
    top = reader.mapping(root, "通道", _WORDS, ("label", "kind"))
    map_file = folder / "channels" / path.stem / "map.yaml"
    if not map_file.is_file():
        reader.fault(root, f"通道 {path.stem} 没有 channels/{path.stem}/map.yaml")
        return None
    mapped, faults = read_map(map_file)
    found += faults
    if mapped is None:
        return None
    accepts = reader.mapping(top.get("accepts"), "accepts", ("senders", "types"))
    soap = {k: reader.text(v, k) for k, v in reader.mapping(top.get("soap"), "soap", ("namespace", "operation", "argument", "answer")).items()}
    token = reader.mapping(top.get("token"), "token", ("secret",)) if "token" in top else {}
    charset = reader.mapping(top.get("charset"), "charset", ("policy", "name"))
    policy = reader.choice(charset.get("policy"), "charset.policy", POLICIES, "detect")
    return ChannelSpec(
        name=path.stem,
        label=reader.text(top.get("label"), "label", path.stem),
        kind=reader.choice(top.get("kind"), "kind", MESSAGE_KINDS, "mllp"),
        file=path,
        map=mapped,
        owner=reader.text(top.get("owner"), "owner"),
        port=_number(reader, top.get("port"), "port"),
        path=reader.text(top.get("path"), "path"),
        folder=reader.text(top.get("folder"), "folder"),
        format=reader.choice(top.get("format"), "format", FORMATS, "hl7v2"),
        charset=CharsetPolicy(Mode(policy), reader.text(charset.get("name"), "charset.name", "gb18030").lower()),
        senders=tuple(reader.text(n, "senders") for n in reader.items(accepts.get("senders"), "accepts.senders")),
        types=tuple(reader.text(n, "types") for n in reader.items(accepts.get("types"), "accepts.types")) or mapped.types,
        numbers_restart_daily=reader.text(top.get("numbers_restart_daily"), "numbers_restart_daily").lower() in ("true", "yes", "是"),
        soap=SoapContract(**soap),
        token=reader.text(token.get("secret"), "token.secret") or None,
        silence_minutes=_number(reader, top.get("silence_minutes"), "silence_minutes"),
        tries=_number(reader, top.get("workers_tries"), "workers_tries") or 5,
        out=destinations(reader, top.get("out")),
    )


def _number(reader: Reader, node: yaml.Node | None, what: str) -> int | None:
    text = reader.text(node, what)
    if not text:
        return None
    if not text.isdigit():
        reader.fault(node, f"{what} 应是整数：{text}", nearest(text, ()))
        return None
    return int(text)
