"""Conversation 对话: a parsed question meets the last frame and the rights of the asker; answer, ask back or refuse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from yishu.ask import binding, replies, rights
from yishu.ask.build import Builder
from yishu.ask.choosing import Chooser
from yishu.ask.followup import ADDS
from yishu.ask.frame import Asker, Frame, Option, Reply
from yishu.ask.link import Linker
from yishu.ask.normalise import MAX_LENGTH, normalise
from yishu.ask.numerals import whole
from yishu.ask.parse import Reader
from yishu.ask.patterns import COUNT, HIGH, LOW
from yishu.ask.pinyin_input import PinyinInput
from yishu.ask.policy import TimePolicy
from yishu.ask.route import DEFINE, LINEAGE, PERSON, forbidden
from yishu.ask.scene import Scene
from yishu.ask.slots import Parsed
from yishu.ask.times import no_such_time
from yishu.ask.vocabulary import Vocabulary

GOES_ON = re.compile(r"^(?:那|那么|再|还有|换|改|只|也|同样|然后|并|加|去|不要|如果|要是|那要|and\b|what about|how about|now |only |just |instead|same|also|then|but)|呢[?？。!]*$|(?:也|再)(?:看|查|算|来)")
THIS = re.compile(r"^(?:这个|那个|该|此|上面的?|上述|刚才的?|它|这|其)(?:指标|数据|数字|数|结果)?|^(?:数据|数字|指标|口径|怎么算|如何计算|来源|从哪)|^(?:how is (?:it|this|that)|where does (?:it|this|that))")
NEWS = re.compile(r"^(?:那|换|改|再|也|算了)|呢$")
MOST_TRAIL = 5
TOO_LONG = 2 * MAX_LENGTH  # beyond it too little of the question would be read to answer it
TOGETHER = re.compile(r"(?:这|那|上面|前面)?(?P<k>[两二三四五2-5])(?:个|者|家|位)(?:科室?|院区|医生|病区)?(?:放|合|摆|拿)?(?:在)?(?:一起|一块儿?)?(?:来)?(?:对?比|比较|比一比|PK|pk|看)")
BORN = frozenset(["孩子", "宝宝", "娃", "婴儿", "产妇", "孕妇", "孕产妇", "妈妈", "宝妈", "新生儿", "妈妈们", "胎儿"])
BACK = re.compile(r"(?:回到|返回|退回|撤销|上一步|恢复)(?:到)?(?:上一步|刚才|之前|上一个|原来)?|go back|undo|previous (?:step|query)")


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a conversation stands 对话状态."""

    frame: Frame | None = None
    before: Frame | None = None
    metric: str = ""
    pending: Parsed | None = None
    options: tuple[Option, ...] = ()
    about: str = ""
    text: str = ""
    trail: tuple[Frame, ...] = ()  # the last answers, latest last
    follows: bool = False  # whether the question that waits for an answer edits the frame


