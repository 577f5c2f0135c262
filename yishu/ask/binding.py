"""Binding 答复反问: an answer to a question back, by number, by name or by part, fills the slot that was asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy

from yishu.ask.frame import Option
from yishu.ask.normalise import normalise
from yishu.ask.parse import Reader
from yishu.ask.slots import Parsed

AROUND = re.compile(r"^(?:我(?:要|想看|说|指|问)的?是?|看|要|是|就|选|按|那个?)|(?:的|那个|吧|呢|那位|这个|啊|。|\?|排|看)+$")
YES = re.compile(r"是的?|对的?|嗯+|好的?|可以|行的?|没错|就是(?:它|这个)?|yes|yep|ok|sure|right")
ALL = re.compile(r"都(?:要|看|行|可以)?|全部|两个都(?:要|看)?|都看看|both|all")
ORDINAL = re.compile(r"第?([一二三四五六七八九十]|10|[1-9])(?:个|项|号|种)?")
LONGEST = 14  # a longer answer that brings its own time is a question of its own


def chosen(text: str, options: Sequence[Option], about: str, reader: Reader) -> list[Option]:
    """The options an answer means; none where it is no answer."""
    plain = AROUND.sub("", text) or text
    if YES.fullmatch(text.rstrip("。!？?")) and len(options) == 1:
        return list(options)
    if number := ORDINAL.fullmatch(plain):
        index = "一二三四五六七八九十".find(number[1]) + 1 or int(number[1])
        return [options[index - 1]] if index <= len(options) else []
    if ALL.fullmatch(plain):
        return list(options) if about == "metric" and len(options) <= 3 else []
    found = [o for o in options if plain and plain in normalise(o.label)] or [o for o in options if normalise(o.label) in plain]
    if not found and plain:
        probe = reader.parse(plain)
        if probe.residue or probe.times or len(plain) > LONGEST:
            return []
        ids = {*probe.metrics, *(c.ids[0] for c in probe.cores), *probe.dimensions}
        words = {normalise(v) for vs in probe.include.values() for v in vs}
        found = [o for o in options if o.id in ids] or [o for o in options if any(w in normalise(o.label) for w in words)]
    return found if len(found) == 1 else []


def filled(pending: Parsed, options: list[Option], about: str, reader: Reader) -> Parsed:
    """The question that waited, with what was chosen; the original is left as it was."""
    p = deepcopy(pending)
    first = options[0]
    p.residue, p.mean, p.guesses = [], "", []
    if first.kind == "metric":
        p.metrics = [o.id for o in options]
        p.groups, p.cores, p.absent = [], [], []
    elif first.kind == "value":
        p.unclear = [u for u in p.unclear if first.id not in [v for c in u.choices for v in c.values]]
        p.include.setdefault(first.dimension, []).append(first.id)
        p.own = False
    elif first.kind == "dimension":
        p.dimensions.append(first.id)
    elif about == "time":
        p.times = reader.times(first.label)
        p.template = re.sub("T", " ", p.template) + "T"
    elif about == "order":
        p.direction, p.ranked = ("high" if first.id == "desc" else "low"), True
        p.template = p.template.replace("最", " ")
    elif first.id == "day":
        p.grains.append("day")
    return p


def merged(pending: Parsed, answer: Parsed) -> Parsed | None:
    """The question that waited with slots an answer adds (按科室, 上个月, 只看骨科); None where the answer is a question of its own."""
    adds = answer.dimensions or answer.grains or answer.include or answer.exclude or answer.ranked or answer.having or answer.compare
    if answer.metrics or answer.cores or answer.groups or answer.residue or answer.absent or answer.unclear or not (adds or answer.times):
        return None
    p = deepcopy(pending)
    if any(m.span for m in answer.times):
        p.times = [m for m in p.times if not m.span]
        p.template = p.template.replace("T", " ")
    p.mean = "" if answer.grains else p.mean
    p.text, p.template = f"{p.text} {answer.text}", f"{p.template} {answer.template}"
    for name in ("dimensions", "grains", "times", "same", "compare", "having"):
        old, new = getattr(p, name), getattr(answer, name)
        old += [n for n in new if n not in old]
    for side, more in ((p.include, answer.include), (p.exclude, answer.exclude)):
        for dimension, values in more.items():
            side[dimension] = values
    if answer.ranked:
        p.ranked, p.direction, p.limit = True, answer.direction or p.direction, answer.limit or p.limit
    p.own = p.own and not answer.include
    return p
