"""Take 收入消息: a batch of messages walks through the house, exactly once, in order per patient.

The inbox is the truth; a batch's rows and its marks commit in one DuckDB transaction, the inbox learns of it afterwards
and asks the marks when it starts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from yishu import hospital, identity, integration
from yishu.flow.house import House, Tell, prepared
from yishu.flow.identify import Identifier, telling
from yishu.flow.monitor import bucket
from yishu.hospital import runs
from yishu.hospital.upsert import Moved, Upsert, last_taken, mark, note_again, note_messages, taken
from yishu.integration import message_stage
from yishu.integration.adapters.hl7v2 import HL7Error, Message
from yishu.integration.adapters.hl7v2.values import FORMS
from yishu.integration.channels import ChannelSpec, channels
from yishu.integration.inbox import Inbox, Kept, State
from yishu.integration.message_map import MapFault
from yishu.integration.message_stage import Read
from yishu.integration.watch import Watchbook
from yishu.kernel import Settings, SourceError, YishuError

MOST = 5_000
LONGEST_WAIT = 60.0
OURS = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.OutOfMemoryException)
KEPT_NO_MAP = "已保存，没有映射（kept, no map）"


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """Receipt 回执 of one message: what became of it, and the rows it moved."""

    message_id: str
    channel: str
    control_id: str
    kind: str
    state: str
    reason: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        return {
            "message_id": self.message_id, "channel": self.channel, "control_id": self.control_id, "type": self.kind, "state": self.state,
            "reason": self.reason, "rows": dict(self.rows), "changed": dict(self.changed),
        }  # fmt: skip


class Taker:
    """The one who places messages 入模者: one writer on one cursor of the warehouse."""

    def __init__(self, settings: Settings, connection: DuckDBPyConnection, inbox: Inbox, tell: Tell = lambda _: None) -> None:
        self.settings, self.inbox, self.connection = settings, inbox, connection
        self.channels: dict[str, ChannelSpec] = {c.name: c for c in channels(settings.hospital)}
        self.house: House = prepared(settings, tell)
        self._keys = identity.LiveKeys(self.house.engine)
        self._people = Identifier(self.house.engine, settings.home)
        self._upserts: dict[tuple[str, str], Upsert] = {}
        self._versions: dict[str, str] = {}
        self._marked: set[int] = set()
        hospital.make(connection, self.house.ground.model)
        self._highest = last_taken(connection)
        self._watchbook = Watchbook(settings.home)
        self._heard: dict[str, tuple[list[timedelta], list[int]]] = {}
        for channel in self.channels.values():
            self._open(channel)
        self._catch_up()

    def _open(self, channel: ChannelSpec) -> None:
        """Stage, mappings and rule version of a channel, one set a system."""
        folder, model = self.settings.hospital, self.house.ground.model
        digest = _digest(folder, channel)
        self._versions[channel.name] = digest
        for system in channel.systems:
            names = tuple(t.name for t in channel.map.tables if (t.system or channel.name) == system)
            names += channel.map.lookups.get(system, ())
            mappings, faults = hospital.read_mappings(folder, f"{channel.name}/{system}", names, model)
            if faults:
                raise hospital.HospitalFaults(faults)
            message_stage.open_stage(self.connection, self.settings, channel, system, self.house.specs)
            empty = message_stage.stage_batch(self.connection, channel, system, ())
            people = hospital.People(pa.table({}), self._keys.of, self._remember)
            number = runs.rule_version(self.house.engine, channel.name, digest)
            batch = hospital.Batch(system, "", datetime.min, number, digest)
            self._upserts[(channel.name, system)] = Upsert(self.connection, self.house.ground, empty, mappings, batch, people)

    def _remember(self, patients: pa.Table) -> None:
        identity.remember(self.house.engine, self.settings.home, patients)
        self._people.named(patients.column("patient_key").to_pylist())

    def _catch_up(self) -> None:
        """What was placed before the inbox could be told is told now."""
        left = self.inbox.untold()
        if left:
            done = taken(self.connection, left[0], left[-1]) & set(left)
            self.inbox.mark(sorted(done), State.DONE)

    def close(self) -> None:
        """Let go of the store."""
        self._people.close()
        self.house.engine.dispose()

    def run(self, limit: int = MOST, until: datetime | None = None) -> list[MessageReceipt]:
        """Place what may be placed now; a receipt a message."""
        work = [m for m in self.inbox.work(limit, until) if m.id not in self._marked]
        receipts = self.apply(work)
        self._identify(work, receipts)
        self._tell_inbox(receipts, {m.id: m for m in work})
        return list(receipts.values())

    def _identify(self, work: Sequence[Kept], receipts: dict[int, MessageReceipt]) -> None:
        """The living index follows what was placed; where people moved, so do the facts by person."""
        self._people.settle(self.settings.clock().replace(microsecond=0))
        moved = False
        for kept in work:
            receipt, spec = receipts.get(kept.id), self.channels.get(kept.source)
            if receipt is None or receipt.state == "failed" or spec is None or kept.kind not in identity.TOLD:
                continue
            message = Message.read(kept.body, spec.charset)
            told = telling(spec, message, self.settings.clock().replace(microsecond=0), said_at(message))
            if told is not None:
                done, why = self._people.follow(told)
                moved |= done
                receipts[kept.id] = replace(receipt, state="placed", reason=why and f"未归并：{why}")
        if moved:
            from yishu.flow.follow import (
                follow,  # it derives as a load does, and a load replays messages through this file
            )

            follow(self.settings, self.connection)

    def drain(self, until: datetime | None = None) -> list[MessageReceipt]:
        """Place until nothing more may be placed now."""
        out: list[MessageReceipt] = []
        while part := self.run(until=until):
            out += part
        return out

    def _tell_inbox(self, receipts: Mapping[int, MessageReceipt], work: Mapping[int, Kept]) -> None:
        done = [i for i, r in receipts.items() if r.state in ("placed", "ignored")]
        self._marked |= set(done)
        documents = [i for i in done if receipts[i].reason == KEPT_NO_MAP]
        self.inbox.mark(documents, State.DONE, KEPT_NO_MAP)
        self.inbox.mark([i for i in done if i not in set(documents)], State.DONE)
        self._marked -= set(done)
        self._count(receipts, work)
        self._pulse()
        for ident, receipt in receipts.items():
            if receipt.state == "failed":
                kept = work[ident]
                spec = self.channels.get(kept.source)
                wait = min(LONGEST_WAIT, 2.0 ** kept.tries)
                self.inbox.mark([ident], State.FAILED, receipt.reason, most_tries=spec.tries if spec else 1, wait=wait)

    def _count(self, receipts: Mapping[int, MessageReceipt], work: Mapping[int, Kept]) -> None:
        """What the monitor shows: how long it took, whence it came, what it moved."""
        now = self.settings.clock()
        counts: dict[tuple[str, str], int] = {}
        for ident, receipt in receipts.items():
            if receipt.state != "placed":
                continue
            late = (now - work[ident].received_at).total_seconds() * 1_000
            names = {f"ms:{bucket(late)}": 1, f"from:{self._system(receipt)}": 1} | {f"to:{self.house.ground.model.tables[t].label}": n for t, n in receipt.rows.items()}
            for name, number in names.items():
                counts[(receipt.channel, name)] = counts.get((receipt.channel, name), 0) + number
        self.inbox.note(counts)

    def _pulse(self) -> None:
        """What the batch told of its senders' clocks and numbers, noted once a batch."""
        for source, (delays, numbers) in self._heard.items():
            self._watchbook.heard(source, delays, numbers, self.settings.clock())
        self._heard.clear()

    def _system(self, receipt: MessageReceipt) -> str:
        systems = self.channels[receipt.channel].systems
        return next((s for s in systems if any(m.table in receipt.rows and m.table in self._only(receipt.channel, s) for m in self._upserts[(receipt.channel, s)].mappings)), systems[0])

    def _only(self, channel: str, system: str) -> set[str]:
        """Tables of the channel that this system alone fills; they tell whose message it was."""
        mine = {m.table for m in self._upserts[(channel, system)].mappings}
        others = {m.table for s in self.channels[channel].systems if s != system for m in self._upserts[(channel, s)].mappings}
        return mine - others or mine

    def apply(self, messages: Sequence[Kept], *, keep: bool = True) -> dict[int, MessageReceipt]:
        """Place messages; one that cannot be placed is taken out, and its patient's later ones wait.

        `keep=False` is a rehearsal: the same work, rolled back.
        """
        receipts: dict[int, MessageReceipt] = {}
        held: set[str] = set()
        good: list[tuple[Kept, Read]] = []
        for kept in messages:
            keys = {k for k in (kept.order_key, kept.also_key) if k}
            if keys & held:
                held |= keys
                continue
            spec = self.channels.get(kept.source)
            if spec is not None and spec.format != "hl7v2":
                receipts[kept.id] = _receipt(kept, "ignored", KEPT_NO_MAP)   # a document: maps read HL7 only
                continue
            try:
                read = self._read(kept)
            except YishuError as error:
                receipts[kept.id] = _receipt(kept, "failed", f"{error.message}")
                held |= keys
                continue
            if not read.rows:
                receipts[kept.id] = _receipt(kept, "ignored", "映射没有取这类消息")
            good.append((kept, read))
        good, again = self._with_later(good)
        self._place(good, receipts, set(), keep, again)   # what was read before a message that stops is not behind it
        asked = {kept.id for kept in messages}
        return {number: receipts[number] for number in sorted(receipts) if number in asked}

    def _with_later(self, good: list[tuple[Kept, Read]]) -> tuple[list[tuple[Kept, Read]], frozenset[int]]:
        """Where later messages of the same patients are placed already, these are placed again behind, so that order holds 补入旧消息.

        The messages to place, and the numbers of all that will be placed again (none where every message is the newest of its patient).
        """
        late = [k for k, _ in good if k.id <= self._highest]
        if not late:
            return good, frozenset()
        since = min(k.received_at for k in late)
        known, keys, looked = {k.id for k, _ in good}, [key for k in late for key in (k.order_key, k.also_key) if key], set[str]()
        later: list[tuple[Kept, Read]] = []
        while keys:
            key = keys.pop()
            if key in looked:
                continue
            looked.add(key)
            for kept in self.inbox.since(key, since):
                if kept.id not in known:
                    known.add(kept.id)
                    keys += [k for k in (kept.order_key, kept.also_key) if k]
                    later += self._readable(kept)
        if not later and not taken(self.connection, late[0].id, late[-1].id) & {k.id for k in late}:
            return good, frozenset()
        return sorted(good + later, key=lambda pair: pair[0].id), frozenset(known) | frozenset(self.inbox.waiting())

    def _readable(self, kept: Kept) -> list[tuple[Kept, Read]]:
        try:
            read = self._read(kept)
        except YishuError:
            return []
        return [(kept, read)] if read.rows else []

    def _read(self, kept: Kept) -> Read:
        spec = self.channels.get(kept.source)
        if spec is None:
            raise MapFault("message.channel", f"没有通道 {kept.source}", hint="在 sources/ 里写明这个通道", where=kept.source)
        try:
            message = Message.read(kept.body, spec.charset)
        except HL7Error as error:
            raise MapFault(error.code, error.message, hint=error.hint, where=error.where) from None
        said, number = said_at(message), message.get("MSH-13")
        if kept.id > self._highest and (said or number):
            delays, numbers = self._heard.setdefault(kept.source, ([], []))
            if said:
                delays.append(kept.received_at - said)
            if number.isdigit() and len(number) < 16:
                numbers.append(int(number))
        return Read(kept.id, kept.received_at, spec.map.rows(message), said)

    def _place(self, good: list[tuple[Kept, Read]], receipts: dict[int, MessageReceipt], held: set[str], keep: bool, again: frozenset[int]) -> None:
        good = [pair for pair in good if not _behind(pair[0], held)]
        if not good:
            return
        try:
            moved = self._commit(good, keep, again)
        except OURS as error:
            # no message is to blame for a full disk or memory: all stay in the inbox, untried
            raise SourceError("take.disk", "数据仓库写不进去，消息仍在收件箱里等着", hint="检查磁盘空间与内存；好了以后自动继续", where=type(error).__name__) from None
        except (YishuError, duckdb.Error) as error:
            if len(good) > 1:
                middle = len(good) // 2
                self._place(good[:middle], receipts, held, keep, again)
                self._place(good[middle:], receipts, held, keep, again)
                return
            kept = good[0][0]
            reason = error.message if isinstance(error, YishuError) else f"{type(error).__name__}：这条消息入模失败"
            receipts[kept.id] = _receipt(kept, "failed", reason)
            held |= {kept.order_key, kept.also_key} - {""}
            return
        for kept, read in good:
            rows, changed = moved.get(kept.id, ({}, {}))
            if read.rows:
                receipts[kept.id] = _receipt(kept, "placed", "", rows, changed)

    def _commit(self, good: Sequence[tuple[Kept, Read]], keep: bool, again: frozenset[int]) -> dict[int, tuple[dict[str, int], dict[str, int]]]:
        moved: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
        by_channel: dict[str, list[tuple[Kept, Read]]] = {}
        for pair in good:
            by_channel.setdefault(pair[0].source, []).append(pair)
        run = self.connection.execute
        run("USE wh")
        # staged first: one transaction of the engine writes to one database only
        staged = {name: self._stage(name, [r for _, r in pairs if r.rows]) for name, pairs in by_channel.items()}
        run("BEGIN")
        try:
            if again:
                note_again(self.connection, again)
            for name, pairs in by_channel.items():
                note_messages(self.connection, [(k.id, k.received_at, r.said_at) for k, r in pairs])
                touched: set[str] = set()
                for system, (tables, findings) in staged[name].items():
                    parts = self._upserts[(name, system)].run(tables, findings, self._upserts[(name, system)].batch, again=bool(again))
                    touched |= {part.table for part in parts if any(changed for _, _, changed in part.by_message)}
                    _count(moved, parts)
                hospital.follow_events(self.connection, frozenset(touched))   # in the same transaction: whoever sees a row sees its step
                mark(self.connection, name, self._versions[name], pairs[-1][0].received_at, again=bool(again))
            run("COMMIT" if keep else "ROLLBACK")
            self._highest = max(self._highest, good[-1][0].id) if keep else self._highest
            if not keep:
                self._forget_codes()
        except BaseException:
            run("ROLLBACK")
            self._forget_codes()
            raise
        return moved

    def _forget_codes(self) -> None:
        for upsert in self._upserts.values():
            upsert.registered.clear()   # their code tables are rolled back with the rest

    def _stage(self, name: str, batch: list[Read]) -> dict[str, tuple[integration.Staged, str]]:
        """The staged rows of a batch and what the checks found in them, by system."""
        channel = self.channels[name]
        out: dict[str, tuple[integration.Staged, str]] = {}
        for system in channel.systems:
            wanted = {t.name for t in channel.map.tables if (t.system or name) == system}
            part = [read for read in batch if wanted & read.rows.keys()]
            if part:
                staged = message_stage.stage_batch(self.connection, channel, system, part)
                out[system] = staged, integration.checks(self.connection, staged)
        return out


