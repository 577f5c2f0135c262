"""Learn 学习: what was asked, how it was read, what people changed; without a model. Words of patients are never kept.

A correction becomes a pair (question, query) and a proposal of a synonym, which the steward accepts or turns down; what could not be
answered is listed for the owners of metrics.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from yishu.ask.normalise import normalise
from yishu.ask.route import PERSON
from yishu.kernel.errors import InputError
from yishu.kernel.store import metadata

asked_table = Table(
    "ask_question",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),
    Column("viewer", String(100), nullable=False),
    Column("conversation", String(64), nullable=False),
    Column("question", Text, nullable=False),
    Column("behaviour", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("intent", String(20), nullable=False),
    Column("metric", String(100), nullable=False),
    Column("query", Text, nullable=True),
    Column("edited", Text, nullable=True),
    Column("thumb", Integer, nullable=True),
)
synonym_table = Table(
    "ask_synonym",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("word", String(60), nullable=False),
    Column("metric", String(100), nullable=False),
    Column("question", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("decided_by", String(100), nullable=True),
    UniqueConstraint("word", "metric"),
)

UNKEPT = "（涉及个人信息或不当内容，未记录原文）"
SILENT = frozenset(("privacy", "permission", "injection", "raw_sql", "emergency", "medical_advice", "triage"))
LONGEST = 400
STATES = ("proposed", "confirmed", "rejected")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked 提问记录."""

    at: datetime
    viewer: str
    conversation: str
    question: str
    behaviour: str
    reason: str
    intent: str
    metric: str
    query: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that could not be answered 没答上的问题: how often, why, since when."""

    question: str
    reason: str
    times: int
    last: datetime

    def as_json(self) -> dict[str, object]:
        """As the list tells it."""
        return {"question": self.question, "reason": self.reason, "times": self.times, "last": self.last.isoformat(timespec="seconds")}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A word proposed as a synonym 候选同义词 of a metric."""

    id: int
    word: str
    metric: str
    question: str
    at: datetime
    state: str

    def as_json(self) -> dict[str, object]:
        """As the steward sees it."""
        return {
            "id": self.id, "word": self.word, "metric": self.metric, "question": self.question,
            "at": self.at.isoformat(timespec="seconds"), "state": self.state,
        }  # fmt: skip


NAMED = re.compile(r"(?:患者|病人|家属|先生|女士)[\u4e00-\u9fff]{2,3}(?=的|在|住|得|做|，|,|$)|[\u4e00-\u9fff]{2,3}(?=先生|女士|同志)")


def without_people(text: str, reason: str = "") -> str:
    """The question as it may be kept: names, numbers of people and refused private questions taken out."""
    if reason in SILENT:
        return UNKEPT
    kept = re.sub(r"[\dA-Za-z]*\d{5,}[\dA-Za-z]*", "＊", text[:LONGEST])
    kept = re.sub(r"\S+@\S+", "＊", kept)
    kept = PERSON.sub("＊", kept)
    return NAMED.sub("＊", kept)


def note(store: Engine, asked: Asked) -> int:
    """Write down a question; its number lets it be marked or corrected."""
    silent = asked.reason in SILENT
    with store.begin() as connection:
        done = connection.execute(
            insert(asked_table).values(
                at=asked.at, viewer=asked.viewer, conversation=asked.conversation[:64], question=without_people(asked.question, asked.reason),
                behaviour=asked.behaviour, reason=asked.reason, intent=asked.intent, metric="" if silent else asked.metric,
                query=json.dumps(asked.query, ensure_ascii=False) if asked.query else None,
            )
        )  # fmt: skip
        key = done.inserted_primary_key
        return int(key[0]) if key else 0


def mark(store: Engine, number: int, viewer: str, up: bool) -> None:
    """A thumb 赞或踩 of the person who asked."""
    _own(store, number, viewer, thumb=1 if up else -1)


def correct(store: Engine, number: int, viewer: str, query: Mapping[str, object], words: Sequence[str], at: datetime) -> None:
    """The query the asker meant: kept beside the question; unknown words of the question are proposed for its metric."""
    text = _own(store, number, viewer, edited=json.dumps(query, ensure_ascii=False))
    named = query.get("metrics")
    if not isinstance(named, list) or len(named) != 1:
        return
    for word in dict.fromkeys(w.strip()[:60] for w in words if len(w.strip()) > 1):
        try:
            with store.begin() as connection:
                connection.execute(
                    insert(synonym_table).values(word=word, metric=str(named[0]), question=text, at=at, state="proposed")
                )
        except IntegrityError:
            continue  # proposed before


