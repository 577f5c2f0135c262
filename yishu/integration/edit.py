"""Edit 更正: a message with some values set, as a new message; the original stays as it came."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.hl7v2.lexer import escape
from yishu.kernel.errors import InputError

_PATH = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?-(\d+)(?:\.(\d+))?\Z")


def edited(message: Message, changes: Mapping[str, str]) -> bytes:
    """The bytes with each path (`PV1-19.1`, `OBX[2]-5`) set to its value. Raises InputError for a path the message has no segment for."""
    lines = [segment.text for segment in message.segments()]
    names = [segment.name for segment in message.segments()]
    signs = message.separators
    for path, value in changes.items():
        found = _PATH.match(path)
        if not found:
            raise InputError("message.path", f"读不懂的路径 {path[:40]}", hint="写成 PV1-19.1 或 OBX[2]-5", where=path[:40])
        name, nth, number, component = found.group(1), int(found.group(2) or 1), int(found.group(3)), int(found.group(4) or 0)
        places = [at for at, known in enumerate(names) if known == name]
        if len(places) < nth or (name == "MSH" and number < 3):
            raise InputError("message.path", f"这条消息没有 {name}[{nth}]-{number}", hint="先看原文的段", where=path)
        fields = lines[places[nth - 1]].split(signs.field)
        at = number - 1 if name in ("MSH", "FHS", "BHS") else number
        fields += [""] * (at + 1 - len(fields))
        text = escape(value, signs)
        if component:
            parts = fields[at].split(signs.component)
            parts += [""] * (component - len(parts))
            parts[component - 1] = text
            text = signs.component.join(parts)
        fields[at] = text
        lines[places[nth - 1]] = signs.field.join(fields)
    return "\r".join(lines).encode(message.charset)
