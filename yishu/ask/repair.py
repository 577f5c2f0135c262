"""Repair 纠错: a stretch nothing accounts for, heard again as a mistyped name; where unsure, offered, never assumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise

from yishu.ask.link import Linker, Token
from yishu.ask.slots import Parsed
from yishu.ask.sound import LOOKALIKE, NEAR, SAME, alike, spellings, syllables
from yishu.ask.vocabulary import lexicon

REACH = 8  # characters around the stretch that a name may take in
PARTICLES = set("的了个号过之地得")
ASPECT = set("的了着过得")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Guess:
    """A name a stretch may be meant for 疑似; `sure` where the slip is one of sound, shape or order only."""

    token: Token
    sure: bool


class Repair:
    """Hears stretches again 纠错器 with the names of one vocabulary."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        doctor = linker.vocabulary.dimension("doctor")
        self._doctors = doctor.id if doctor else ""  # a name like another's is another's: never assumed

    # ---- Chinese: by sound, shape, order, one character more or less

    def hear(self, p: Parsed) -> Guess | None:
        """The best guess for the first stretch that sounds like a name, None where none does."""
        holes = [(a, b, False) for a, b in p.left if CHINESE.search(p.text[a:b])]
        # 要占比: nothing is left over, yet only a word of several metrics was read
        vague = [t for t in p.tokens if not t.text.isascii() and (t.kind in "GC" if not p.metrics else t.kind == "G" and not p.share)]
        holes += [(t.begin, t.end, True) for t in vague]
        for begin, end, weak in holes:
            found = self._around(p, begin, end, weak)
            if found:
                return found
        return None

    def _around(self, p: Parsed, begin: int, end: int, weak: bool) -> Guess | None:
        taken = [(m.begin, m.end) for m in p.times]
        low, high = begin, end
        while low > 0 and begin - low < REACH and self._open(p.text, low - 1, taken):
            low -= 1
        while high < len(p.text) and high - end < REACH and self._open(p.text, high, taken):
            high += 1
        window = p.text[low:high]
        if len(window) < 2:
            return None
        best: list[tuple[bool, float, int, Token]] = []
        for phrase, entry in self.linker.sounding(window):
            if phrase in p.text:
                continue
            for score, sure, a, b in _placed(window, phrase):
                first, last = low + a, low + b
                if first > begin or last < end or any(t.begin < first < t.end or t.begin < last < t.end for t in p.tokens):
                    continue
                if weak and (score < 0.95 or not sure):
                    continue
                named = entry.kind == "V" and entry.choices[0].dimension == self._doctors
                token = Token(entry.kind, first, last, phrase, entry.ids, entry.choices, score)
                best.append((sure and not named, score, len(phrase), token))
        if not best:
            return None
        best.sort(key=lambda b: (not b[0], -b[1], -b[2], b[3].text))
        sure, score, size, token = best[0]
        rivals = [t for s, c, n, t in best if s == sure and c == score and n == size and (t.ids, t.choices) != (token.ids, token.choices)]
        return Guess(token, sure and not rivals)

    def _open(self, text: str, index: int, taken: list[tuple[int, int]]) -> bool:
        return bool(CHINESE.match(text[index])) and not any(a <= index < b for a, b in taken)

    def operators(self, p: Parsed) -> str:
        """The text with a mistyped word of the grammar set right: 环笔, 前三民; 做天 too, where both characters mean nothing."""
        text = p.text
        spans = [(t.begin, t.end) for t in p.tokens if t.kind != "D"] + [(m.begin, m.end) for m in p.times]
        free = [CHINESE.match(c) is not None and not any(a <= i < b for a, b in spans) for i, c in enumerate(text)]
        for i in range(len(text) - 1):
            piece = text[i : i + 2]
            if free[i] and free[i + 1] and text[i + 1 : i + 3] not in WHOLE_WORDS and text[max(0, i - 1) : i + 1] not in WHOLE_WORDS and (word := self._short.get(piece)):
                return text[:i] + word + text[i + 2 :]
        names = [(t.begin, t.end) for t in p.tokens if t.kind in "MV"]
        for begin, end in p.left:
            for low in range(max(0, begin - 3), begin + 1):
                for high in range(end, min(len(text), end + 3) + 1):
                    if any(a < high and low < b for a, b in names) or not CHINESE.match(text, low):
                        continue
                    if word := self._slip(text[low:high]):
                        return text[:low] + word + text[high:]
        return text

    def _slip(self, piece: str) -> str:
        """The word of the grammar that one character of the piece is mistyped for."""
        found = []
        for i, char in enumerate(piece):
            for order, word in self._grammar.get((i, piece[:i] + piece[i + 1 :]), ()):
                if word[i] != char and alike(char, word[i]) >= LOOKALIKE:
                    found.append((order, word))
        return min(found)[1] if found else ""

    @cached_property
    def _grammar(self) -> dict[tuple[int, str], list[tuple[int, str]]]:
        """Words of the grammar and the core words of two characters, by what is left of them without one character."""
        cores = [p for p, e in self.linker.phrases.items() if len(p) == 2 and (e.kind == "C" or (e.kind in "MV" and p in CORES)) and not p.isascii()]
        found: dict[tuple[int, str], list[tuple[int, str]]] = {}
        for order, word in enumerate(dict.fromkeys((*OPERATORS, *cores))):
            for i in range(len(word)):
                found.setdefault((i, word[:i] + word[i + 1 :]), []).append((order, word))
        return found

    @cached_property
    def _short(self) -> dict[str, str]:
        """Pairs that sound like a short word of time, comparison or a department, one character apart."""
        names = [p for p, e in self.linker.phrases.items() if len(p) == 2 and e.kind == "V" and p.endswith("科")]
        found: dict[str, str] = {}
        for word in (*SHORT, *names):
            for char in SLIPPERY:
                for piece in (char + word[1], word[0] + char):
                    if piece != word and piece not in self.linker.phrases and piece not in KEPT and alike(piece[0], word[0]) >= LOOKALIKE <= alike(piece[1], word[1]):
                        found.setdefault(piece, word)
        return found

    # ---- English: by letters

    @cached_property
    def _english(self) -> list[str]:
        words = {w for phrase, entry in self.linker.phrases.items() if phrase.isascii() for w in re.findall(r"[a-z]{4,}", phrase) if entry.kind != "V" or len(w) > 6}
        return sorted(words | {w for w in lexicon("fillers")["english"] if len(str(w)) >= 4} | set(ENGLISH))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._english)

    def spelling(self, text: str) -> str:
        """The text with misspelt English words of the vocabulary set right."""
        if not re.search(r"[a-z]{4,}", text) or CHINESE.search(text):
            return text

        text = self._people(text)

        def written(match: re.Match[str]) -> str:
            word = match[0]
            if word in self._known or word.rstrip("s") in self._known or word + "s" in self._known:
                return word
            near = get_close_matches(word, [w for w in self._english if w[0] == word[0] and abs(len(w) - len(word)) <= 2], 1, 0.8)
            # another ending is another word (counted, counter), not a slip
            return near[0] if near and near[0][:-1] != word[:-1] and near[0] not in (word[:-2], word[:-3]) else word

        return re.sub(r"[a-z]{4,}", written, text)


    @cached_property
    def _names(self) -> dict[str, str]:
        """Spelled names of doctors, family name first and last."""
        found: dict[str, str] = {}
        doctor = self.linker.vocabulary.dimension("doctor")
        for value in doctor.values if doctor else ():
            name = re.sub(r"[(（].*", "", value)
            for units in spellings(name):
                found.setdefault("".join(units), name)
                found.setdefault("".join((*units[1:], units[0])), name)
        return found

    def _people(self, text: str) -> str:
        """Latin names of doctors in characters."""
        words = re.findall(r"[a-z]+", text)
        for one, two in pairwise(words):
            if one + two in self._known and two not in ("rate",):
                text = text.replace(f"{one} {two}", one + two)
            if one not in self._known and two not in self._known and syllables(one) and syllables(two) and (name := self._names.get(one + two)):
                text = text.replace(f"{one} {two}", name)
        return text