def _behind(kept: Kept, held: set[str]) -> bool:
    """Whether a message waits behind one that stopped; then what comes after it waits too."""
    keys = {kept.order_key, kept.also_key} - {""}
    if keys & held:
        held |= keys
        return True
    return False


def _count(moved: dict[int, tuple[dict[str, int], dict[str, int]]], parts: Iterable[Moved]) -> None:
    for part in parts:
        for number, rows, changed in part.by_message:
            into = moved.setdefault(number, ({}, {}))
            into[0][part.table] = into[0].get(part.table, 0) + rows
            if changed:
                into[1][part.table] = into[1].get(part.table, 0) + changed


def _digest(folder: Path, channel: ChannelSpec) -> str:
    """All texts that decide how a channel is placed, as one version."""
    digest = hashlib.sha256(channel.map.file.read_bytes())
    for system in channel.systems:
        digest.update(hospital.version_digest(folder, f"{channel.name}/{system}").encode())
    return digest.hexdigest()[:16]


def said_at(message: Message) -> datetime | None:
    """When the sender says it was made (MSH-7), in the hospital's time."""
    said = FORMS["time"](message.get("MSH-7"), message.head)
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        return None


def _receipt(kept: Kept, state: str, reason: str, rows: Mapping[str, int] | None = None, changed: Mapping[str, int] | None = None) -> MessageReceipt:
    return MessageReceipt(kept.message_id, kept.source, kept.control_id, kept.kind, state, reason, rows or {}, changed or {})


