"""Model 大模型（可选）: an OpenAI-compatible endpoint inside the hospital may reword a question or fill its query; never more.

Off unless `hospital.yaml` names an endpoint that its own allow-list holds. It is sent the question (if no person is in it) and the names
and ids of metrics and dimensions; never rows, values of patients, or SQL. What comes back is checked like any stranger's input: ids from the
lists, values from the vocabulary, and every number and name of the question represented, else it is thrown away and the rules stand alone.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from yishu.ask.conversation import Turn, Understanding
from yishu.ask.frame import Asker, Filter, Frame, Having, Option, Reply, Span
from yishu.ask.learn import without_people
from yishu.ask.normalise import normalise
from yishu.ask.route import forbidden
from yishu.ask.sentence import span_words
from yishu.ask.vocabulary import GRAINS
from yishu.kernel.errors import InputError

if TYPE_CHECKING:
    import httpx

SECONDS = 8.0
LARGEST = 20_000
FAILURES, REST = 3, 60.0
COMPARES = ("yoy", "mom")
OPS = ("=", "<", "<=", ">", ">=")
MENDED = frozenset(("no_metric", "no_dimension", "out_of_scope", "incompatible"))
DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model answers 模型地址: allow-listed host and port, name of the model, name of the secret."""

    address: str
    model: str
    secret: str = ""
    seconds: float = SECONDS


def endpoint(declared: object) -> Endpoint | None:
    """The endpoint of `ask.model` in hospital.yaml; None where there is none. Raises InputError for one that is not allowed."""
    if not isinstance(declared, Mapping) or not declared.get("address"):
        return None
    address = str(declared["address"]).rstrip("/")
    parts = urlsplit(address)
    allowed = declared.get("allow")
    listed = [str(a) for a in allowed] if isinstance(allowed, list) else []
    if parts.scheme not in ("http", "https") or parts.username or parts.query or parts.netloc not in listed:
        raise InputError(
            "ask.model", f"大模型地址 {parts.netloc or address} 不在允许名单里", hint="在 hospital.yaml 的 ask.model.allow 写明 主机:端口", where="hospital.yaml ask.model"
        )
    seconds = declared.get("seconds", SECONDS)
    limit = min(float(seconds), SECONDS) if isinstance(seconds, (int, float)) and seconds > 0 else SECONDS
    return Endpoint(address, str(declared.get("model") or "default"), str(declared.get("secret") or ""), limit)


@dataclass(slots=True)
class Helper:
    """Asks the model 求助: within the time limit, resting after failures; what fails is simply not there."""

    at: Endpoint
    key: Callable[[str], str] = lambda _name: ""
    clock: Callable[[], float] = monotonic
    transport: httpx.BaseTransport | None = None
    failures: int = 0
    resting: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: str, understanding: Understanding) -> Mapping[str, Any] | None:
        """The model's reply as JSON, or None: refused to send, too late, too long, not JSON."""
        if forbidden(normalise(question)) or without_people(question) != question or self.clock() < self.resting:
            return None
        waiting: Future[Mapping[str, Any] | None] = Future()

        def work() -> None:
            try:
                waiting.set_result(self._call(question, understanding))
            except Exception as fault:  # a stranger's endpoint may fail in any way
                waiting.set_exception(fault)

        threading.Thread(target=work, daemon=True).start()
        try:
            told = waiting.result(timeout=self.at.seconds)
        except Exception:
            told = None
        with self._lock:
            self.failures = 0 if told is not None else self.failures + 1
            if self.failures >= FAILURES:
                self.failures, self.resting = 0, self.clock() + REST
        return told

    def _call(self, question: str, understanding: Understanding) -> Mapping[str, Any] | None:
        import httpx  # here: most houses have no model, and its import is a tenth of a start

        headers = {"Authorization": f"Bearer {self.key(self.at.secret)}"} if self.at.secret else {}
        until = monotonic() + self.at.seconds
        with (
            httpx.Client(timeout=self.at.seconds, follow_redirects=False, trust_env=False, transport=self.transport) as client,
            client.stream("POST", f"{self.at.address}/chat/completions", json=request(question, understanding, self.at.model), headers=headers) as answer,
        ):
            if answer.status_code != 200:
                return None
            held = b""
            for piece in answer.iter_bytes():
                held += piece
                if len(held) > LARGEST or monotonic() > until:
                    return None
        content = json.loads(held)["choices"][0]["message"]["content"]
        told = json.loads(content) if isinstance(content, str) else None
        return told if isinstance(told, dict) else None


