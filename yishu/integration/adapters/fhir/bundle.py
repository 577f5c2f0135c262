"""Bundle: a message as FHIR resources. Lines of `lines.txt` say which field goes where; here is how segments hang together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from yishu.integration.adapters.fhir import values as v
from yishu.integration.adapters.fhir.values import Json, Parts
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.adapters.hl7v2.lexer import Segment, unescape

_GROUPS = {"OBR": ("Specimen",), "ORC": ("OBR", "RXO", "RXE", "RXA", "RXD", "TQ1", "Specimen", "ServiceRequest", "MedicationRequest", "MedicationDispense", "Immunization"), "SCH": ("AIS",), "PID": ("ORC", "OBR", "PV1")}
"""A segment begins a group: what is remembered of these was of the one before."""


_NOTED = {
    "PID": ("Patient",), "PV1": ("Encounter",), "OBR": ("ServiceRequest",), "OBX": ("Observation",), "SPM": ("Specimen",), "SCH": ("Appointment",), "DG1": ("Condition",),
    "RXO": ("MedicationRequest",), "RXE": ("MedicationRequest",), "RXD": ("MedicationDispense",), "RXA": ("Immunization",), "TXA": ("DocumentReference",), "RF1": ("ServiceRequest",),
}  # fmt: skip
"""What a note after a segment speaks of."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line 对照行: FHIR path, fields tried in turn, type, code map."""

    path: str
    target: str
    fields: tuple[tuple[str, int, int | None, int | None], ...]
    every: bool
    kind: str
    table: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A resource and the segment it is made from."""

    resource: str
    adds: str
    segment: str
    lines: tuple[Line, ...]


@cache
def shapes() -> tuple[Shape, ...]:
    """The compiled lines."""
    out: list[tuple[str, str, str, list[Line]]] = []
    for text in files("yishu.integration.adapters.fhir").joinpath("lines.txt").read_text(encoding="utf-8").splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        words = text.split()
        if not text.startswith(" "):
            out.append((words[0].rstrip("+?"), words[0][-1] if words[0][-1] in "+?" else "", words[1], []))
            continue
        path, _, target = words[0].partition(">")
        out[-1][3].append(Line(path, target, tuple(_field(f) for f in words[1].rstrip("*").split("|")), words[1].endswith("*"), words[2], words[3] if len(words) > 3 else ""))
    return tuple(Shape(r, a, s, tuple(lines)) for r, a, s, lines in out)


def _field(text: str) -> tuple[str, int, int | None, int | None]:
    segment, _, rest = text.partition("-")
    parts = [int(n) for n in rest.split(".")]
    return segment, parts[0], parts[1] if len(parts) > 1 else None, parts[2] if len(parts) > 2 else None


_READERS: Mapping[str, Callable[[Parts, str], object]] = {
    "text": lambda p, _: p.get(1, None) if len(p.components) == 1 else p.get(1),
    "text1": lambda p, _: p.get(1),
    "string": lambda p, _: {"text": p.get(1)} if p.get(1) else {},
    "CX": lambda p, _: v.identifier(p),
    "CXID": lambda p, _: v.identifier(p),
    "ID": lambda p, _: {"value": p.get(1)} if p.get(1) else {},
    "CWEID": lambda p, _: {"value": p.get(1)} if p.get(1) else {},
    "XPN": lambda p, _: v.name(p),
    "XAD": lambda p, _: v.address(p),
    "XTN": lambda p, _: v.telecom(p),
    "XCN": lambda p, _: v.person(p),
    "NDL": lambda p, _: v.observer(p),
    "XON": lambda p, _: v.organization(p),
    "HD": lambda p, _: v.domain(p),
    "CWEORG": lambda p, _: v.named_organization(p),
    "XONLOC": lambda p, _: [{"resourceType": "Location", **{k: x for k, x in v.organization(p).items() if k != "resourceType"}}] if v.organization(p) else [],
    "HDLOC": lambda p, _: v.domain_place(p),
    "DLD": lambda p, _: v.discharge_place(p),
    "NDLLOC": lambda p, _: v.observer_places(p),
    "XPNORG": lambda p, _: {"resourceType": "Organization", "contact": [{"name": v.name(p)}]} if v.name(p) else {},
    "CWENAME": lambda p, _: {"resourceType": "Organization", "name": p.get(1)} if p.get(1) else {},
    "ORGID": lambda p, _: {"resourceType": "Organization", "identifier": [{"value": p.get(1)}]} if p.get(1) else {},
    "PLN": lambda p, _: v.filled(value=p.get(1), period=v.filled(start=v.date_time(p.get(3)), end=v.date_time(p.get(4)))) if p.get(1) else {},
    "MO": lambda p, _: v.filled(value=v.number(p.get(1)), currency=p.get(1, 2)),
    "RPT": lambda p, _: v.repeat_pattern(p),
    "CWEPLACE": lambda p, _: v.filled(resourceType="Location", name=p.get(2), identifier=[{"value": p.get(1)}] if p.get(1) else []) if p.get(1) or p.get(2) else {},
    "fixed": lambda p, t: t if p.raw else "",
    "CWELOC": lambda p, _: {"resourceType": "Location", "name": p.get(1)} if p.get(1) else {},
    "CXORG": lambda p, _: {},
    "VALUE": lambda p, _: {"value": p.get(1)} if p.get(1) else {},
    "CODE": lambda p, _: {"coding": [{"code": p.get(1)}]} if p.get(1) else {},
    "PL": lambda p, _: v.locations(p),
    "CWE": v.concept,
    "coding": v.coding,
    "code": lambda p, t: v.code_maps().get(t, {}).get(p.get(1), (p.get(1), ""))[0],
    "EI": lambda p, _: v.entity(p),
    "date": lambda p, _: v.date(p.get(1)),
    "dateTime": lambda p, _: v.date_time(p.get(1)),
    "integer": lambda p, _: v.number(p.get(1)),
    "decimal": lambda p, _: v.number(p.get(1)),
    "quantity": lambda p, _: v.filled(value=v.number(p.get(1))),
    "unit": lambda p, _: v.unit(p),
    "CQ": lambda p, _: v.quantity(p),
    "EIP": lambda p, _: [x for x in (v.filled(value=p.get(1)), v.filled(value=p.get(2))) if x],
}


class _Making:
    def __init__(self, message: Message) -> None:
        self.message = message
        self.entries: list[Json] = []
        self.near: dict[str, Segment] = {}
        self.last: dict[str, Json] = {}
        self.main: Json | None = None
        self.items: dict[tuple[int, str], Json] = {}

    def run(self) -> list[Json]:
        for segment in self.message.segments():
            if len(segment.name) != 3:
                continue
            if segment.name == "OBR" and "OBR" in self.near:
                self.near.pop("TQ1", None)   # between ORC and OBR it is this order's; after an OBR it was that one's
            for gone in _GROUPS.get(segment.name, ()):
                self.near.pop(gone, None)
                self.last.pop(gone, None)
            self.near[segment.name] = segment
            if segment.name == "NTE":
                self.note(segment)
                continue
            first = len(self.entries)
            for shape in shapes():
                if shape.segment == segment.name:
                    self.make(shape, segment)
            made = [e for e in self.entries[first:] if e["resourceType"] in _NOTED.get(segment.name, ())]
            self.main = made[0] if made else self.main
        return self.entries

    def note(self, segment: Segment) -> None:
        """NTE → the note of what was said just before it: its text, who wrote it and when."""
        if self.main is None:
            return
        signs = self.message.separators
        texts = [unescape(t, signs) for t in (segment.raw(3).split(signs.repetition) if signs.repetition else [segment.raw(3)])]
        writer = v.person(Parts(segment.raw(5), signs)) if segment.raw(5) else {}
        if writer:
            self.entries.append(writer)
        made = v.filled(text="\n".join(t for t in texts if t and t != '""'), time=v.date_time(segment[6].value()))
        held = self.main.setdefault("note", [])
        if made and isinstance(held, list):
            held.append(made)

    def make(self, shape: Shape, segment: Segment) -> None:
        resource: Json = {"resourceType": shape.resource}
        if shape.adds:
            resource = self.last.get(shape.resource) or resource
            if shape.adds == "?" and len(resource) == 1:
                return
        self.items.clear()
        known = "resourceType" in resource and len(resource) > 1
        for line in shape.lines:
            for value in self.read(line, segment):
                self.put(resource, line, value)
        if len(resource) > 1:
            self.last[shape.resource] = resource
            if not known and not any(e is resource for e in self.entries):
                self.entries.append(resource)

    def read(self, line: Line, segment: Segment) -> list[object]:
        if line.table.startswith("?") and segment[3].value().partition(self.message.separators.component)[0] != line.table[1:]:
            return []
        for name, number, component, sub in line.fields:
            from_ = segment if name == segment.name else self.near.get(name)
            raw = from_.raw(number) if from_ is not None else ""
            if not raw or raw == '""':
                continue
            signs = self.message.separators
            parts = raw.split(signs.repetition) if signs.repetition else [raw]
            found = []
            for text in parts if line.every else parts[:1]:
                p = Parts(text, signs)
                if component is not None:
                    inner = p.components[component - 1] if component <= len(p.components) else ""
                    p = Parts(inner.replace(signs.subcomponent, signs.component) if signs.subcomponent and line.kind == "CWE" else inner, signs)
                    if sub is not None:
                        p = Parts(p.get(1, sub), signs)
                if line.kind == "OBX" and from_ is not None:
                    found += self.observed(from_, parts)
                    break
                self.entries += v.authorities(p, line.kind)
                value = _READERS[line.kind](p, line.table)
                found += value if isinstance(value, list) else [value] if value not in ("", None, {}) else []
            if found:
                return found
        return []

    def observed(self, obx: Segment, parts: list[str]) -> list[object]:
        """OBX-5 by its type in OBX-2; the unit of OBX-6 goes with a number."""
        signs, kind = self.message.separators, obx[2].value()
        p = Parts(parts[0], signs)
        unit = v.unit(Parts(obx.raw(6), signs)) if obx.raw(6) else {}
        if kind == "NM" and len(parts) > 1:
            what = v.concept(Parts(obx.raw(3), signs))
            numbers = [v.number(Parts(text, signs).get(1)) for text in parts]
            return [{"component": v.filled(code=what, valueQuantity={"value": n, **unit})} for n in numbers if n is not None]
        if kind == "NM" and v.number(p.get(1)) is not None:
            return [{"valueQuantity": {"value": v.number(p.get(1)), **unit}}]
        if kind == "SN":
            low, high = v.number(p.get(2)), v.number(p.get(4))
            if p.get(3) == "-":
                return [{"valueRange": v.filled(low=v.filled(value=low, **unit), high=v.filled(value=high, **unit))}]
            if p.get(3) in (":", "/"):
                return [{"valueRatio": v.filled(numerator=v.filled(value=low, **unit), denominator=v.filled(value=high, **unit))}]
            return [{"valueQuantity": v.filled(comparator=p.get(1), value=low, **unit)}] if low is not None else [{"valueString": p.raw}]
        if kind in ("CE", "CWE", "CNE", "CF"):
            return [{"valueCodeableConcept": v.concept(Parts(text, signs))} for text in parts]
        if kind == "DR" and (v.date_time(p.get(1)) or v.date_time(p.get(2))):
            return [{"valuePeriod": v.filled(start=v.date_time(p.get(1)), end=v.date_time(p.get(2)))}]
        if kind in ("DT", "DTM", "TS"):
            return [{"valueDateTime": v.date_time(p.get(1))}] if v.date_time(p.get(1)) else [{"valueString": p.get(1)}]
        if kind in ("ED", "RP"):
            return [{"valueAttachment": v.filled(data=p.get(5), contentType=p.get(2))}]
        if kind in ("CX", "EI"):
            return [{"valueString": p.get(1)}]
        text = signs.repetition.join(parts) if signs.repetition else parts[0]
        shown = Parts(text, signs).get(1, None) if signs.component not in text else unescape(text, signs)
        return [{"valueString": shown, **({"unit": unit} if unit else {})}]

    def item(self, into: Json, step: str) -> Json:
        """`name[tag]`: one item of a list for each segment and tag."""
        name = step.partition("[")[0]
        held = into.setdefault(name, [])
        if not isinstance(held, list):
            return {}
        made = self.items.get((id(held), step))
        if made is None:
            made = self.items[(id(held), step)] = {}
            held.append(made)
        return made

    def put(self, resource: Json, line: Line, value: object) -> None:
        if line.target:
            assert isinstance(value, dict)
            self.entries.append(value)
            return
        if line.kind == "OBX" and isinstance(value, dict):
            for key, inner in value.items():
                held = resource.setdefault(key, [])
                if isinstance(held, list):
                    held.append(inner)
            return
        into = resource
        *above, name = line.path.split(".")
        for step in above:
            if step.endswith("]"):
                into = self.item(into, step)
                continue
            deeper = into.setdefault(step, {})
            if isinstance(deeper, list):
                into = {}
                deeper.append(into)
            elif isinstance(deeper, dict):
                into = deeper
        held = into.get(name)
        if isinstance(held, list):
            held.append(value)
        elif held is None:
            into[name] = [value] if line.every or isinstance(value, dict) else value
        elif isinstance(held, dict) and isinstance(value, dict):
            held.update(value)
        elif held != value:
            into[name] = [held, value]


def _once(resources: list[Json]) -> list[Json]:
    """The same house, place or person is told once, however many fields name it in the same words."""
    seen: set[str] = set()
    out: list[Json] = []
    for resource in resources:
        if resource["resourceType"] in ("Organization", "Location", "Practitioner"):
            text = json.dumps(resource, sort_keys=True)
            if text in seen:
                continue
            seen.add(text)
        out.append(resource)
    return out


def bundle(message: Message) -> Json:
    """The message as a FHIR bundle; each resource once, in the order of the message."""
    entries = [{"resource": resource} for resource in _once(_Making(message).run())]
    head = message.head
    moment = v.date_time(head[7].value())
    return v.filled(resourceType="Bundle", type="message", identifier={"value": head[10].value()} if head[10].value() else {}, timestamp=moment, entry=entries)
