"""Papers 文档与资源: what is not HL7 v2 — FHIR bundles, DICOM headers, CDA documents — one a file, listed in the same truth."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yishu.demo.messages import cda, dicom, fhir
from yishu.demo.messages.paper import Paper
from yishu.demo.messages.post import MOST, Posted
from yishu.demo.messages.speech import stamp
from yishu.demo.world import Columns, World


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of paper 一类文档: how it is made and how its files end."""

    suffix: str
    made: Callable[[World, Columns], Iterator[Paper]]


SHELVES: dict[str, Shelf] = {"fhir": Shelf("json", fhir.bundles), "dicom": Shelf("dcm", dicom.headers), "cda": Shelf("xml", cda.documents)}


def shelve(world: World, people: Columns, home: Path, channel: str) -> Posted:
    """Write `sources/messages/<channel>/NNNNNN.<suffix>` in order of time."""
    listed, told = io.StringIO(), io.StringIO()
    names, words = csv.writer(listed, lineterminator="\n"), csv.writer(told, lineterminator="\n")
    shelf, folder = SHELVES[channel], home / "sources" / "messages" / channel
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"*.{shelf.suffix}"):
        old.unlink()
    papers = sorted(shelf.made(world, people), key=lambda p: (p.moment, p.kind, p.table, p.key))[-MOST:]
    for n, paper in enumerate(papers, 1):
        file, control = f"{n:06d}.{shelf.suffix}", f"{channel.upper()}{stamp(paper.moment)[:8]}{n:06d}"
        (folder / file).write_bytes(paper.body())
        names.writerow((channel, file, control, paper.kind, paper.patient, paper.visit, paper.table, paper.key))
        for table, key, said in paper.values:
            words.writerows((control, table, key, f, v) for f, v in said.items() if v)
    return Posted(channel, len(papers), listed.getvalue(), told.getvalue())
