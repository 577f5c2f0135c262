"""Values 数据类型: v2 data types as FHIR R4 ones (v2-to-FHIR data type maps)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from yishu.integration.adapters.hl7v2.lexer import Separators, unescape

Json = dict[str, object]
_TS = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\.\d+)?([+-]\d{2}:?\d{2})?\Z")


@cache
def code_maps() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Code maps 代码对照 of the v2-to-FHIR tables: name → v2 code → (FHIR code, system)."""
    told = json.loads(files("yishu.integration.adapters.fhir").joinpath("codes.json").read_text(encoding="utf-8"))
    return {name: {code: (to[0], to[1]) for code, to in lines.items()} for name, lines in told["codes"].items()}


class Parts:
    """One repetition of a field, cut into components with escapes undone."""

    def __init__(self, text: str, signs: Separators) -> None:
        self.signs = signs
        self.raw = text
        self.components = text.split(signs.component) if signs.component else [text]

    def get(self, number: int, sub: int | None = 1) -> str:
        """A component (its first subcomponent unless asked else), '' where it is absent or null."""
        if number > len(self.components):
            return ""
        text = self.components[number - 1]
        if sub is not None and self.signs.subcomponent:
            subs = text.split(self.signs.subcomponent)
            text = subs[sub - 1] if sub <= len(subs) else ""
        text = unescape(text, self.signs).strip()
        return "" if text == '""' else text


def filled(**parts: object) -> Json:
    """An object without its empty parts."""
    return {name: value for name, value in parts.items() if value not in ("", None, [], {})}


def date_time(text: str) -> str:
    """DTM/TS → dateTime with the precision and zone it came with; '' where it is none."""
    found = _TS.match(text.strip())
    if not found:
        return ""
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    out = "-".join(p for p in (year, month, day) if p)
    if hour:
        out += f"T{hour}:{minute or '00'}:{second or '00'}{(fraction or '') if fraction and float(fraction) else ''}"
        if zone:
            out += zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return out


def date(text: str) -> str:
    """The day alone."""
    return date_time(text)[:10]


def coding(p: Parts, table: str = "") -> Json:
    """CWE.1-3 → Coding, mapped where the table knows the code."""
    code, system = p.get(1), p.get(3)
    mapped = code_maps().get(table, {}).get(code)
    if mapped:
        return filled(code=mapped[0], system=mapped[1], display=p.get(2))
    return filled(code=code, display=p.get(2), system=_SYSTEMS.get(system, system), version=p.get(7))


_SYSTEMS = {"LN": "http://loinc.org", "SCT": "http://snomed.info/sct", "UCUM": "http://unitsofmeasure.org", "I10": "http://hl7.org/fhir/sid/icd-10", "I10C": "http://hl7.org/fhir/sid/icd-10-cm", "CVX": "http://hl7.org/fhir/sid/cvx", "NDC": "http://hl7.org/fhir/sid/ndc"}  # fmt: skip


def concept(p: Parts, table: str = "") -> Json:
    """CWE → CodeableConcept: both codings and the original text."""
    codings = [coding(p, table)]
    if p.get(4) or p.get(5):
        codings.append(filled(code=p.get(4), display=p.get(5), system=_SYSTEMS.get(p.get(6), p.get(6)), version=p.get(8)))
    third = filled(code=p.get(10), display=p.get(11), system=_SYSTEMS.get(p.get(12), p.get(12)))
    codings = [c for c in (*codings, third) if c]
    return filled(coding=codings, text=p.get(9) or (p.get(2) if not p.get(1) else ""))


def identifier(p: Parts) -> Json:
    """CX → Identifier with its authority and type."""
    system = p.get(4, 2) or p.get(4, 1)
    kind = filled(coding=[{"code": p.get(5)}]) if p.get(5) else {}
    period = filled(start=date_time(p.get(7)), end=date_time(p.get(8)))
    return filled(value=p.get(1), system=system, type=kind, period=period) if p.get(1) else {}