def request(question: str, understanding: Understanding, model: str) -> dict[str, object]:
    """What is sent 所发内容: the question, names and ids, and the schema of the reply."""
    vocabulary = understanding.vocabulary
    lists = {
        "today": understanding.now.isoformat(),
        "metrics": [{"id": m.id, "name": m.label, "unit": m.unit, "synonyms": list(m.synonyms)} for m in vocabulary.metrics if not m.retired],
        "dimensions": [{"id": d.id, "name": d.label} for d in vocabulary.dimensions],
    }
    system = (
        "把医院人员的一句话改写成标准问句（rewrite），或填成指标查询（query）；不确定就 none。只用列出的 id，不编造指标、数字、日期和名称。"
        + json.dumps(lists, ensure_ascii=False)
    )
    return {
        "model": model, "temperature": 0, "max_tokens": 800,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "metric_query", "strict": True, "schema": schema(understanding)}},
    }  # fmt: skip


def schema(understanding: Understanding) -> dict[str, object]:
    """The JSON schema of a reply, ids enumerated."""
    metrics = [m.id for m in understanding.vocabulary.metrics if not m.retired]
    dimensions = [d.id for d in understanding.vocabulary.dimensions]
    day = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    span = {"type": ["object", "null"], "properties": {"start": day, "end": day}, "required": ["start", "end"], "additionalProperties": False}
    query = {
        "type": ["object", "null"], "additionalProperties": False,
        "properties": {
            "metrics": {"type": "array", "items": {"enum": metrics}, "minItems": 1, "maxItems": 4},
            "dimensions": {"type": "array", "items": {"enum": [*dimensions, *GRAINS]}, "maxItems": 3},
            "filters": {"type": "array", "maxItems": 6, "items": {"type": "object", "additionalProperties": False, "properties": {
                "dimension": {"enum": dimensions}, "op": {"enum": ["in", "not_in"]}, "values": {"type": "array", "items": {"type": "string"}, "maxItems": 20}}}},
            "time": span, "compare": {"type": "array", "items": {"enum": list(COMPARES)}},
            "order": {"type": ["object", "null"], "properties": {"by": {"enum": metrics}, "dir": {"enum": ["asc", "desc"]}}},
            "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
            "having": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {
                "metric": {"enum": metrics}, "op": {"enum": list(OPS)}, "value": {"type": "number"}}}},
            "share": {"type": "boolean"},
        },
    }  # fmt: skip
    return {
        "type": "object", "required": ["kind"], "additionalProperties": False,
        "properties": {"kind": {"enum": ["rewrite", "query", "none"]}, "question": {"type": "string", "maxLength": 200}, "query": query},
    }  # fmt: skip


# ---- reading what came back


def frame_in(told: Mapping[str, Any], understanding: Understanding, asker: Asker) -> Frame | None:
    """The frame of a reply, or None where anything in it is not exactly what was allowed."""
    if set(told) - {"kind", "question", "query"}:
        return None
    if told.get("kind") == "rewrite" and isinstance(told.get("question"), str) and 0 < len(told["question"]) <= 200:
        reply, _ = understanding.step(told["question"], Turn(), asker)
        return reply.frame if reply.behaviour == "query" else None
    if told.get("kind") != "query" or not isinstance(told.get("query"), dict):
        return None
    try:
        return _frame(told["query"], understanding, asker)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