def _own(store: Engine, number: int, viewer: str, **changed: object) -> str:
    with store.begin() as connection:
        row = connection.execute(select(asked_table.c.viewer, asked_table.c.question).where(asked_table.c.id == number)).first()
        if row is None or row.viewer != viewer:
            raise InputError("ask.question", "没有这一问", hint="只能评价或更正自己刚才的提问", where="id", status=404)
        connection.execute(update(asked_table).where(asked_table.c.id == number).values(**changed))
        return str(row.question)


def question_of(store: Engine, number: int, viewer: str) -> str:
    """The text kept of one's own question."""
    t = asked_table.c
    with store.connect() as connection:
        row = connection.execute(select(t.question).where((t.id == number) & (t.viewer == viewer))).first()
    return "" if row is None or row.question == UNKEPT else str(row.question)


def unanswered(store: Engine, since: datetime, most: int = 200) -> tuple[Unanswered, ...]:
    """What could not be answered since then 没答上的清单: refusals that a metric owner can mend, questions back, and thumbs down.

    A question back that was answered, so that the next of the same conversation had its answer, was no failure.
    """
    t, after, next_ = asked_table.c, asked_table.alias("after"), asked_table.alias("next")
    follows = select(func.min(after.c.id)).where(
        (after.c.viewer == t.viewer) & (after.c.conversation == t.conversation) & (t.conversation != "") & (after.c.id > t.id)
    ).correlate(asked_table).scalar_subquery()  # fmt: skip
    settled = exists().where((next_.c.id == follows) & next_.c.behaviour.in_(("query", "define", "lineage"))).correlate(asked_table)
    mendable = (t.behaviour == "refuse") & t.reason.in_(("no_metric", "no_dimension", "incompatible", "no_data", "out_of_scope"))
    failed = mendable | ((t.behaviour == "clarify") & ~settled) | (t.thumb == -1)
    with store.connect() as connection:
        rows = connection.execute(
            select(t.question, t.reason, func.count().label("times"), func.max(t.at).label("last"))
            .where((t.at >= since) & failed).group_by(t.question, t.reason).order_by(func.count().desc(), func.max(t.at).desc()).limit(most)
        ).all()  # fmt: skip
    return tuple(Unanswered(r.question, r.reason or "unclear", int(r.times), r.last) for r in rows)


def proposals(store: Engine, state: str = "proposed") -> tuple[Proposal, ...]:
    """Words waiting for the steward."""
    t = synonym_table.c
    with store.connect() as connection:
        rows = connection.execute(select(synonym_table).where(t.state == state).order_by(t.id)).all()
    return tuple(Proposal(r.id, r.word, r.metric, r.question, r.at, r.state) for r in rows)


def decide(store: Engine, number: int, by: str, accept: bool) -> Proposal:
    """The steward's word on a proposal 裁定."""
    t = synonym_table.c
    with store.begin() as connection:
        row = connection.execute(select(synonym_table).where(t.id == number)).first()
        if row is None:
            raise InputError("ask.proposal", "没有这条候选同义词", hint="刷新列表", where="id", status=404)
        state = "confirmed" if accept else "rejected"
        connection.execute(update(synonym_table).where(t.id == number).values(state=state, decided_by=by))
    return Proposal(row.id, row.word, row.metric, row.question, row.at, state)


def confirmed(store: Engine) -> dict[str, tuple[str, ...]]:
    """The words the steward has accepted 已确认同义词, by metric."""
    found: dict[str, tuple[str, ...]] = {}
    for one in proposals(store, "confirmed"):
        found[one.metric] = (*found.get(one.metric, ()), one.word)
    return found


def pairs(store: Engine) -> tuple[dict[str, object], ...]:
    """Corrected questions 更正过的问句 with the query that was meant, in the form of a question set."""
    t = asked_table.c
    with store.connect() as connection:
        rows = connection.execute(select(t.id, t.question, t.edited).where(t.edited.is_not(None)).order_by(t.id)).all()
    return tuple(
        {"id": f"asked-{r.id}", "lang": "zh", "question": r.question, "tags": ["corrected"],
         "expect": {"behaviour": "query", "query": json.loads(r.edited)}}
        for r in rows if r.question != UNKEPT
    )  # fmt: skip


def unknown_words(residue: Sequence[str]) -> tuple[str, ...]:
    """The words a question left unexplained that could name a metric."""
    return tuple(w for w in (normalise(r) for r in residue) if 1 < len(w) <= 20 and not w.isdigit())
