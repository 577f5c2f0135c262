"""A store of many people 百万人库, for the benches of the index: the Chinese benchmark's records filed as a load files them.

Records are sealed, marked and filed by the same functions as in a load, over two processes; who is one person is taken from the
benchmark's truth, so that the store is the same whatever the matcher thinks.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from yishu.identity import Registration, feature, vault
from yishu.identity.settle import COUNTED_FROM
from yishu.kernel.keys import derive
from yishu.kernel.store import open_store

CHUNK = 5_000
SOURCE = "his"
Work = tuple[bytes, bytes, int, list[Registration]]
Filed = tuple[list[Any], list[Any], bytes, bytes, Counter[tuple[str, str]]]
AT = "2026-01-01 00:00:00.000000"


def people_file(path: Path, rows: int, seed: int, noise: str = "medium") -> Path:
    """The benchmark's records as CSV, made by its own command."""
    subprocess.run([sys.executable, "-m", "bench.chinese_people", str(path), "--rows", str(rows), "--noise", noise, "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL)
    return path


def records(path: Path) -> Iterator[tuple[Registration, str]]:
    """Registrations and the truth about who each is."""
    with path.open(encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            yield Registration(SOURCE, row["rec_id"], row["name"], row["sex"], _date(row["birth"]), row["id_no"], row["phone"], None, row["address"]), row["person"]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _filed(work: Work) -> Filed:
    """Vault rows, feature rows, marks and patients (as bytes) and value counts of a chunk."""
    blind, secret, first, part = work
    lock = AESGCM(secret)
    vaults, filed, marks, keys = [], [], [], []
    counts: Counter[tuple[str, str]] = Counter()
    for key, one in enumerate(part, first):
        vaults.append(vault.sealed_row(blind, lock, key, one.name, one.id_card, one.phone, one.card_no, one.address, one.birth_date, one.gender))
        forms = feature.features(one.said())
        filed.append((key, vault.seal_features(lock, key, forms)))
        mine = sorted(set(feature.blocks(blind, forms)))
        marks += mine
        keys += [key] * len(mine)
        counts.update((name, form) for name, form in zip(feature.KINDS, forms, strict=True) if form)
    return vaults, filed, np.array(marks, np.int64).tobytes(), np.array(keys, np.int64).tobytes(), counts


def _chunks(home: Path, people: Iterator[Registration]) -> Iterator[Work]:
    blind, secret, first = derive(home, "blind"), derive(home, "vault"), 1
    while part := list(islice(people, CHUNK)):
        yield blind, secret, first, part
        first += len(part)


def _in_order(pool: ProcessPoolExecutor, work: Iterator[Work]) -> Iterator[Filed]:
    """The answers in order, a few chunks ahead and no more."""
    ahead: deque[Future[Filed]] = deque()
    for each in work:
        ahead.append(pool.submit(_filed, each))
        if len(ahead) >= 6:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


def build(home: Path, path: Path, count: int) -> Engine:
    """The store with the first `count` records of the file."""
    engine = open_store(home)
    truth = [person for _, person in islice(records(path), count)]
    first_of: dict[str, int] = {}
    persons = [first_of.setdefault(person, key) for key, person in enumerate(truth, 1)]
    counts: Counter[tuple[str, str]] = Counter()
    marks: list[bytes] = []
    keys: list[bytes] = []
    raw = engine.raw_connection()
    run: Any = raw.cursor().execute
    many: Any = raw.cursor().executemany
    run("PRAGMA synchronous=OFF")
    with ProcessPoolExecutor(2) as pool:
        for vaults, filed, said, whose, seen in _in_order(pool, _chunks(home, (one for one, _ in islice(records(path), count)))):
            many(f"INSERT INTO identity_vault VALUES ({','.join('?' * len(vaults[0]))})", vaults)
            many("INSERT INTO identity_feature VALUES (?, ?)", filed)
            marks.append(said)
            keys.append(whose)
            counts += seen
    many("INSERT INTO identity_key (patient_key, source, local_id) VALUES (?, ?, ?)", ((k, one.source, one.local_id) for k, (one, _) in enumerate(islice(records(path), count), 1)))
    many("INSERT INTO identity_current VALUES (?, ?)", enumerate(persons, 1))
    many("INSERT INTO identity_link VALUES (?, ?, ?, 'first')", ((k, AT, p) for k, p in enumerate(persons, 1)))
    _blocks(many, np.frombuffer(b"".join(marks), np.int64), np.frombuffer(b"".join(keys), np.int64))
    blind = derive(home, "blind")
    many("INSERT INTO identity_common VALUES (?, ?)", ((feature.mark(blind, *value), times) for value, times in counts.items() if times >= COUNTED_FROM))
    raw.commit()
    run("PRAGMA wal_checkpoint(TRUNCATE)")
    run("PRAGMA synchronous=FULL")
    raw.close()
    return engine


def _blocks(many: Any, marks: Any, keys: Any) -> None:
    order = np.lexsort((keys, marks))
    for start in range(0, len(order), 500_000):
        part = order[start : start + 500_000]
        many("INSERT INTO identity_block VALUES (?, ?)", zip(marks[part].tolist(), keys[part].tolist(), strict=True))
