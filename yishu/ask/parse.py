"""Parse 解析: linked words and times become slots; what is left over is heard again as a slip of typing or of the ear."""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property

from yishu.ask.grammar import Grammar
from yishu.ask.link import Linker, Token
from yishu.ask.patterns import OWN, WHOLE
from yishu.ask.policy import TimePolicy
from yishu.ask.repair import Guess, Repair
from yishu.ask.slots import Parsed
from yishu.ask.time_words import Mention
from yishu.ask.times import find
from yishu.ask.vocabulary import lexicon

HEDGES = re.compile(r"平均|大概|一般|大约|差不多|左右|到底|究竟|通常|得要|需要|要(?=花|等|住)")
SLIPS: dict[str, str] = lexicon("shapes")["slips"]
UNWHOLE = re.compile(r"(?:不|别|不要|不用|不光|不只)(?:再)?(?:看|管|要|说|谈|限)(?:全院|整个医院)")
PER_VISIT = ("人均", "均次", "人次均", "每人", "每次")
KIND_OF_TIME = {"span": "T", "until": "T", "same": "S", "weekday": "W", "open": "E"}


class Reader:
    """Reads one question 读句 with a linker and a day."""

    def __init__(self, linker: Linker, now: date, policy: TimePolicy | None = None) -> None:
        self.linker = linker
        self.now = now
        self.policy = policy or TimePolicy()
        self.grammar = Grammar({d.id: len(d.values) for d in linker.vocabulary.dimensions})
        self.repair = Repair(linker)

    def times(self, text: str) -> list[Mention]:
        """The times of a text as the hospital means them."""
        return self.policy.applied(find(text, self.now), self.now)

    def parse(self, text: str) -> Parsed:
        """All slots the text names; where something is left over, once more without the hedges that split a name."""
        for slip, meant in SLIPS.items():
            text = text.replace(slip, meant)
        first = self._parse(text)
        if not first.text.isascii() and (righted := self.repair.operators(first)) != first.text:
            other = self._parse(righted)
            if len("".join(other.residue)) <= len("".join(first.residue)):
                other.notes.append(f"把“{text}”读作“{righted}”")
                first, text = other, righted
        if not first.residue or not HEDGES.search(text):
            return first
        second = self._parse(HEDGES.sub("", text))
        second.mean = second.mean or first.mean
        return second if len("".join(second.residue)) < len("".join(first.residue)) else first

    def _parse(self, text: str) -> Parsed:
        text = re.sub(r"一个?半个?小时", "90分钟", text)
        text = re.sub(r"半个?小时", "30分钟", text)
        text = re.sub(r"(突破|破|超过|超|过|上)(?=[万亿](?!\d))", r"\g<1>1", text)
        text = re.sub(r"除(?:了|去)?[^,，]{0,14}?急诊(?!科|人|量|部|室)(?=[^,，]{0,10}?外)", lambda m: m[0] + "科", text)
        typed = text
        text = self._per_visit(self.repair.spelling(text))
        own = OWN.search(text)
        bare = OWN.sub(lambda m: " " * len(m[0]), text)
        tokens = self.linker.exact(bare)
        parsed = self._read(bare, tokens)
        guesses: list[Guess] = []
        for _ in range(3):
            guess = self.repair.hear(parsed)
            if guess is None or not guess.sure:
                guesses += [guess] if guess else []
                break
            tokens = sorted([t for t in tokens if t.end <= guess.token.begin or t.begin >= guess.token.end] + [guess.token], key=lambda t: t.begin)
            parsed = self._read(bare, tokens)
        if text != typed:
            parsed.notes.append(f"把“{typed}”读作“{text}”")
        parsed.guesses = [g.token for g in guesses]
        parsed.own = bool(own)
        parsed.whole = bool(WHOLE.search(UNWHOLE.sub("", bare)))
        return parsed

    def _per_visit(self, text: str) -> str:
        """门诊人均药费 where 门诊次均药费 is counted."""
        for said in PER_VISIT:
            if said in text:
                for phrase in self._visits:
                    if (other := phrase.replace("次均", said)) in text:
                        return text.replace(other, phrase)
        return text

    @cached_property
    def _visits(self) -> list[str]:
        names = (n for names in self.linker.names.values() for n in names if "次均" in n)
        return sorted(dict.fromkeys(names), key=len, reverse=True)

    def _read(self, text: str, tokens: list[Token]) -> Parsed:
        parsed = self._template(text, tokens)
        self.grammar.fill(parsed)
        return parsed

    def _template(self, text: str, tokens: list[Token]) -> Parsed:
        masked = list(text)
        for t in tokens:
            masked[t.begin : t.end] = "\x01" * (t.end - t.begin)
        times = self.times("".join(masked))
        parsed = Parsed(text, tokens=list(tokens), times=times)
        spans: list[tuple[int, int, str, Token | Mention]] = [(t.begin, t.end, t.kind, t) for t in tokens]
        spans += [(m.begin, m.end, KIND_OF_TIME[m.kind], m) for m in times]
        out, position = [], 0
        for begin, end, kind, item in sorted(spans, key=lambda s: s[0]):
            out += list(text[position:begin].replace("\x01", " "))
            parsed.at += range(position, begin)
            out.append(kind)
            parsed.at.append(begin)
            parsed.refs.append(item)
            position = end
        out += list(text[position:])
        parsed.at += range(position, len(text))
        parsed.template = "".join(out)
        return parsed


