"""Talk 问数台: the understanding compiled from what the open hospital offers, kept fresh; the conversations of its people."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from yishu import metrics
from yishu.ask import Asker, Turn, Understanding, Vocabulary, answer, learn
from yishu.ask.catalogue import catalogue, retired
from yishu.ask.model import Helper, endpoint
from yishu.ask.normalise import normalise
from yishu.ask.policy import TimePolicy, policy
from yishu.ask.suggest import Proposed, matching, proposals
from yishu.integration.secret import secret
from yishu.kernel.errors import InputError, YishuError
from yishu.metrics import MetricQuery
from yishu.security import Rows, Viewer, system_viewer
from yishu.web.house import House

log = logging.getLogger("yishu.ask")
MOST_MEMBERS = 20_000
MOST_CONVERSATIONS = 2_000
MOST_TURNS = 20
WEEK = 7


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked 一次提问: words, or a query changed by its chips; `corrects` names the question it mends."""

    question: str
    conversation: str = ""
    turns: tuple[str, ...] = ()
    query: MetricQuery | None = None
    intent: str = ""
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """The understanding and its suggestions, of one state of the hospital."""

    stamp: tuple[object, ...]
    understanding: Understanding
    whole: tuple[Proposed, ...]
    own: tuple[Proposed, ...]


