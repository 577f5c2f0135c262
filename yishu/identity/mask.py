"""Mask 掩码: a source record as people may see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from yishu.identity.vault import Looker

_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)")
_FREE = 40
"""A text longer than this, or one of several sentences, is free text whatever its column is called."""


class Record(Protocol):
    """A source record 来源记录: values and which of them are identifiers."""

    @property
    def values(self) -> Mapping[str, str | None]: ...
    @property
    def identifiers(self) -> Mapping[str, str]: ...


def mask(viewer: Looker, record: Record) -> dict[str, str | None]:
    """The record with every identifier masked; an undeclared free text counts as one."""
    del viewer  # masked alike for everyone: opening is `reveal`, with a reason
    return {name: mask_value(record.identifiers.get(name), value) for name, value in record.values.items()}


def mask_value(kind: str | None, value: str | None) -> str | None:
    """One value: 张*, 4401**********1234, 138****5678; kind None = undeclared."""
    if value is None or not value.strip():
        return value
    text = value.strip()
    match kind:
        case "name":
            return text[0] + "*"
        case "id_card":
            return _middle(text, 4, 4)
        case "phone":
            return _middle(text, 3, 4)
        case "card":
            return _middle(text, 2, 2)
        case "address":
            return text[:3] + "****" if len(text) > 6 else "****"
        case "text":
            return "（文本已隐藏）"
        case None:
            if len(text) > _FREE or _sentences(text):
                return "（文本已隐藏）"
            return _NUMBER.sub(lambda found: _middle(found.group(), 4 if len(found.group()) == 18 else 3, 4), value)
        case _:
            return "****"


def _middle(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return text[:1] + "*" * max(len(text) - 1, 3)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def _sentences(text: str) -> bool:
    return "\n" in text or text.lstrip().startswith("<") or sum(text.count(stop) for stop in "。；！？") >= 1
