"""Vault 标识库: names, id cards, phones and addresses, field-encrypted; found again by keyed marks only."""

from __future__ import annotations

import hmac
import os
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from yishu.identity import ledger, store
from yishu.identity.card import valid_card
from yishu.identity.errors import NoReason
from yishu.identity.feature import Features, blocks, features, packed
from yishu.kernel.keys import derive, unseal

MARK_OF = {"name": "name_mark", "id_card": "id_mark", "phone": "phone_mark", "card_no": "card_mark"}


class Looker(Protocol):
    """Whoever looks 查看者: known by name."""

    @property
    def name(self) -> str: ...


def plain_name(name: str | None) -> str | None:
    """A name 姓名 without padding, width and case differences."""
    if not name:
        return None
    text = "".join(unicodedata.normalize("NFKC", name).split()).upper()
    return text or None


def plain_phone(phone: str | None) -> str | None:
    """A phone number 电话: digits only, no placeholder."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", phone or "") if c.isdigit())
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return digits if len(digits) >= 7 and len(set(digits)) > 2 else None


def plain_card(card: str | None) -> str | None:
    """A visiting card number 就诊卡号; zeros and dashes are placeholders."""
    text = "".join((card or "").split()).upper()
    return text if len(text) >= 4 and len(set(text)) > 1 else None


def remember(engine: Engine, home: Path, patients: pa.Table) -> int:
    """Seal what changed of (patient_key, name, id_card, phone, card_no, address, birth_date, gender); how many did."""
    blind, lock = derive(home, "blind"), AESGCM(derive(home, "vault"))
    # a batch of messages names few: their digests alone, not those of the whole vault
    known = store.digests(engine, patients.column("patient_key").to_pylist() if patients.num_rows < 10_000 else None)
    rows: list[tuple[object, ...]] = []
    filed: list[tuple[int, bytes]] = []
    marks: list[tuple[int, int]] = []
    replaced: list[int] = []
    columns = [patients.column(name).to_pylist() for name in ("patient_key", *store.FIELDS, "birth_date", "gender")]
    for key, name, card, phone, visiting, address, born, gender in zip(*columns, strict=True):
        before = known.get(key)
        if before == _digest(blind, (name, card, phone, visiting, address), born, gender):
            continue
        if before is not None:
            replaced.append(key)
        rows.append(sealed_row(blind, lock, key, name, card, phone, visiting, address, born, gender))
        forms = features({"name": name, "gender": gender, "birth": born, "id_card": card, "phone": phone, "card_no": visiting, "address": address})
        filed.append((key, seal_features(lock, key, forms)))
        marks += [(mark, key) for mark in sorted(set(blocks(blind, forms)))]
    if rows:
        ledger.file(engine, filed, marks)   # before the digest: killed in between, the next load files them again
        store.put(engine, rows, replaced)
    return len(rows)


def _digest(blind: bytes, fields: tuple[str | None, ...], born: object, gender: str | None) -> bytes:
    """What tells that a record changed; `2` since features are filed with it."""
    return hmac.digest(blind, "\x1f".join(str(v) for v in ("2", *fields, born, gender)).encode(), "sha256")[:16]


def sealed_row(
    blind: bytes, lock: AESGCM, key: int, name: str | None, id_card: str | None, phone: str | None, card_no: str | None, address: str | None,
    born: object, gender: str | None,
) -> tuple[object, ...]:  # fmt: skip
    """One row of the vault: sealed fields, keyed marks, digest."""

    def mark(kind: str, value: str | None) -> bytes | None:
        return hmac.digest(blind, f"{kind}\x1f{value}".encode(), "sha256")[:16] if value else None

    fields = (name, id_card, phone, card_no, address)
    plain = plain_name(name)
    real_birth = born is not None and str(born)[:10] != "1900-01-01"
    whole = f"{plain}\x1f{str(born)[:10]}\x1f{gender}" if plain and real_birth and "?" not in plain else None
    return (
        key,
        *(_seal(lock, value, key, field) for value, field in zip(fields, store.FIELDS, strict=True)),
        mark("name", plain),
        mark("id_card", valid_card(id_card)),
        mark("phone", plain_phone(phone)),
        mark("card_no", plain_card(card_no)),
        mark("person", whole),
        _digest(blind, fields, born, gender),
    )


def seal_features(lock: AESGCM, key: int, forms: Features) -> bytes:
    """Features of a patient, sealed and bound to him."""
    sealed = _seal(lock, packed(forms), key, "feature")
    assert sealed is not None
    return sealed


def _seal(lock: AESGCM, value: str | None, key: int, field: str) -> bytes | None:
    if not value:
        return None
    nonce = os.urandom(12)
    return nonce + lock.encrypt(nonce, value.encode(), f"{key}:{field}".encode())


def opened(engine: Engine, home: Path, patients: list[int], field: str) -> dict[int, str]:
    """One field of some patients in clear; for the room itself and `reveal`."""
    key = derive(home, "vault")
    return {
        patient: unseal(key, sealed, f"{patient}:{field}".encode())
        for patient, sealed in store.sealed(engine, patients, field).items()
        if sealed is not None
    }


def find(engine: Engine, home: Path, field: str, value: str) -> tuple[int, ...]:
    """Patients by an exact name, id card, phone or card number, without opening the vault."""
    plain = {"name": plain_name, "id_card": valid_card, "phone": plain_phone, "card_no": plain_card}[field](value)
    if plain is None:
        return ()
    return store.find(engine, MARK_OF[field], hmac.digest(derive(home, "blind"), f"{field}\x1f{plain}".encode(), "sha256")[:16])


def reveal(
    engine: Engine, home: Path, viewer: Looker, person: int, fields: tuple[str, ...], reason: str, at: datetime
) -> dict[str, tuple[str, ...]]:
    """Open identifiers of a person 查看身份信息; written down with the reason before anything is shown."""
    if len(reason.strip()) < 2:
        raise NoReason
    row: dict[str, object] = {"at": at, "viewer": viewer.name, "person_id": person, "fields": ",".join(fields), "reason": reason.strip()[:500]}
    store.note_revealed(engine, row)
    with engine.connect() as connection:
        patients = list(ledger.members(connection, person)) or [person]
    return {field: tuple(dict.fromkeys(opened(engine, home, patients, field).values())) for field in fields if field in store.FIELDS}