_SLOTS = frozenset(("metrics", "dimensions", "filters", "time", "compare", "order", "limit", "having", "share"))


def _only(names: object, allowed: frozenset[str]) -> tuple[str, ...]:
    listed = list(names) if isinstance(names, list) else [] if names is None else None
    if listed is None or len(listed) > 20 or any(not isinstance(n, str) or n not in allowed for n in listed):
        raise ValueError
    return tuple(dict.fromkeys(listed))


def _frame(body: Mapping[str, Any], understanding: Understanding, asker: Asker) -> Frame | None:
    vocabulary = understanding.vocabulary
    if set(body) - _SLOTS:
        return None
    metrics = {m.id: m for m in vocabulary.metrics if not m.retired}
    dimensions = {d.id: d for d in vocabulary.dimensions}
    named = _only(body.get("metrics"), frozenset(metrics))
    by = _only(body.get("dimensions"), frozenset((*dimensions, *GRAINS)))
    if not named:
        return None
    for metric in named:
        allowed = metrics[metric].dimensions
        if allowed is not None and not {*by, *(f["dimension"] for f in body.get("filters") or [])} <= allowed:
            return None
    filters = []
    for one in body.get("filters") or []:
        if set(one) != {"dimension", "op", "values"} or one["op"] not in ("in", "not_in") or not one["values"]:
            return None
        filters.append(Filter(one["dimension"], one["op"], _only(one["values"], frozenset(dimensions[one["dimension"]].values))))
    having = []
    for one in body.get("having") or []:
        if one["metric"] not in named or one["op"] not in OPS or isinstance(one["value"], bool):
            return None
        having.append(Having(one["metric"], one["op"], float(one["value"])))
    time, order, limit = body.get("time"), body.get("order"), body.get("limit")
    span = Span(date.fromisoformat(time["start"]), date.fromisoformat(time["end"])) if time else None
    if (span and (span.start > span.end or span.start > understanding.now)) or (limit is not None and not (type(limit) is int and 1 <= limit <= 1000)):
        return None
    if order is not None and (order["by"] not in named or order["dir"] not in ("asc", "desc")):
        return None
    frame = Frame(
        named, by, tuple(filters), span, _only(body.get("compare"), frozenset(COMPARES)), None,
        (order["by"], order["dir"]) if order else None, limit, tuple(having), body.get("share") is True, "rank" if order else "breakdown" if by else "value",
    )  # fmt: skip
    return _bounded(frame, understanding, asker)


def _bounded(frame: Frame, understanding: Understanding, asker: Asker) -> Frame | None:
    """A department user's frame carries his department, and names no other."""
    department = understanding.vocabulary.dimension("department")
    if not understanding.bound(asker) or department is None:
        return frame
    for one in frame.filters:
        if one.dimension == department.id:
            return frame if one.op == "in" and set(one.values) == {asker.department} else None
    return replace(frame, filters=(*frame.filters, Filter(department.id, "in", (asker.department,))))


