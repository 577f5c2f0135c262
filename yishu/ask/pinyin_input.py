"""Pinyin input 拼音输入: a question typed in latin letters, turned back into the words it spells."""

from __future__ import annotations

import re
from functools import cached_property

from yishu.ask.link import Linker
from yishu.ask.sound import spellings, syllables

SMALL = ["上个月", "上月", "本月", "这个月", "上周", "本周", "今年", "去年", "昨天", "今天", "上季度", "本季度", "上半年", "下半年", "一季度", "二季度", "三季度", "四季度", "多少", "是多少", "同比", "环比", "趋势", "排名", "各科室", "各", "科室", "医生", "每月", "每天", "每周", "按月", "前三", "前五", "前十", "最高", "最低", "最多", "最少", "的", "是", "和", "呢", "怎么算", "比", "近", "近七天", "最近", "天", "月", "周", "年", "一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月", "为什么", "下降", "上升", "占比", "分布"]
ENGLISH = re.compile(r"\b(?:the|of|in|by|how|what|many|show|rate|last|this|top|for|and|department|departments|visits|revenue|average|compare|with|per|is|are|cost|month|year|week|trend|which|bed|length|stay|outpatient|emergency|surgeries|list|give|me)\b")
LETTERS = re.compile(r"(?<![a-z])[a-z]{3,8}(?![a-z])")
RUN = re.compile(r"[a-z]{2,}(?:[ ']?[a-z]+)*")


class PinyinInput:
    """Reads latin letters as pinyin 拼音读法, with the phrases of one vocabulary."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker

    @cached_property
    def _index(self) -> dict[str, str]:
        """Spelling → phrase; the small words of time and order come before names."""
        found: dict[str, str] = {}
        for phrase in self.linker.phrases:
            if len(phrase) <= 12 and not re.search(r"[a-z\d]", phrase):
                for units in spellings(phrase):
                    found.setdefault("".join(units), phrase)
        return found | {"".join(units): phrase for phrase in SMALL for units in spellings(phrase)}

    @cached_property
    def _initials(self) -> dict[str, str]:
        """Initials of metric names that only one metric has."""
        found: dict[str, set[str]] = {}
        for metric in self.linker.vocabulary.metrics:
            for name in (metric.label, *metric.synonyms):
                for units in spellings(name.lower()):
                    found.setdefault("".join(u[0] for u in units), set()).add(metric.label)
        return {k: next(iter(v)) for k, v in found.items() if len(v) == 1 and len(k) >= 3}

    def written(self, text: str) -> str:
        """The text with its pinyin runs in characters, unchanged where it is not pinyin."""
        if re.search(r"[\u4e00-\u9fff]", text) or re.fullmatch("[a-z]{3,8}", text):
            text = LETTERS.sub(lambda m: m[0] if m[0] in self.linker.phrases else self._initials.get(m[0], m[0]), text)
        if not re.search(r"[a-z]{4,}", text) or ENGLISH.search(text):
            return text
        return RUN.sub(lambda m: self._run(m[0]) or m[0], text)

    def _run(self, run: str) -> str | None:
        units: list[str] = []
        words = re.split(r"[ ']", run)
        for word in words:
            cut = None if word in self.linker.phrases and len(words) < 3 else syllables(word)
            if cut is None:
                return None
            units += cut
        out, position = [], 0
        while position < len(units):
            for size in range(min(8, len(units) - position), 0, -1):
                if found := self._index.get("".join(units[position : position + size])):
                    out.append(found)
                    position += size
                    break
            else:
                return None
        return "".join(out)