def entity(p: Parts) -> Json:
    """EI → Identifier: the value, who gave it, and the universal id."""
    return filled(value=p.get(1), system=p.get(3) or p.get(2)) if p.get(1) else {}


def name(p: Parts) -> Json:
    """XPN → HumanName."""
    given = [p.get(2), *p.get(3).split(" ")] if p.get(3) else [p.get(2)]
    prefix = [x for x in (p.get(5),) if x]
    suffix = [x for x in (p.get(4), p.get(6), p.get(14)) if x]
    mapped = code_maps().get("NameType", {}).get(p.get(7))
    period = filled(start=date_time(p.get(12)) or date_time(p.get(10)), end=date_time(p.get(13)) or date_time(p.get(10, 2)))
    return filled(family=p.get(1), given=[*(g for g in given if g), *(x for x in (p.get(15),) if x)], prefix=prefix, suffix=suffix, use=mapped[0] if mapped else "", period=period)


def address(p: Parts) -> Json:
    """XAD → Address."""
    lines = [x for x in (p.get(1), p.get(2)) if x]
    use = code_maps().get("AddressType[Use]", {}).get(p.get(7))
    period = filled(start=date_time(p.get(13)), end=date_time(p.get(14)))
    return filled(line=lines, city=p.get(3), state=p.get(4), postalCode=p.get(5), country=p.get(6), district=p.get(9), use=use[0] if use else "", period=period)


def telecom(p: Parts) -> Json:
    """XTN → ContactPoint: a number as written, or put together from its parts; an address of mail."""
    if p.get(4):
        return filled(system="email", value=p.get(4))
    local = p.get(12) or "".join(p.get(n) for n in (5, 6, 7)) or p.get(1)
    return filled(system="phone", value=local, extension=p.get(8)) if local else {}


def person(p: Parts) -> Json:
    """XCN → Practitioner."""
    given = [g for g in (p.get(3), p.get(4)) if g]
    valid = filled(start=date_time(p.get(19)) or date_time(p.get(17)), end=date_time(p.get(20)) or date_time(p.get(17, 2)))
    human = filled(family=p.get(2), given=given, prefix=[x for x in (p.get(6),) if x], suffix=[x for x in (p.get(5), p.get(7)) if x], period=valid)
    ident = filled(value=p.get(1), system=p.get(9, 2) or p.get(9))
    return filled(resourceType="Practitioner", identifier=[ident] if ident.get("value") else [], name=[human] if human else []) if ident.get("value") or human else {}


def observer(p: Parts) -> list[Json]:
    """NDL.1 (a CNN in subcomponents) → Practitioner; NDL.2 and 3 → when he played this part."""
    given = [g for g in (p.get(1, 3), p.get(1, 4)) if g]
    human = filled(family=p.get(1, 2), given=given)
    who = filled(resourceType="Practitioner", identifier=[{"value": p.get(1, 1)}] if p.get(1, 1) else [], name=[human] if human else []) if p.get(1, 1) or human else {}
    period = filled(start=date_time(p.get(2)), end=date_time(p.get(3)))
    role = filled(resourceType="PractitionerRole", period=period) if period else {}
    return [x for x in (who, role) if x]


def repeat_pattern(p: Parts) -> Json:
    """RPT → Timing: the pattern's code and its period, event and offset."""
    code = filled(coding=[filled(code=p.get(1, 1), display=p.get(1, 2), system=p.get(1, 3))])
    repeat = filled(period=number(p.get(5)), periodUnit=p.get(6), when=p.get(8), offset=number(p.get(9)))
    return filled(code=code, repeat=repeat)


def organization(p: Parts) -> Json:
    """XON → Organization."""
    idents = [{"value": i} for i in dict.fromkeys((p.get(10), p.get(3))) if i]
    kind = filled(coding=[{"code": p.get(7)}]) if p.get(7) else {}
    return filled(resourceType="Organization", name=p.get(1), identifier=idents, type=kind) if p.get(1) or idents else {}