@dataclass(slots=True)
class TalkRoom:
    """The talk room 问数台 of one house."""

    house: House
    _compiled: Compiled | None = None
    _words: int = 0
    _helper: Helper | None = None
    _policy: TimePolicy = field(default_factory=TimePolicy)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: OrderedDict[tuple[str, str], Turn] = field(default_factory=OrderedDict)
    _turns_lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        at = endpoint(self.house.profile.ask.get("model"))
        self._helper = Helper(at, lambda name: secret(self.house.settings, name)) if at else None

        self._policy = policy(self.house.profile.ask.get("time"), self.house.profile.week_start)
        retired(self.house.profile.ask.get("retired"))

    # ---- what may be asked

    def compiled(self) -> Compiled:
        """The understanding as of now: made again when the metric centre, the data, a synonym or the day has changed."""
        house = self.house
        house.republish()
        stamp = (id(house.centre), house.version, self._words, house.clock().date())
        known = self._compiled
        if known is not None and known.stamp == stamp:
            return known
        with self._lock:
            if self._compiled is None or self._compiled.stamp != stamp:
                self._compiled = self._compile(stamp)
            return self._compiled

    def _compile(self, stamp: tuple[object, ...]) -> Compiled:
        house = self.house
        raw = catalogue(house.centre, self._members, synonyms=learn.confirmed(house.store), span=self._span(), retired=retired(house.profile.ask.get("retired")))
        understanding = Understanding(Vocabulary.of_catalog(raw), house.clock().date(), self._policy)
        return Compiled(stamp, understanding, proposals(house.centre, False), proposals(house.centre, True))

    def _members(self, dimension: str) -> Sequence[tuple[str, str]]:
        viewer = system_viewer("ask.vocabulary")
        listed = metrics.values(viewer, dimension, self.house.centre, self.house.warehouse, "", MOST_MEMBERS)
        return [(m.id, m.label) for m in listed.values]

    def _span(self) -> tuple[date, date] | None:
        """From the first to the last day that is known of, over the metrics a director opens with."""
        firsts, lasts = [], []
        for name in ("outpatient_visits", "admissions", "revenue"):
            if name not in self.house.centre.by_id:
                continue
            try:
                told = self.house.measure(system_viewer("ask.vocabulary"), MetricQuery(metrics=(name,))).range
            except YishuError:
                continue
            if told.get("start") and told.get("end"):
                firsts.append(date.fromisoformat(str(told["start"])[:10]))
                lasts.append(date.fromisoformat(str(told["end"])[:10]))
        return (min(firsts), max(lasts)) if firsts else None

    # ---- asking

    def desk(self, viewer: Viewer) -> answer.Desk:
        """What answers to this viewer are made from."""
        house = self.house
        names = "、".join(sorted(d.name for d in house.profile.departments if d.id in viewer.departments))
        narrow = viewer.granted.rows is Rows.DEPARTMENTS
        # Whoever sees some tables whole (the pharmacy) is narrowed by the metric centre, table by table.
        asker = Asker(viewer.role, names if narrow else "", narrow and bool(names) and not viewer.granted.whole)

        def explain(query: MetricQuery, against: str) -> metrics.Explanation:
            looking = metrics.Looking(viewer, house.centre, house.warehouse, house.clock)
            return metrics.explain(looking, query, None, against)

        return answer.Desk(
            viewer=viewer, centre=house.centre, understanding=self.compiled().understanding, asker=asker, own=names if narrow else "",
            measure=lambda query: house.measure(viewer, query), explain=explain, sources=self._sources, helper=self._helper,
        )  # fmt: skip

    def _sources(self, table: str) -> Sequence[str]:
        folder = self.house.settings.hospital / "mappings"
        return sorted({p.parent.name for p in folder.glob(f"*/{table}.sql")})

    def ask(self, viewer: Viewer, asking: Asking) -> dict[str, object]:
        """The answer 答话 as JSON, with the number under which it was noted."""
        desk = self.desk(viewer)
        turn = self._turn(viewer, asking, desk)
        if asking.query is not None:
            said, after = answer.edited(desk, asking.question, asking.query, asking.intent or "value", turn)
            if asking.corrects and said.query is not None:
                self._correct(viewer, asking.corrects, said.query, desk)
        else:
            said, after = answer.ask(desk, asking.question, turn)
        self._keep(viewer, asking.conversation, after)
        number = learn.note(
            self.house.store,
            learn.Asked(
                self.house.clock(), viewer.name, asking.conversation, asking.question or "（改条件）", said.behaviour, said.reason, said.intent, said.metric,
                said.query.as_json() if said.query else None,
            ),
        )  # fmt: skip
        return {"id": number, **said.as_json()}

    def _turn(self, viewer: Viewer, asking: Asking, desk: answer.Desk) -> Turn:
        """Where the conversation stands; one this server does not know is followed again from its questions."""
        with self._turns_lock:
            known = self._turns.get((viewer.name, asking.conversation)) if asking.conversation else None
        if known is not None:
            return known
        turn = Turn()
        for earlier in asking.turns[-MOST_TURNS:]:
            turn = desk.understanding.step(earlier, turn, desk.asker)[1]
        return turn

    def _keep(self, viewer: Viewer, conversation: str, turn: Turn) -> None:
        if not conversation:
            return
        with self._turns_lock:
            self._turns[(viewer.name, conversation)] = turn
            self._turns.move_to_end((viewer.name, conversation))
            while len(self._turns) > MOST_CONVERSATIONS:
                self._turns.popitem(last=False)

    def _correct(self, viewer: Viewer, number: int, query: MetricQuery, desk: answer.Desk) -> None:
        text = learn.question_of(self.house.store, number, viewer.name)
        parsed = desk.understanding.reader.parse(normalise(text))
        words = learn.unknown_words([*parsed.residue, *(t.text for t in parsed.absent)])
        learn.correct(self.house.store, number, viewer.name, query.as_json(), words, self.house.clock())

    def suggest(self, viewer: Viewer, typed: str) -> tuple[str, ...]:
        """Questions that may be asked 联想, for what is typed so far."""
        made = self.compiled()
        narrow = viewer.granted.rows is not Rows.ALL
        return matching(made.own if narrow else made.whole, typed[:100])

    # ---- learning

    def unanswered(self, days: int = WEEK) -> list[dict[str, object]]:
        """What could not be answered 没答上的, with the owner of the nearest metric."""
        since = self.house.clock() - timedelta(days)
        understanding = self.compiled().understanding
        return [one.as_json() | {"owner": self._owner(one.question, understanding)} for one in learn.unanswered(self.house.store, since)]

    def _owner(self, question: str, understanding: Understanding) -> str:
        parsed = understanding.reader.parse(normalise(question))
        near = [*parsed.metrics, *(i for c in parsed.cores for i in c.ids), *(i for g in parsed.groups for i in g.ids)]
        return next((self.house.centre.by_id[n].owner for n in near if n in self.house.centre.by_id), "指标管理")

    def proposals(self) -> list[dict[str, object]]:
        """Synonyms waiting for the steward 候选同义词."""
        labels: Mapping[str, str] = {m.id: m.label for m in self.house.centre.metrics}
        return [p.as_json() | {"label": labels.get(p.metric, p.metric)} for p in learn.proposals(self.house.store)]

    def decide(self, viewer: Viewer, number: int, accept: bool) -> dict[str, object]:
        """Accept or turn down a synonym; accepted ones can be asked for at once."""
        decided = learn.decide(self.house.store, number, viewer.name, accept)
        self._words += 1
        return decided.as_json() | {"label": decided.metric}


def talk_room(house: House) -> TalkRoom:
    """The talk room of a house, made once."""
    made = house.rooms.setdefault("talk", TalkRoom(house))
    assert isinstance(made, TalkRoom)
    return made


def asking_of(body: Mapping[str, object]) -> Asking:
    """A question as the command line sends it."""
    question = body.get("question")
    if not isinstance(question, str):
        raise InputError("ask.nothing", "没有问题", hint="写一个问题", where="question")
    turns = body.get("turns")
    return replace(Asking(question), turns=tuple(str(t) for t in turns) if isinstance(turns, (list, tuple)) else ())


def learnt(house: House, listed: str, days: int) -> dict[str, object]:
    """What `yishu ask --unanswered | --proposals | --pairs` lists."""
    room = talk_room(house)
    if listed == "unanswered":
        return {"unanswered": room.unanswered(days)}
    if listed == "proposals":
        return {"proposals": room.proposals()}
    return {"pairs": list(learn.pairs(house.store))}
