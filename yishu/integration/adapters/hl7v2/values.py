"""Values 取值形式: HL7 v2 data types as plain text of one form (v2.5.1 chapter 2A)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

from yishu.integration.adapters.hl7v2.lexer import Segment, unescape

LOCAL = timezone(timedelta(hours=8))
_TS = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\.\d+)?([+-]\d{4})?\Z")


def clean(value: str, segment: Segment) -> str | None:
    """Text without padding; the first component's meaning is left to the path."""
    del segment
    return value.strip() or None


def time(value: str, segment: Segment) -> str | None:
    """TS/DTM → `YYYY-MM-DD HH:MM:SS` in the hospital's own time; what cannot be read stays as it came, to be flagged."""
    value = value.split(segment.separators.component, 1)[0].strip()
    found = _TS.match(value)
    if not found:
        return value or None
    year, month, day, hour, minute, second, _, zone = found.groups()
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return value
    if zone:
        try:
            sign = -1 if zone[0] == "-" else 1
            away = timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:])))
            moment = moment.replace(tzinfo=away).astimezone(LOCAL).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return value
    return moment.isoformat(sep=" ")


def date(value: str, segment: Segment) -> str | None:
    """The day of a TS; a zone is not applied, since a birth date has none."""
    value = value.split(segment.separators.component, 1)[0].strip()
    found = _TS.match(value)
    if not found or not found.group(3):
        return value or None
    return f"{found.group(1)}-{found.group(2)}-{found.group(3)}"


def name(value: str, segment: Segment) -> str | None:
    """XPN/XCN: family and given name; joined without a blank where they are Chinese."""
    signs = segment.separators
    parts = [unescape(p.split(signs.subcomponent, 1)[0] if signs.subcomponent else p, signs).strip() for p in value.split(signs.component)]
    if len(parts) > 1 and parts[0].isascii() and parts[0].replace(".", "").isdigit():
        parts = parts[1:]
    family, given = [*parts, "", ""][:2]
    joined = family + given if not (family + given).isascii() else " ".join(p for p in (given, family) if p)
    return joined or None


def number(value: str, segment: Segment) -> str | None:
    """NM, or the number of an SN (`^>^100`)."""
    parts = value.split(segment.separators.component)
    return (parts[1].strip() if len(parts) > 1 and not parts[0].strip().lstrip("+-").replace(".", "").isdigit() else parts[0].strip()) or None


FORMS: Mapping[str, Callable[[str, Segment], str | None]] = MappingProxyType(
    {"text": clean, "time": time, "date": date, "name": name, "number": number}
)
