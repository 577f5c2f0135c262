"""HL7 v2 messages of others: placed or quarantined with a reason, byte-identical round trip, and against expected FHIR.

    python -m bench.hl7v2 ZIP --manifest CSV [--expected] [--misses N] [--oracles]

A message is *placed* when the reader finds a usable head, its lines are segments, and the FHIR lines make resources of it; else it is
*quarantined* with a reason that names segment and field. Files with several MSH count each message.

`--expected` compares with the FHIR given beside a message (`*.fhir`, or `expected/TYPE/STEM-expected.json`). What is counted are the
non-empty fields of the kinds identifier, name, birth date, sex, code, value, unit and time in clinical and party resources. A field is
(resource family, kind, value): it is equal when our bundle has the same value of the same kind in a resource of the same family, as
often. Left out: what no field of the message says (constants a converter adds: its literal is nowhere in the message and it is not a
mapped sex, class or status; moments of its own run), extensions, narrative, references, identifier types.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from yishu.integration.adapters.fhir import bundle
from yishu.integration.adapters.hl7v2 import HL7Error, Message
from yishu.integration.adapters.hl7v2.lexer import split_bytes, unescape

FAMILY = {
    "Medication": "Medication", "MedicationRequest": "Medication", "MedicationStatement": "Medication", "MedicationDispense": "Medication",
    "MedicationAdministration": "Medication", "PractitionerRole": "Practitioner",
}  # fmt: skip
LEFT_OUT = {"MessageHeader", "Provenance", "Bundle", "Device", "OperationOutcome", "Parameters", "Basic", "Account", "Claim", "CareTeam", "Group"}
SKIPPED = {"extension", "meta", "text", "id", "reference", "resourceType", "contained", "fullUrl", "type", "display", "system", "use", "url", "modifierExtension", "telecom", "address", "physicalType", "photo", "div", "attachment", "valueAttachment"}
MAPPED = {"gender", "status", "class"}
_TIME = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?\Z")

Fact = tuple[str, str, str]


def facts(resource: dict[str, Any]) -> Iterator[Fact]:
    """The comparable fields of a resource."""
    name = resource.get("resourceType", "")
    if name not in LEFT_OUT:
        yield from _walk(resource, FAMILY.get(name, name), ())


def _walk(node: Any, family: str, path: tuple[str, ...]) -> Iterator[Fact]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, family, path)
    elif isinstance(node, dict):
        for key, value in node.items():
            coded = "coding" in path or key == "coding" or "code" in path
            if key in SKIPPED and not (key == "type" and "identifier" not in path) and not (key == "text" and coded):
                continue
            yield from _walk(value, family, (*path, key))
    elif node not in ("", None):
        kind = _kind(path, node)
        if kind:
            yield family, kind, _plain(kind, node)


def _kind(path: tuple[str, ...], node: Any) -> str:
    leaf = path[-1]
    joined = ".".join(path)
    if "dentifier" in joined:
        return "identifier" if leaf == "value" else ""
    if leaf in ("family", "given") or path == ("name",):
        return "name"
    if leaf == "birthDate":
        return "birth"
    if leaf in MAPPED or (path[:1] == ("class",) and leaf == "code"):
        return leaf if leaf in MAPPED else "class"
    if leaf == "code" and any(p.startswith("value") or "uantity" in p for p in path[:-1]) and "coding" not in path:
        return "unit"
    if leaf == "code":
        return "code"
    if leaf == "unit":
        return "unit"
    if isinstance(node, str) and _TIME.match(node) and (len(node) > 4):
        return "time"
    if leaf.startswith("value") or (any(p.startswith("value") for p in path) and leaf in ("value", "low", "high")):
        return "value"
    return ""


def _plain(kind: str, node: Any) -> str:
    if kind == "time" and isinstance(node, str):
        return _instant(node)
    if isinstance(node, bool):
        return str(node).lower()
    text = str(node).strip()
    if kind in ("value", "identifier"):
        text = text.removeprefix("urn:oid:")
    try:
        return f"{float(text):g}" if kind == "value" else " ".join(text.split())
    except ValueError:
        return " ".join(text.split())


def _instant(text: str) -> str:
    """A moment as UTC where it has a zone, to the minute; a day as a day."""
    if "T" not in text:
        return text[:10]
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    return (moment.astimezone(UTC) if moment.tzinfo else moment).strftime("%Y-%m-%dT%H:%M")


def expected_of(archive: zipfile.ZipFile, names: set[str], path: str) -> dict[str, Any] | None:
    """The expected bundle given beside a message."""
    file = PurePosixPath(path)
    tried = [str(file.with_suffix(".fhir"))]
    if "/data/SampleData/Hl7v2/" in path:
        root = path.split("/data/SampleData/")[0]
        tried += [n for n in names if n.startswith(f"{root}/expected/") and n.endswith(f"/{file.stem}-expected.json")]
    for name in tried:
        if name in names:
            try:
                told: dict[str, Any] = json.loads(archive.read(name).decode("utf-8-sig"))
            except ValueError:
                return None
            return told
    return None


def compare(message: Message, wanted: dict[str, Any], misses: Counter[str], label: str) -> tuple[int, int]:
    """(expected fields, equal ones)."""
    words = tokens(message)
    numbers = {_plain("value", w) for w in words if w[:1] in "0123456789-+."}
    days = {w[:n] for w in words if w[:6].isdigit() for n in (6, 8)}
    told: Counter[Fact] = Counter(f for e in wanted.get("entry", []) for f in facts(e.get("resource", {})))
    ours: Counter[Fact] = Counter(f for e in _entries(message) for f in facts(e))
    said: Counter[Fact] = Counter({f: n for f, n in told.items() if _said(f, words, numbers, days)})
    # a place or practitioner is often repeated by one converter and shared by another: what is said once may be told many times
    equal = sum(min(n, ours[f] if f[0] not in ("Practitioner", "Organization", "Location") else n * bool(ours[f])) for f, n in said.items())
    for f, n in said.items():
        lacking = n - min(n, ours[f] if f[0] not in ("Practitioner", "Organization", "Location") else n * bool(ours[f]))
        if lacking > 0:
            misses[f"{label} {f[0]} {f[1]} {f[2][:60]}"] += lacking
    return sum(said.values()), equal


def tokens(message: Message) -> set[str]:
    """Every value the message has: fields, repetitions, components and subcomponents, escapes undone."""
    signs = message.separators
    out: set[str] = set()
    for segment in message.segments():
        for field in segment.fields()[1:]:
            for repetition in field.split(signs.repetition) if signs.repetition else [field]:
                out.add(repetition)
                for component in repetition.split(signs.component):
                    out.add(component)
                    out.update(component.split(signs.subcomponent) if signs.subcomponent else [component])
    return {" ".join(unescape(word, signs).split()) for word in out} - {""}


def _said(fact: Fact, words: set[str], numbers: set[str], days: set[str]) -> bool:
    """Whether a field of the message says this value."""
    kind, value = fact[1], fact[2]
    if kind in ("birth", "gender", "class"):
        return True
    if kind == "status":
        return False   # a status is a converter's rule over several fields, not one field's value
    if kind == "time":
        return value[:10].replace("-", "")[:8] in days or (value.endswith("-01") and value[:7].replace("-", "") in days)
    return value in words or (kind == "value" and value in numbers)


def _entries(message: Message) -> list[dict[str, Any]]:
    told: Any = bundle(message)
    return [e["resource"] for e in told.get("entry", [])]


def look(raw: bytes) -> tuple[str, str, Message | None]:
    """(outcome, reason, message) of one message."""
    try:
        message = Message.read(raw)
    except HL7Error as error:
        return "quarantined", f"{error.where}：{error.message}", None
    wrong = next((s for s in message.segments() if s.name.strip() and not re.fullmatch(r"[A-Z][A-Z0-9]{2}", s.name)), None)
    if wrong is not None and not wrong.text.startswith(tuple("\x0b\x1c ")):
        return "quarantined", f"段 {wrong.name!r} 不是段名（第 {message.segments().index(wrong) + 1} 行）", message
    if not message.kind:
        return "quarantined", "MSH-9：消息类型空", message
    if not _entries(message):
        return "quarantined", f"{message.kind}：没有可入模的段", message
    return "placed", "", message


def main() -> int:
    """Run over a zip and print one JSON object."""
    words = argparse.ArgumentParser(prog="bench.hl7v2")
    words.add_argument("zip")
    words.add_argument("--manifest", required=True)
    words.add_argument("--expected", action="store_true")
    words.add_argument("--misses", type=int, default=0)
    words.add_argument("--type", default="")
    asked = words.parse_args()
    with open(asked.manifest, encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    by_type: dict[str, Counter[str]] = {}
    unsupported: list[dict[str, str]] = []
    misses: Counter[str] = Counter()
    with zipfile.ZipFile(io.BytesIO(open(asked.zip, "rb").read())) as archive:
        names = set(archive.namelist())
        for row in rows:
            if row["path"] not in names:
                continue
            raw = archive.read(row["path"])
            bodies = split_bytes(raw)
            for place, body in enumerate(bodies):
                one(body, row, asked, by_type, unsupported, misses, archive, names, len(bodies) == 1 or place == 0)
            total = by_type.setdefault(_label(row["msg_type"]), Counter())
            total["files"] += 1
    everything: Counter[str] = Counter()
    for counts in by_type.values():
        everything.update(counts)
    answer = {
        "total": everything["total"],
        "right": everything["placed"],
        "wrong": everything["crashed"],
        "unsupported": unsupported,
        **{k: everything[k] for k in ("placed", "quarantined", "crashed", "roundtrip_ok", "expected_fields", "expected_equal")},
        "expected_percent": _percent(everything),
        "by_type": {k: {**dict(c), "expected_percent": _percent(c)} for k, c in sorted(by_type.items())},
    }
    print(json.dumps(answer, ensure_ascii=False))
    for miss, count in misses.most_common(asked.misses):
        print(count, miss, file=sys.stderr)
    return 0


def one(body: bytes, row: dict[str, str], asked: Any, by_type: dict[str, Counter[str]], unsupported: list[dict[str, str]], misses: Counter[str], archive: zipfile.ZipFile, names: set[str], first: bool) -> None:
    """Count one message; nothing of it stops the run."""
    label = _label(row["msg_type"])
    try:
        outcome, reason, message = look(body)
        if message is not None and message.kind:
            label = _label(message.kind)
        counts = by_type.setdefault(label, Counter())
        counts["total"] += 1
        counts[outcome] += 1
        if message is not None:
            counts["roundtrip_ok"] += message.rebuilt() == body
        else:
            counts["roundtrip_ok"] += 1   # kept as bytes, given back as bytes
        if outcome == "quarantined":
            unsupported.append({"name": row["path"], "reason": reason})
        if asked.expected and first and message is not None:
            wanted = expected_of(archive, names, row["path"])
            if wanted is not None:
                n, equal = compare(message, wanted, misses, label if not asked.type or asked.type == label else "")
                counts["expected_fields"] += n
                counts["expected_equal"] += equal
    except Exception as error:
        counts = by_type.setdefault(label, Counter())
        counts["total"] += 1
        counts["crashed"] += 1
        unsupported.append({"name": row["path"], "reason": type(error).__name__})


def _label(kind: str) -> str:
    return "^".join(kind.split("^")[:2]) or "(none)"


def _percent(counts: Counter[str]) -> float | None:
    return round(100 * counts["expected_equal"] / counts["expected_fields"], 2) if counts["expected_fields"] else None


if __name__ == "__main__":
    sys.exit(main())