def domain(p: Parts) -> Json:
    """HD → Organization: the namespace and the universal id are identifiers of it."""
    ids = [{"value": v} for v in (p.get(1), p.get(2)) if v]
    return {"resourceType": "Organization", "identifier": ids} if ids else {}


def domain_place(p: Parts) -> Json:
    """HD → Location: its name and the universal id."""
    ids = [{"value": p.get(2)}] if p.get(2) else []
    return filled(resourceType="Location", identifier=ids, name=p.get(1)) if p.get(1) or ids else {}


def discharge_place(p: Parts) -> Json:
    """DLD → Location: a code and its name in the first component."""
    return filled(resourceType="Location", identifier=[{"value": p.get(1)}], name=p.get(1, 2)) if p.get(1) else {}


def observer_places(p: Parts) -> list[Json]:
    """NDL.4 to NDL.11 → Locations, from the facility down to the bed."""
    found = [(p.get(n), p.get(n, 2) if n == 7 else "") for n in (7, 10, 11, 4, 5, 6)]
    return [filled(resourceType="Location", name=named, identifier=[{"value": i} for i in (named, universal) if i]) for named, universal in found if named]


def named_organization(p: Parts) -> Json:
    """CWE → Organization."""
    ids = [{"value": p.get(1)}] if p.get(1) else []
    return filled(resourceType="Organization", name=p.get(2), identifier=ids) if p.get(1) or p.get(2) else {}


def locations(p: Parts) -> list[Json]:
    """PL → Locations, from the facility down to the bed, each part of the one above; a place is named by what the message calls it."""
    out: list[Json] = []
    for number in (4, 7, 8, 1, 2, 3, 9, 11):
        if p.get(number) or (number in (4, 7, 8) and p.get(number, 2)):
            universal = [{"value": v} for v in (p.get(number, 2), p.get(10)) if v]
            out.append(filled(resourceType="Location", name=p.get(number), identifier=[*([{"value": p.get(number)}] if p.get(number) else []), *universal], description=p.get(9)))
    if p.get(10) and not out:
        out.append({"resourceType": "Location", "identifier": [{"value": p.get(10)}]})
    return out


_AUTHORITIES: Mapping[str, tuple[int, ...]] = {"CX": (4, 6, 9, 10), "XCN": (9, 14, 22, 23), "XON": (6, 8), "PL": (10, 11), "CXID": (4, 6), "CXORG": (4, 6, 9, 10)}


_FACILITIES: Mapping[str, tuple[int, ...]] = {"CX": (6, 14), "XCN": (6, 14), "XON": (8,)}


def authorities(p: Parts, kind: str) -> list[Json]:
    """The organizations that gave a number: HD inside CX, XCN, XON; an EI carries its own in components 2 and 3."""
    found = [(p.get(n, 1), p.get(n, 2)) for n in _AUTHORITIES.get(kind, ())]
    if kind == "EI":
        found.append((p.get(2), p.get(3)))
    if kind == "EIP":
        found += [(p.get(n, 2), p.get(n, 3)) for n in (1, 2)]
    out: list[Json] = []
    for space, universal in found:
        ids = [{"value": v} for v in (space, universal) if v]
        if ids:
            out.append(filled(resourceType="Organization", identifier=ids))
            if space and space in [p.get(n) for n in _FACILITIES.get(kind, ())]:
                out.append(filled(resourceType="Location", identifier=ids, name=space))   # the assigning facility is a place
    return out


def unit(p: Parts) -> Json:
    """CWE → the unit of a Quantity."""
    return filled(unit=p.get(2) or p.get(1) or p.get(9), code=p.get(1), system=_SYSTEMS.get(p.get(3), p.get(3)))


def quantity(p: Parts) -> Json:
    """CQ → Quantity."""
    return filled(value=number(p.get(1)), unit=p.get(2, 2) or p.get(2), code=p.get(2))


def number(text: str) -> float | int | str | None:
    """NM as a JSON number; '' where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    if value in (float("inf"), float("-inf")) or value != value:
        return None
    return int(value) if value.is_integer() and "." not in text else value
