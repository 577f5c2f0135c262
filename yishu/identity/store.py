"""Store 身份库: patient keys, the vault and link decisions, in the platform store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.engine import Connection

from yishu.kernel.store import metadata

FIELDS = ("name", "id_card", "phone", "card_no", "address")
MARKS = ("name_mark", "id_mark", "phone_mark", "card_mark", "person_mark")

keys = Table(
    "identity_key",
    metadata,
    Column("patient_key", BigInteger, primary_key=True, autoincrement=False),
    Column("source", String(64), nullable=False),
    Column("local_id", String(128), nullable=False),
    UniqueConstraint("source", "local_id"),
)
vault = Table(
    "identity_vault",
    metadata,
    Column("patient_key", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, LargeBinary) for name in FIELDS),
    *(Column(name, LargeBinary(16)) for name in MARKS),
    Column("digest", LargeBinary(16), nullable=False),
)
Index("identity_vault_id", vault.c.id_mark)
Index("identity_vault_phone", vault.c.phone_mark)
Index("identity_vault_card", vault.c.card_mark)
Index("identity_vault_name", vault.c.name_mark)
decisions = Table(
    "identity_link",
    metadata,
    Column("patient_key", BigInteger, primary_key=True, autoincrement=False),
    Column("decided_at", DateTime, primary_key=True),
    Column("person_id", BigInteger, nullable=False),
    Column("rule", String(32), nullable=False),
)
revealed = Table(
    "identity_revealed",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("viewer", String(64), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("fields", String(200), nullable=False),
    Column("reason", String(500), nullable=False),
)

_CHUNK = 20_000


def add(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert many rows."""
    if connection.dialect.name == "sqlite" and rows and not any(isinstance(value, datetime) for value in rows[0]):
        # straight to the driver: a third of the time, which counts for a hundred thousand patients
        columns, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})', list(rows))
        return
    statement = table.insert()
    for start in range(0, len(rows), _CHUNK):
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows[start : start + _CHUNK]])


def all_keys(engine: Engine) -> list[tuple[str, str, int]]:
    """(source, local id, patient key) of every key ever allotted."""
    with engine.connect() as connection:
        found = connection.execute(select(keys.c.source, keys.c.local_id, keys.c.patient_key).order_by(keys.c.patient_key))
        return [(row[0], row[1], row[2]) for row in found]


def allot(engine: Engine, wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Keys for new (source, local id) pairs, in the order given, in one transaction."""
    with engine.begin() as connection:
        last = connection.execute(select(func.max(keys.c.patient_key))).scalar() or 0
        rows = [(source, local, last + place) for place, (source, local) in enumerate(wanted, start=1)]
        add(connection, keys, ("source", "local_id", "patient_key"), rows)
    return rows


def digests(engine: Engine, patients: Sequence[int] | None = None) -> dict[int, bytes]:
    """The digest of every vault record, or of a few patients, to tell which changed."""
    with engine.connect() as connection:
        if patients is not None:
            result: dict[int, bytes] = {}
            for start in range(0, len(patients), 500):
                part = patients[start : start + 500]
                result |= {r[0]: r[1] for r in connection.execute(select(vault.c.patient_key, vault.c.digest).where(vault.c.patient_key.in_(part)))}
            return result
        return {row[0]: row[1] for row in connection.execute(select(vault.c.patient_key, vault.c.digest))}


def put(engine: Engine, rows: Sequence[tuple[object, ...]], replaced: Iterable[int]) -> None:
    """Write vault records (patient_key, fields, marks, digest); `replaced` exist already."""
    with engine.begin() as connection:
        gone = list(replaced)
        for start in range(0, len(gone), 500):
            connection.execute(vault.delete().where(vault.c.patient_key.in_(gone[start : start + 500])))
        add(connection, vault, ("patient_key", *FIELDS, *MARKS, "digest"), rows)


def sealed(engine: Engine, patients: Sequence[int], field: str) -> dict[int, bytes | None]:
    """One sealed field of some patients."""
    result: dict[int, bytes | None] = {}
    with engine.connect() as connection:
        for start in range(0, len(patients), 500):
            part = patients[start : start + 500]
            for row in connection.execute(select(vault.c.patient_key, vault.c[field]).where(vault.c.patient_key.in_(part))):
                result[row[0]] = row[1]
    return result


def people(engine: Engine, at: datetime) -> dict[int, int]:
    """patient key → person id as decided until a moment."""
    d = decisions.c
    with engine.connect() as connection:
        found = connection.execute(select(d.patient_key, d.person_id).where(d.decided_at <= at).order_by(d.decided_at))
        return {row[0]: row[1] for row in found}


def decide(engine: Engine, rows: Sequence[tuple[int, datetime, int, str]]) -> None:
    """Append link decisions; one of the same moment is replaced."""
    with engine.begin() as connection:
        decided(connection, rows)


def decided(connection: Connection, rows: Sequence[tuple[int, datetime, int, str]]) -> None:
    """Append link decisions within a transaction; one of the same moment is replaced."""
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        connection.execute(decisions.delete().where(decisions.c.decided_at == part[0][1], decisions.c.patient_key.in_([r[0] for r in part])))
    add(connection, decisions, ("patient_key", "decided_at", "person_id", "rule"), rows)


def find(engine: Engine, mark: str, value: bytes) -> tuple[int, ...]:
    """Patients whose field has this mark: exact search without opening anything."""
    with engine.connect() as connection:
        return tuple(row[0] for row in connection.execute(select(vault.c.patient_key).where(vault.c[mark] == value)))


def note_revealed(engine: Engine, row: dict[str, object]) -> None:
    """Write down who opened what and why."""
    with engine.begin() as connection:
        connection.execute(revealed.insert(), [row])
