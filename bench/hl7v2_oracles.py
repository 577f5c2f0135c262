"""Our reading of HL7 v2 fields beside python-hl7 and hl7apy 对照两种公开实现: how many fields agree, and every kind of difference.

    python -m bench.hl7v2_oracles ZIP --manifest CSV [--files N]

One JSON object: for each library the messages it read, the fields compared, the equal ones, and the differences by reason with a number and
an example (file, segment, field; no values).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from yishu.integration.adapters.hl7v2 import HL7Error, Message
from yishu.integration.adapters.hl7v2.lexer import split_bytes

Fields = dict[tuple[int, int], str]   # (place of the segment, field number) → raw text
HEADS = ("MSH", "FHS", "BHS")


def ours(message: Message) -> tuple[Fields, list[str]]:
    """Every non-empty field as we read it, and the names of the segments."""
    segments = [s for s in message.segments() if s.text.strip()]
    return {(at, n): s.raw(n) for at, s in enumerate(segments) for n in range(1, len(s.fields())) if s.raw(n) and s.name not in HEADS}, [s.name for s in segments]


def python_hl7(text: str) -> tuple[Fields, list[str]]:
    """The same as python-hl7 reads it."""
    import hl7

    segments = [s for s in hl7.parse(text) if str(s)]
    return {(at, n): str(f) for at, s in enumerate(segments) for n, f in enumerate(s) if n and str(f) and str(s[0]) not in HEADS}, [str(s[0]) for s in segments]


def hl7apy(text: str) -> tuple[Fields, list[str]]:
    """The same as hl7apy reads it, without validation and without groups."""
    from hl7apy.parser import parse_message

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        message = parse_message(text, validation_level=2, find_groups=False)
    found: Fields = {}
    names = []
    for at, segment in enumerate(message.children):
        names.append(segment.name)
        if segment.name not in HEADS:   # a field beyond the standard's last has no name there, so the place tells the number
            found |= {(at, n): said for n, said in enumerate(segment.to_er7().split("|")) if n and said}
    return found, names


def reason(mine: str | None, other: str | None) -> str:
    """Why one field differs, as far as its text tells."""
    if mine is None:
        return "only the other has it"
    if other is None:
        return "only we have it"
    signs = "^&~"
    if mine.rstrip(signs) == other.rstrip(signs) or _bare(mine) == _bare(other):
        return "trailing empty parts left out by one"
    if mine.strip() == other.strip():
        return "blanks at the ends left out by one"
    if "\\" in mine:
        return "escape sequences rewritten"
    return "other text"


def _bare(text: str) -> str:
    return "~".join("^".join(c.rstrip("&") for c in rep.split("^")).rstrip("^") for rep in text.split("~")).rstrip("~")


def messages(path: str, manifest: str, most: int) -> Iterator[tuple[str, Message]]:
    """The messages that we read, with `|^~\\&` (the oracles know no other signs), line ends as CR."""
    with open(manifest, encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[:most]
    with zipfile.ZipFile(io.BytesIO(open(path, "rb").read())) as archive:
        names = set(archive.namelist())
        for row in rows:
            if row["path"] not in names:
                continue
            for body in split_bytes(archive.read(row["path"])):
                try:
                    message = Message.read(body)
                    if message.text.startswith("MSH|^~\\&|"):
                        yield row["path"].rsplit("/", 1)[-1], Message(message.text.replace("\r\n", "\r").replace("\n", "\r"), message.charset)
                except HL7Error:
                    continue


def compare(readers: dict[str, Callable[[str], tuple[Fields, list[str]]]], all_of_them: Iterator[tuple[str, Message]]) -> dict[str, Any]:
    """Counts and differences by reason."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in readers}
    differences: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in readers}

    def differs(name: str, why: str, where: str, number: int = 1) -> None:
        held = differences[name].setdefault(why, {"fields": 0, "example": where})
        held["fields"] += number

    for file, message in all_of_them:
        mine, segments = ours(message)
        for name, read in readers.items():
            try:
                other, names = read(message.text)
            except Exception as error:
                counts[name]["unread"] += 1
                differs(name, f"message refused: {type(error).__name__}", file, 0)
                continue
            counts[name]["messages"] += 1
            if names != segments:
                differs(name, "segments told apart differently", file, 0)
                counts[name]["other_segments"] += 1
                continue
            for key in mine.keys() | other.keys():
                counts[name]["fields"] += 1
                if mine.get(key) == other.get(key):
                    counts[name]["equal"] += 1
                else:
                    differs(name, reason(mine.get(key), other.get(key)), f"{file} {segments[key[0]]}-{key[1]}")
    return {name: {**dict(counts[name]), "differences": differences[name]} for name in readers}


def main() -> int:
    """Run over a zip and print one JSON object."""
    words = argparse.ArgumentParser(prog="bench.hl7v2_oracles")
    words.add_argument("zip")
    words.add_argument("--manifest", required=True)
    words.add_argument("--files", type=int, default=1_000_000)
    asked = words.parse_args()
    print(json.dumps(compare({"python_hl7": python_hl7, "hl7apy": hl7apy}, messages(asked.zip, asked.manifest, asked.files)), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