class Understanding:
    """Understands questions 理解器: pure; a vocabulary and a day in, replies out."""

    def __init__(self, vocabulary: Vocabulary, now: date, policy: TimePolicy | None = None) -> None:
        self.vocabulary = vocabulary
        self.linker = Linker(vocabulary)
        self.now = now
        self.scene = Scene(vocabulary, self.linker, now, policy or TimePolicy())
        self.reader = Reader(self.linker, now, self.scene.policy)
        self.chooser = Chooser(self.scene)
        self.pinyin = PinyinInput(self.linker)

    def bound(self, asker: Asker) -> bool:
        """Whether the asker sees one department only."""
        return self.scene.bound(asker)

    def ask(self, question: str, turns: Sequence[str] = (), asker: Asker | None = None) -> Reply:
        """The reply to a question after the earlier ones of its conversation."""
        asker = asker or Asker()
        turn = Turn()
        for earlier in turns[-20:]:
            turn = self.step(earlier, turn, asker)[1]
        return self.step(question, turn, asker)[0]

    def step(self, question: str, turn: Turn, asker: Asker) -> tuple[Reply, Turn]:
        """One question: the reply, and where the conversation then stands."""
        text = normalise(question)
        if not re.search(r"[\u4e00-\u9fffa-z\d]", text):
            return replies.which_metric(self.scene), turn
        if (reason := forbidden(text)) and not (reason == "forecast" and DEFINE.search(text)):
            return replies.refused(reason), turn
        if len(question.strip()) > TOO_LONG:
            return replace(replies.which_metric(self.scene), say=f"问题太长（{len(question.strip())} 字），请写在 {MAX_LENGTH} 字以内"), turn
        if nowhen := no_such_time(text):
            return Reply("clarify", about="time", say=f"没有“{nowhen}”，请重说时间"), turn
        text = self.pinyin.written(text)
        person = PERSON.search(text)
        if person and not self._known_name(person[0]):
            return replies.refused("privacy"), turn
        if turn.pending and turn.options:
            answer = binding.chosen(text, turn.options, turn.about, self.reader)
            if answer:
                bound = binding.filled(turn.pending, answer, turn.about, self.reader)
                return self._decide(bound, replace(turn, pending=None, options=()), asker, text, turn.follows)
        if BACK.search(text) and turn.before and len(text) < 14:
            return Reply("query", replace(turn.before)), Turn(turn.before, turn.frame, turn.metric, text=text)
        parsed = self.reader.parse(text)
        if turn.pending and self._adds(text, turn) and (more := binding.merged(turn.pending, parsed)):
            return self._decide(more, replace(turn, pending=None, options=()), asker, more.text, turn.follows)
        for behaviour, pattern in (("lineage", LINEAGE), ("define", DEFINE)):
            if pattern.search(text) and not (behaviour == "define" and re.search("原因|因素|为什么|为啥|why", text)):
                told = self._about(behaviour, parsed, turn, text)
                if told:
                    return told, replace(turn, metric=told.metric or turn.metric)
        return self._decide(parsed, turn, asker, text, self._follows(text, parsed, turn))

    def _adds(self, text: str, turn: Turn) -> bool:
        """Whether a reply may add to the waiting question rather than edit the last answered one."""
        if turn.pending is None or (turn.about == "unknown" and not turn.pending.mean):
            return False
        return turn.frame is None or (not NEWS.search(text) and not (turn.about == "metric" and not turn.follows))

    def _known_name(self, text: str) -> bool:
        return any(text.startswith(p) for p, e in self.linker.phrases.items() if e.kind in "MV" and len(p) >= 2) and not re.search(r"得了|患|的(?:病|诊断|检查|检验|化验|报告|住院$)", text)

    def _about(self, behaviour: str, p: Parsed, turn: Turn, text: str) -> Reply | None:
        ids = p.metrics or [c.ids[0] for c in p.cores]
        groups = [g for g in p.groups if self.linker.group_kind.get(g.text) != "vague"]
        if not ids and (turn.metric and (not groups or THIS.search(text)) and not p.absent):
            ids = [turn.metric]
        if len(ids) == 1 or (ids and p.metrics):
            return Reply(behaviour, metric=ids[0])
        if groups:
            return replies.among(self.scene, groups[0].ids)
        if p.absent:
            return replies.absent(self.scene, p)
        return replies.which_metric(self.scene) if not re.search(r"吗$|么$", text) else None

    def _follows(self, text: str, p: Parsed, turn: Turn) -> bool:
        if turn.frame is None:
            return False
        if not p.metrics and not p.cores:
            named = [g for g in p.groups if self.linker.group_kind.get(g.text) not in ("people", "vague", "share")]
            return not (named and any(m.kind == "span" for m in p.times) and not GOES_ON.search(text))
        if GOES_ON.search(text) or ADDS.search(text):
            return True
        if not set(p.metrics or [c.ids[0] for c in p.cores]) & set(turn.frame.metrics):
            return False  # another metric, named without 那, 再, 换, 呢: a question of its own
        return not [m for m in p.times if m.kind == "span"] and not p.dimensions and not p.include and not p.grains

    # ---- decide

    def _decide(self, p: Parsed, turn: Turn, asker: Asker, text: str, follows: bool) -> tuple[Reply, Turn]:
        frame = turn.frame if follows else None
        reply, parsed = self._frame(p, frame, asker, text, turn)
        if reply.behaviour == "query" and reply.frame:
            made = reply.frame
            return reply, Turn(made, turn.frame, made.metrics[0], text=text, trail=(*turn.trail, made)[-MOST_TRAIL:])
        if reply.behaviour == "clarify":
            return reply, replace(turn, pending=parsed, options=reply.options, about=reply.about, follows=follows)
        return reply, turn

    def _frame(self, p: Parsed, base: Frame | None, asker: Asker, text: str, turn: Turn) -> tuple[Reply, Parsed]:
        scene = self.scene
        if refusal := rights.denied(scene, p, asker):
            return refusal, p
        if p.absent:
            return replies.absent(scene, p), p
        self._threshold(p, base)
        self._both(p, turn)
        metrics = self.chooser.metrics(p, base)
        if unclear := self._mean(p, metrics):
            return unclear, p
        if p.residue and isinstance(metrics, list):
            p.residue = [r for r in p.residue if not self._said_already(r, metrics)]
        if p.residue:
            return replies.unknown(scene, p, metrics), p
        if p.own and not asker.department:
            return replies.which_department(scene), p
        rights.narrowed(scene, p, asker)
        self._known_by_place(p, base)
        if p.unclear:
            if isinstance(metrics, list):
                p.metrics = metrics or p.metrics
            return replies.which_value(p.unclear[0]), p
        if isinstance(metrics, Reply):
            return metrics, p
        if stray := self._stray(p):
            return stray, p
        if not metrics:
            return replies.which_metric(scene), p
        if re.search(rf"(?:前|top)\s?{COUNT}[^A-Z]{{0,3}}(?:和|与|及|、|以及|and)\s?(?:后|倒数|末|最后|bottom)\s?{COUNT.replace('?P<k>', '?:')}", p.template) or re.search(rf"(?:{HIGH}).*(?:和|与|、|及).*(?:{LOW})|(?:{LOW}).*(?:和|与|、|及).*(?:{HIGH})", p.template):
            both = (Option("desc", "从高到低排", "text"), Option("asc", "从低到高排", "text"))
            return Reply("clarify", about="order", options=both, say="一次只能排一个方向，先看哪一头？"), p
        made = Builder(scene, p, metrics, base, text, asker).build()
        if isinstance(made, Reply):
            return made, p
        return Reply("query", made, notes=(*p.notes, *scene.policy.stated(made, p.times, scene.now))), p

    def _said_already(self, word: str, metrics: Sequence[str]) -> bool:
        """A piece of the metric's own name, its unit, or the child beside a metric of births: nothing new."""
        for metric in metrics:
            m = self.linker.metrics[metric]
            if any(word in n for n in self.linker.names[metric]) or word == m.unit or (word in BORN and (self.linker.kind.get(metric) == "birth" or any(re.search("新生儿|nicu|产|分娩|婴", n) for n in self.linker.names[metric]))):
                return True
        return False

    def _threshold(self, p: Parsed, base: Frame | None) -> None:
        """那40%呢: a bare number after a condition is the new limit of it."""
        if base and len(base.having) == 1 and not p.having and len(p.residue) == 1 and re.fullmatch(r"\d+(?:\.\d+)?", p.residue[0]):
            old = base.having[0]
            p.having, p.residue = [(old.metric.partition(".")[2], old.op, float(p.residue[0]), "." in old.metric, "")], []

    def _both(self, p: Parsed, turn: Turn) -> None:
        """两个科放一起比, 这三个比一下: as many as were asked about one after another."""
        said = TOGETHER.search(p.text)
        number = whole(said["k"]) if said else p.counted
        frames = turn.trail[-(number or 0) :]
        if p.include or p.metrics or p.cores or not number or not 2 <= number <= MOST_TRAIL or len(frames) != number:
            return
        ones = [[f for f in frame.filters if f.op == "in" and len(f.values) == 1] for frame in frames]
        if len({frame.metrics for frame in frames}) != 1 or any(len(fs) != 1 for fs in ones):
            return
        values = list(dict.fromkeys(fs[0].values[0] for fs in ones))
        if len({fs[0].dimension for fs in ones}) == 1 and len(values) == number:
            p.include[ones[0][0].dimension] = values
            p.dimensions, p.counted = [ones[0][0].dimension], 0
            p.residue = [r for r in p.residue if r != f"{number}个"]

    def _known_by_place(self, p: Parsed, base: Frame | None) -> None:
        """王磊 after 骨科: of several of one name, the one who belongs to the department asked about."""
        department = self.scene.dimension("department")
        places = p.include.get(department, []) or [v for f in (base.filters if base else ()) if f.dimension == department and f.op == "in" for v in f.values]
        if len(places) != 1:
            return
        for token in list(p.unclear):
            mine = [c for c in token.choices if f"({normalise(places[0])})" in normalise(c.values[0])]
            if len(mine) == 1:
                p.unclear.remove(token)
                p.include.setdefault(mine[0].dimension, []).extend(mine[0].values)

    def _mean(self, p: Parsed, metrics: list[str] | Reply) -> Reply | None:
        """日均, 人均, 平均 of a count: no governed metric; of what is an average already it says nothing new."""
        if not p.mean:
            return None
        if isinstance(metrics, list) and metrics and any(self.linker.additive(m) for m in metrics):
            label = self.linker.metrics[metrics[0]].label
            both = (Option("total", f"看{label}合计", "text"), Option("day", f"看每天的{label}", "text"))
            return Reply("clarify", about="unknown", options=both, say=f"没有“{p.mean}”这个口径，您要看合计，还是逐日的数？")
        return None

    def _stray(self, p: Parsed) -> Reply | None:
        """A doctor named with a department that is not his."""
        doctors = self.scene.dimension("doctor")
        for doctor in p.include.get(doctors, []):
            named = p.include.get(self.scene.dimension("department"), [])
            if named and not any(f"({normalise(d)})" in normalise(doctor) for d in named) and "(" in normalise(doctor):
                return Reply("clarify", about="dimension_value", options=(Option(doctor, doctor, "value", doctors),), say=f"{named[0]}没有这位医生，您是否指：")
        return None