SHORT = ["昨天", "前天", "今天", "上月", "本月", "上周", "本周", "今年", "去年", "环比", "同比", "排名", "趋势"]
SLIPPERY = "做作坐左钱千金斤近津进尚商伤约越悦跃本奔州舟粥念年岁取区曲趣还换环欢缓通同童统铜笔币必拍排派明铭民名驱势是式事而二耳尔古谷股骨言严研颜眼付夫福富复妇产铲彦颗棵可壳克科"
KEPT = frozenset(["分科", "各科", "哪科", "全科", "该科", "本科", "每科", "单科", "今日", "今天", "去年", "前年", "本院"])
CORES = frozenset(["收入", "急诊", "门诊", "手术", "出院", "入院", "住院", "死亡", "检查", "医保", "自费", "男性", "女性", "初诊", "复诊", "总院", "东院", "西院"])
OPERATORS = ["患者", "病人", "构成", "至今", "到现在", "以上", "以下", "及以上", "垫底", "类型", "比一比", "异常", "人次", "多少", "分别", "花费", "费用", "性别", "原因", "下降", "上升", "升高", "增加", "减少", "不同", "是多少", "怎么样", "情况", "我们科", "本科室", "全院", "各科", "同比", "环比", "趋势", "走势", "排名", "排行", "占比", "前三名", "前五名", "前十名", "后三名", "后五名", "上个月", "这个月", "上月", "本月", "今年", "去年", "前年", "上季度", "本季度", "一季度", "二季度", "三季度", "四季度", "季度", "上半年", "下半年", "上周", "本周", "昨天", "前天", "各科室", "科室", "医生", "病区", "院区", "每个月", "每月", "每天", "每周", "按月", "按天", "逐月", "对比", "最高", "最低", "最多", "最少", "超过", "低于", "高于", "增长", "下降", "去年同期", "为什么", "怎么算", "病种", "年龄段", "最近", "近七天", "分布"]
ENGLISH = ["january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december", "yesterday", "today", "month", "week", "quarter", "year", "years", "months", "weeks", "days", "last", "this", "past", "previous", "first", "second", "third", "fourth", "half", "daily", "weekly", "monthly", "quarterly", "yearly", "compare", "compared", "trend", "trends", "rank", "ranking", "highest", "lowest", "longest", "shortest", "exceed", "exceeded", "exceeding", "above", "below", "over", "under", "more", "less", "than", "share", "proportion", "percentage", "distribution", "calculated", "definition", "defined", "define", "source", "come", "from", "lineage", "excluding", "except", "exclude", "without", "increase", "increased", "decrease", "decreased", "dropped", "growth", "grow", "fastest", "slowest", "change", "unusual", "abnormal", "anomaly", "anomalies", "mean", "mom", "qoq", "male", "female", "spring", "festival", "national", "weekend", "weekends", "weekdays", "explain", "reason", "reasons", "bottom", "three", "five", "seven", "eight", "four", "rate", "formula", "worst", "best", "fall", "fell", "rise", "rose", "went", "drop", "between", "since", "until", "during", "only", "instead", "switch", "remove", "back", "again", "date", "period", "same", "each", "every", "ascending", "descending", "least", "most", "many", "much", "what", "which", "when", "where", "does", "year-on-year", "month-on-month", "holiday", "holidays", "include", "included", "campus", "ward", "wards"]