def represented(question: str, frame: Frame, understanding: Understanding) -> bool:
    """Whether every number and name of the question is in the frame, and no condition or count in it that the question does not hold."""
    text = normalise(question)
    parsed = understanding.reader.parse(text)
    if not set(parsed.metrics) <= set(frame.metrics):
        return False
    held = {v for f in frame.filters for v in f.values}
    for values in (*parsed.include.values(), *parsed.exclude.values()):
        if not set(values) <= held and not set(values) & held:
            return False
    spans = [m for m in parsed.times if m.span is not None and m.kind in ("span", "until")]
    if spans and (frame.time is None or all((m.span.start, m.span.end) != (frame.time.start, frame.time.end) for m in spans if m.span)):
        return False  # the grammar of time is ours: where it reads one, the model's is the same
    for mention in sorted(parsed.times, key=lambda m: -m.begin):
        text = text[: mention.begin] + " " + text[mention.end :]
    labels = [normalise(understanding.linker.metrics[m].label) for m in frame.metrics] + [normalise(v) for v in held]
    for label in sorted(labels, key=len, reverse=True):
        text = text.replace(label, " ")
    asked = _numbers(text)
    told: set[float] = {float(x) for h in frame.having for x in _sizes(h.value)} | ({float(frame.limit)} if frame.limit else set())
    if frame.time and not spans:
        told |= {float(n) for d in (frame.time.start, frame.time.end) for n in (d.year, d.month, d.day)}
    if not asked <= told:
        return False
    made = {h.value for h in frame.having} | ({float(frame.limit)} if frame.limit else set())
    return all(set(_sizes(value)) & asked for value in made)


def _sizes(value: float) -> tuple[float, ...]:
    """The ways a number is said: 12000, 1.2万, 三成."""
    return (value, value / 1e4, value / 1e8, value / 10, value / 60, value * 10)


def _numbers(text: str) -> set[float]:
    found = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}
    for word in re.findall(r"(?<![一二三四五六七八九十])[一二两三四五六七八九]?十[一二三四五六七八九]?(?![一二三四五六七八九十])|(?<=前)[一二两三四五六七八九](?![十百千])|[一二三四五六七八九](?=季度|月|成|个月|年|天|名)", text):
        found.add(float(_chinese(word.replace("两", "二"))))
    return found


def _chinese(word: str) -> int:
    if "十" not in word:
        return DIGITS.index(word)
    tens, _, ones = word.partition("十")
    return (DIGITS.index(tens) if tens else 1) * 10 + (DIGITS.index(ones) if ones else 0)


# ---- two readings


def standard(frame: Frame, understanding: Understanding) -> str:
    """A frame as a standard sentence 标准问句."""
    labels = {d.id: d.label for d in understanding.vocabulary.dimensions} | dict(
        zip(GRAINS, ("小时", "日", "星期几", "周", "月", "季度", "年"), strict=True)
    )
    said = [span_words(frame.time.start.isoformat(), frame.time.end.isoformat())] if frame.time else []
    said += [("不含" if f.op == "not_in" else "") + "、".join(f.values) for f in frame.filters]
    said.append("和".join(understanding.linker.metrics[m].label for m in frame.metrics))
    said += [f"按{labels[d]}" for d in frame.dimensions]
    said += [{"yoy": "同比", "mom": "环比"}[c] for c in frame.compare if c in COMPARES]
    said += [f"前{frame.limit}名"] if frame.limit else []
    return "".join(said)


def settled(rules: Reply, question: str, helper: Helper, understanding: Understanding, asker: Asker) -> Reply:
    """The reply after the model was asked: its reading where the rules have none, a question back where the two differ."""
    if not asks_for_help(rules):
        return rules
    told = helper.ask(question, understanding)
    frame = frame_in(told, understanding, asker) if told else None
    if frame is None or not represented(question, frame, understanding):
        return rules
    offered = {o.id for o in rules.options if o.kind == "metric"}
    if rules.behaviour == "clarify" and offered and not set(frame.metrics) <= offered:
        # Two paths disagree: the person decides.
        added = tuple(Option(m, understanding.linker.metrics[m].label, "metric") for m in frame.metrics)
        return replace(rules, options=(*added, *rules.options)[:10], notes=(*rules.notes, "大模型与规则理解不同，请选择"))
    return Reply("query", frame, notes=(f"由大模型理解为“{standard(frame, understanding)}”，请核对条件",))


def asks_for_help(rules: Reply) -> bool:
    """Only what the rules do not answer, and never what they refuse for safety."""
    return (rules.behaviour == "clarify" and rules.about in ("metric", "unknown")) or (rules.behaviour == "refuse" and rules.reason in MENDED)