class Replaying:
    """A rebuild places messages again 重放 between the loads, in the order in which both were known."""

    def __init__(self, settings: Settings, connection: DuckDBPyConnection) -> None:
        self._settings, self._connection, self._last = settings, connection, 0
        self._any = bool(channels(settings.hospital)) and (settings.home / "inbox.db").exists()

    def upto(self, moment: datetime | None) -> None:
        """Place what the inbox had placed and received until a moment; dictionaries are those loaded by then."""
        if not self._any:
            return
        inbox = Inbox(self._settings.home, self._settings.clock)
        taker: Taker | None = None
        batch: list[Kept] = []
        try:
            for kept in inbox.all(self._last):
                if moment is not None and kept.received_at > moment:
                    break
                self._last = kept.id
                if kept.state is State.DONE:
                    batch.append(kept)
                if len(batch) >= MOST:
                    taker = taker or Taker(self._settings, self._connection, inbox)
                    taker.apply(batch)
                    batch = []
            if batch:
                taker = taker or Taker(self._settings, self._connection, inbox)
                taker.apply(batch)
        finally:
            if taker is not None:
                taker.close()
            inbox.close()


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The message files 消息文件 under files and folders, in order of their names."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        elif path.is_file():
            found.append(path)
        else:
            raise SourceError("take.missing", f"没有文件 {path.name}", hint="给出消息文件或文件夹", where=str(path))
    return found