WHOLE_WORDS = frozenset(w for w in (*SHORT, *OPERATORS) if len(w) == 2)


def _placed(run: str, phrase: str) -> Iterator[tuple[float, bool, int, int]]:
    """(score, sure, begin, end) of the phrase laid over the run."""
    size = len(phrase)
    for begin in range(len(run) - size + 1):
        piece = run[begin : begin + size]
        marks = [alike(a, b) for a, b in zip(piece, phrase, strict=True)]
        misses, same = marks.count(0.0), marks.count(SAME)
        if not misses and (same or size >= 3) and (size > 2 or NEAR not in marks):
            yield sum(marks) / size, True, begin, begin + size
        elif misses == 1 and size >= 4 and same == size - 1:
            slip = {piece[marks.index(0.0)], phrase[marks.index(0.0)]} <= ASPECT  # 压着 for 压了
            yield 0.8, slip, begin, begin + size
        elif misses and size >= 3 and _swapped(piece, phrase):
            yield 0.86, True, begin, begin + size
    if size < 4:
        return
    for begin in range(len(run) - size + 2):
        piece = run[begin : begin + size - 1]
        if piece[0] == phrase[0] and piece[-1] == phrase[-1] and any(phrase[:i] + phrase[i + 1 :] == piece for i in range(1, size - 1)):
            yield 0.84, True, begin, begin + size - 1
    for begin in range(len(run) - size):
        piece = run[begin : begin + size + 1]
        extra = next((i for i in range(1, size) if piece[:i] + piece[i + 1 :] == phrase), None)
        if extra is not None:
            slip = piece[extra] in PARTICLES or piece[extra] in (piece[extra - 1], piece[extra + 1])
            yield 0.83, slip, begin, begin + size + 1


def _swapped(piece: str, phrase: str) -> bool:
    """Whether two neighbouring characters changed places."""
    return sorted(piece) == sorted(phrase) and any(piece[:i] + piece[i + 1] + piece[i] + piece[i + 2 :] == phrase for i in range(len(piece) - 1))
