"""Link 链接: the words of a question tied to metrics, dimensions and values; longest match, then sound."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property

from yishu.ask.festivals import festivals
from yishu.ask.normalise import named
from yishu.ask.numerals import whole
from yishu.ask.sound import loose_readings
from yishu.ask.vocabulary import Dimension, Metric, Vocabulary, lexicon

RANK = {"M": 0, "V": 1, "D": 2, "C": 3, "G": 4, "A": 5}
RATES = re.compile(r"(?:发生率|使用率|率|占比|比例|比重|时间|时长|周期数|强度|费用|金额)$")
HOW_MANY = re.compile(r"(?:多少|几)$")
MEASURES = {"钱": "元", "块": "元", "元": "元", "天": "天日", "台": "台", "分": "分", "小": "分小", "张": "张", "份": "份"}
WHEN = re.compile(r"[今去昨前上本这当下][个半]?[天日周月年季]|\d|季度|以来|月份|半年")
LISTED = re.compile(r"(?:各|每|哪|种|个|些|几|按|分|的|类|什么|啥|\d)$|^$")
SEEN = re.compile(r"(?:看上|看到|见到|见上|找到|找|见|碰到|排到|轮到)了?(?:一个|个)?$")
COUNTS = re.compile(r"(?:总)?(?:人次数|人次|台次|人数|台数|次数|例数|金额|数量|量|值|数)$")
AMBIGUOUS_SHORT = {"急诊", "中医", "体检", "检验", "手术", "检查", "住院", "门诊", "心理", "医技", "老年"}
NEAR_ROWS = 400  # of one character, so that a common one does not bring all values
TITLES = re.compile(r"(?:副?主任)?(?:医生|大夫|医师|教授|主任|主治|院长)")
AVERAGES = frozenset(["%", "天", "分钟", "小时", "分", "", "日", "minutes", "hours", "days"])
PARTS = set("心脑胸肝胆泌神骨肛血烧甲整手足胃肠乳腺男美干疼麻核放")
AGES = re.compile(r"(?P<a>\d{1,3}|[一二三四五六七八九十]{1,3})岁?\s?(?:到|至|-|~)\s?(?P<b>\d{1,3}|[一二三四五六七八九十]{1,3})(?:周?岁)(?:之间)?|(?P<n>\d{1,3}|[一二三四五六七八九十]{1,3})(?:周?岁)(?:的)?(?P<side>及以上|以上|及以下|以下|以内|之上|之下)|(?:aged )?(?P<n3>\d{1,3}) (?:and|or) (?P<side3>over|above|older|under|below|younger)|(?<=patients )(?:aged )?(?P<side2>over|above|older than|under|below|younger than) (?P<n2>\d{1,3})(?! ?(?:%|min|day|yuan|\d))")
ABOVE_AGE = ("older", "及以上", "以上", "之上", "over", "above", "older than")
PAIRED = re.compile(r"([\u4e00-\u9fff])[、和]?([\u4e00-\u9fff])两?个?(科|院区|院|病区)")
EACH = re.compile(r"(?:各|每[个种位]?|不同|哪[个些种]?|按|分)$")
SERIES = re.compile(r"([一二三四五1-5](?:[、,和]?[一二三四五1-5])+)级(?:手术)?")
SINGLES = re.compile(r"(男|女)(?=患者|病人|性|的|女|生|和|与|、|vs|谁|占|各)")


@dataclass(frozen=True, slots=True)
class Value:
    """Values of one dimension 取值."""

    dimension: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A linked word 词. M metric · C core word · G several metrics · D dimension · V value · A known but absent · Z known, narrows nothing."""

    kind: str
    begin: int
    end: int
    text: str
    ids: tuple[str, ...] = ()
    choices: tuple[Value, ...] = ()
    sure: float = 1.0
    lexical: bool = True
    series: bool = False  # 内外科, 三四级: several values said in one word


@dataclass(frozen=True, slots=True)
class Entry:
    """What one phrase means 词条."""

    kind: str
    ids: tuple[str, ...] = ()
    choices: tuple[Value, ...] = ()
    own: bool = True  # from the catalogue itself


class Linker:
    """The compiled lexicon 编译后的词典 of one vocabulary; built anew on publish."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.metrics = {m.id: m for m in vocabulary.metrics}
        self.phrases: dict[str, Entry] = {}
        self.family: dict[str, frozenset[str]] = {}
        self.kind: dict[str, str] = {}
        self.better: dict[str, str] = {}
        self.core: dict[str, str] = {}
        self.concept: dict[str, str] = {}  # official name → metric id
        self.group_kind: dict[str, str] = {}
        self.names: dict[str, list[str]] = defaultdict(list)
        self._likes: list[tuple[re.Pattern[str], str]] = []
        doctor = vocabulary.dimension("doctor")
        self._doctors = doctor.id if doctor else ""
        self._called: dict[str, list[str]] = {}
        self._add_metrics()
        self._add_dimensions()
        order = list(lexicon("dimensions"))
        for dimension in sorted(vocabulary.dimensions, key=lambda d: order.index(d.concept) if d.concept in order else 99):
            self._add_values(dimension)  # departments first: wards and doctors are named after them
        self._add_sets()
        self._add_groups()
        self._lengths: dict[str, tuple[int, ...]] = {}
        lengths: dict[str, set[int]] = defaultdict(set)
        for phrase in self.phrases:
            lengths[phrase[0]].add(len(phrase))
        self._lengths = {c: tuple(sorted(s, reverse=True)) for c, s in lengths.items()}

    def _put(self, phrase: str, entry: Entry) -> None:
        phrase = named(phrase)
        if not phrase:
            return
        old = self.phrases.get(phrase)
        if old is None:
            self.phrases[phrase] = entry
        elif old.kind == entry.kind == "V":
            if old.choices != entry.choices and not (old.own and not entry.own):
                merged = self._nearest(tuple(dict.fromkeys((*old.choices, *entry.choices))))
                self.phrases[phrase] = replace(old, choices=merged) if old.own == entry.own else entry
        elif (old.kind == entry.kind == "M") and old.own and entry.own and old.ids != entry.ids:
            self.phrases[phrase] = Entry("G", tuple(dict.fromkeys((*old.ids, *entry.ids))))
        elif (not old.own, RANK[old.kind]) > (not entry.own, RANK[entry.kind]):
            self.phrases[phrase] = entry

    def _nearest(self, choices: tuple[Value, ...]) -> tuple[Value, ...]:
        """A word that names a department and its group means the department."""
        department = self.vocabulary.dimension("department")
        mine = tuple(c for c in choices if department and c.dimension == department.id)
        group = self.vocabulary.dimension("department_group")
        return mine if mine and all(c in mine or (group and c.dimension == group.id) for c in choices) else choices

    def _add_metrics(self) -> None:
        rows = lexicon("concepts")
        families = {k: frozenset(v) for k, v in rows["families"].items()}
        self.known = frozenset().union(*families.values())
        for metric in self.vocabulary.metrics:
            if metric.retired:
                continue
            for name in (metric.label, *metric.synonyms):
                self._put(name, Entry("M", (metric.id,)))
                self.names[metric.id].append(named(name))
                core = COUNTS.sub("", named(name))
                if len(core) >= 2 and core != named(name):
                    self._put(core, Entry("C", (metric.id,), own=False))
                    self.core.setdefault(core, metric.id)
            words = metric.id.replace("_", " ").lower()
            if len(words) > 3 and re.fullmatch(r"[a-z0-9 ]+", words):
                self._put(words, Entry("M", (metric.id,), own=False))
            self.better[metric.id] = metric.better
        for metric in self.vocabulary.metrics:
            for name in (metric.label, *metric.synonyms) if metric.retired else ():
                self._put(name, Entry("A", ("retired", metric.id), own=False))
        owners = {n: m for m, names in self.names.items() for n in names}
        pending = []
        for row in rows["concepts"]:
            names = [named(n) for n in row["names"]]
            if "sum" in row and not any(n in owners for n in names):
                pending.append(row)
                continue
            owner = next((owners[n] for n in names if n in owners), None)
            if owner is None:
                gone = next((e for n in names if (e := self.phrases.get(n)) and e.ids[:1] == ("retired",)), None)
                self._likes += [(re.compile(p), "") for p in row.get("like", ())]
                for name in (*names, *(row.get("say", ()) if gone else ()), *(row.get("english", ()) if gone else ())):
                    self._put(name, gone or Entry("A", (name,), own=False))
                continue
            for n in names:
                self.concept.setdefault(n, owner)
            self.kind[owner] = row["by"]
            self.family[owner] = families[row["by"]]
            self.better[owner] = self.better[owner] or row.get("better", "")
            for word in (*names, *row.get("say", ()), *row.get("english", ())):
                self._put(word, Entry("M", (owner,), own=False))
            for name in names:
                self.names[owner].append(name)
            self._likes += [(re.compile(p), owner) for p in row.get("like", ())]
            for word in row.get("core", ()):
                self._put(word, Entry("C", (owner,), own=False))
                self.core[word] = owner
        for row in pending:
            ids = tuple(self.concept[named(n)] for n in row["sum"] if named(n) in self.concept)
            if len(ids) == len(row["sum"]):
                for word in (*row["names"], *row.get("say", ()), *row.get("english", ())):
                    self._put(word, Entry("M", ids, own=False))
        self._add_stems()
        for line in lexicon("absent")["metrics"]:
            for word in line:
                if named(word) not in self.phrases:
                    self._put(word, self._partly(named(word)) or Entry("A", (word,), own=False))

    def _partly(self, word: str) -> Entry | None:
        """投诉 where 有效投诉 is counted: a word of the trade that is part of a metric's name means it, or is asked about."""
        owners = [m for m, names in self.names.items() if any(word in n for n in names)]
        if not owners or len(word) < 2:
            return None
        counted = len(owners) == 1 and self.metrics[owners[0]].unit != "%" and any(n.endswith(word) or COUNTS.sub("", n.removesuffix("上报例数")).endswith(word) for n in self.names[owners[0]])
        if counted:
            return Entry("C", tuple(owners), own=False)
        self.group_kind[word] = "ask"
        return Entry("G", tuple(owners[:8]), own=False)

    def _add_stems(self) -> None:
        """停诊 of 停诊率, 移植周期 of 移植周期数: the head of a name that is the head of no other."""
        heads: dict[str, set[str]] = defaultdict(set)
        mine = {m.id: {named(n) for n in (m.label, *m.synonyms)} for m in self.vocabulary.metrics}
        for metric, names in self.names.items():
            for name in names:
                stem = RATES.sub("", name)
                if len(stem) >= 2 and stem != name and not stem.isascii():
                    heads[stem].add(metric)
                    if len(stem) == 4 and name in mine[metric]:
                        heads[stem[:2]].add(metric)
        plain = {n for names in self.names.values() for n in names} | {named(w) for row in lexicon("groups")["entries"] for w in row["say"]}
        for stem, owners in heads.items():
            alone = len(owners) == 1 and not any(stem in n for m, names in self.names.items() if m not in owners for n in names)
            if alone and stem not in plain and stem not in self.phrases:
                self._put(stem, Entry("C", tuple(owners), own=False))

    def _add_dimensions(self) -> None:
        rows = lexicon("dimensions")
        for dimension in self.vocabulary.dimensions:
            row = rows.get(dimension.concept, {"say": [dimension.id], "english": []})
            for word in (*row["say"], *row["english"]):
                self._put(word, Entry("D", (dimension.id,), own=False))
        for concept, row in rows.items():
            if concept != "grains" and self.vocabulary.dimension(concept) is None:
                for word in (*row["say"], *row["english"]):
                    if len(word) >= 3:
                        self._put(word, Entry("A", ("dimension",), own=False))
        for word in lexicon("absent")["dimensions"]:
            if named(word) not in self.phrases:
                self._put(word, Entry("A", ("dimension",), own=False))

    def _add_values(self, dimension: Dimension) -> None:
        known = lexicon("values").get(dimension.concept, {})
        canon = {named(n): says for n, says in known.items()}
        reverse = {named(s): n for n, says in known.items() for s in says}
        for value in dimension.values:
            plain = named(value)
            mine = (Value(dimension.id, (value,)),)
            own = [value, *dimension.aliases.get(value, ())]
            for word in own:
                if len(named(word)) > 1:
                    self._put(word, Entry("V", choices=mine))
            standard = plain if plain in canon else next((named(reverse[named(w)]) for w in own if named(w) in reverse), "")
            for word in (standard, *canon.get(standard, ())) if standard else ():
                if len(named(word)) > 1:
                    self._put(word, Entry("V", choices=mine, own=False))
            if dimension.concept == "department" and plain.endswith("科") and len(plain) >= 4 and plain[:-1] not in AMBIGUOUS_SHORT:
                self._put(plain[:-1], Entry("V", choices=mine, own=False))
            if dimension.concept == "doctor":
                self._add_doctor(value, plain, mine)
        if dimension.concept == "ward":
            self._add_wards(dimension)

    def _add_doctor(self, value: str, plain: str, mine: tuple[Value, ...]) -> None:
        match = re.fullmatch(r"(.+?)\((.+)\)", plain)
        if not match:
            return
        self._put(match[1], Entry("V", choices=mine))

    def department_words(self, name: str) -> list[str]:
        """What a department may be called."""
        if not self._called:
            department = self.vocabulary.dimension("department")
            for phrase, entry in self.phrases.items():
                if entry.kind == "V" and len(entry.choices) == 1 and department and entry.choices[0].dimension == department.id and len(entry.choices[0].values) == 1:
                    self._called.setdefault(named(entry.choices[0].values[0]), []).append(phrase)
        return self._called.get(name, [])

    def _add_wards(self, dimension: Dimension) -> None:
        heads: dict[str, list[str]] = {}
        department = self.vocabulary.dimension("department")
        for name in department.values if department else ():
            words = self.department_words(named(name))
            for word in words:
                heads[word] = words
        for value in dimension.values:
            plain = named(value)
            mine = (Value(dimension.id, (value,)),)
            head = max((h for h in heads if plain.startswith(h)), key=len, default="")
            if not head:
                continue
            tail = plain[len(head) :]
            for word in (*heads[head], head.removesuffix("科")):
                for end in {tail, tail.replace("病区", "病房"), tail.replace("病区", "区"), tail.replace("病区", "护理单元")}:
                    self._put(word + end, Entry("V", choices=mine, own=False))
            if re.fullmatch(r"[a-z]{2,}区", tail):
                for word in (tail[:-1], tail[:-1] + "病房", tail[:-1] + "病区"):
                    self._put(word, Entry("V", choices=mine, own=False))
            if tail and tail not in ("病区", "病房"):
                self._put(tail, Entry("V", choices=mine, own=False))
                self._put(tail.replace("病区", "病房"), Entry("V", choices=mine, own=False))

    def _add_sets(self) -> None:
        for concept, rows in lexicon("values")["sets"].items():
            dimension = self.vocabulary.dimension(concept)
            if dimension is None:
                continue
            for row in rows.values():
                if "ending" in row:
                    values = tuple(v for v in dimension.values if v.endswith(row["ending"]))
                elif "values" in row:
                    values = tuple(v for v in dimension.values if v in row["values"])
                    values = values if len(values) == len(row["values"]) else ()
                else:
                    values = self.ages(row.get("from", 0), row.get("to", 200))
                for word in row["say"] if values else ():
                    self._put(word, Entry("V", choices=(Value(dimension.id, values),), own=False))

    def ages(self, low: int, high: int) -> tuple[str, ...]:
        """The age groups that make up exactly low..high, none where the groups do not fit."""
        dimension = self.vocabulary.dimension("age_group")
        groups = []
        for value in dimension.values if dimension else ():
            numbers = [int(n) for n in re.findall(r"\d+", value)]
            if len(numbers) == 2:
                groups.append((numbers[0], numbers[1], value))
            elif len(numbers) == 1:
                groups.append((numbers[0], 200, value) if "上" in value or "+" in value else (0, numbers[0], value))
        inside = [g for g in groups if g[0] >= low and g[1] <= high]
        cut = any(g[0] < low <= g[1] or g[0] <= high < g[1] for g in groups)
        return tuple(g[2] for g in inside) if inside and not cut else ()

    def _add_groups(self) -> None:
        for row in lexicon("groups")["entries"]:
            ids = tuple(dict.fromkeys(self.concept[named(n)] for n in row["among"] if named(n) in self.concept))
            if row.get("wide"):
                ids = tuple(dict.fromkeys((*ids, *(m for m, names in self.names.items() if any(w in n for n in names for w in row["say"] if len(w) > 1)))))
            if not ids:
                continue
            for word in row["say"]:
                if len(word) == 1:
                    continue
                self.group_kind[named(word)] = "ask" if row.get("ask") else str(row.get("kind", ""))
                self._put(word, Entry("G" if len(ids) > 1 or row.get("ask") or row.get("kind") else "M", ids, own=False))

    def asks(self, word: str) -> bool:
        """Whether a word of several metrics is asked back even where one is left."""
        return self.group_kind.get(word) == "ask"

    def hinted(self, word: str) -> list[str]:
        """Metrics a stray word may be about: 床, 率; by the words of several metrics, then by their names."""
        if (among := self._starts.get(word)) is not None:
            return [i for n in among if (i := self.concept.get(named(n)))]
        return [m for m, names in self.names.items() if any(word in n for n in names)] if len(word) > 1 else []

    @cached_property
    def _starts(self) -> dict[str, list[str]]:
        """What a word of several metrics, whole or short of its last character, may mean."""
        found: dict[str, list[str]] = {}
        for row in lexicon("groups")["entries"]:
            for word in row["say"]:
                if not word.isascii():
                    found.setdefault(word, row["among"])
                    found.setdefault(word[:-1], row["among"])
        return found

    def allows(self, metric: str, dimension: str) -> bool:
        """Whether a metric may be divided by a dimension: as the catalogue says, else as its walk of life allows."""
        concept = next((d.concept for d in self.vocabulary.dimensions if d.id == dimension), "")
        allowed, family = self.metrics[metric].dimensions, self.family.get(metric)
        if allowed is not None:
            return not concept or dimension in allowed
        return not concept or family is None or concept not in self.known or concept in family

    def additive(self, metric: str) -> bool:
        """Whether the metric counts or sums (人次, 台, 元), so that a mean or a share of it is something else."""
        m = self.metrics[metric]
        return m.unit not in AVERAGES and not re.search(r"均|率|比|指数|强度|度$|时间", m.label)

    def exact(self, text: str) -> list[Token]:
        """Longest matches from left to right."""
        tokens: list[Token] = []
        alike = self._alike(text)
        position = 0
        while position < len(text):
            if position and text[position].isascii() and text[position].isalnum() and text[position - 1].isascii() and text[position - 1].isalpha():
                position += 1
                continue
            token = self._at(text, position)
            if (like := alike.get(position)) and (token is None or like.end > token.end):
                tokens.append(like)
                position = like.end
                continue
            if token and (feast := self._feast(text, position)) > token.end:
                position = feast  # 儿童节 is a day, not 儿童
                continue
            if token and token.kind == "D" and token.text in ("药", "病") and not LISTED.search(text[:position]):
                position = token.end  # 药库, 病案: part of another word
                continue
            if token and token.kind == "D" and text[token.end : token.end + 1] == "们" and not EACH.search(text[:position]):
                tokens.append(Token("Z", position, token.end + 1, text[position : token.end + 1]))
                position = token.end + 1  # 大夫们一共: who did it, not by whom it is counted
                continue
            if token and token.kind == "D" and SEEN.search(text[:position]):
                tokens.append(Token("Z", position, token.end, token.text))
                position = token.end  # 看上医生: whom one sees, not by whom it is counted
                continue
            if token and token.kind == "V" and position and text[position - 1] in PARTS and not (tokens and tokens[-1].end == position) and text[token.end - 1] == "科":
                position = token.end  # 心 before 外科: another department, not this one
                continue
            if token and token.kind == "V":
                token = self._shorter(text, token)
            if token and token.kind == "M" and EACH.search(text[:position]):
                token = self._divided(text, token)
            if token and token.kind == "V" and token.choices[0].dimension == self._doctors and (title := TITLES.match(text, token.end)):
                token = replace(token, end=title.end(), text=text[token.begin : title.end()])
            if token:
                tokens.append(token)
                position = token.end
            else:
                position += 1
        tokens += self._aged(text, tokens)
        tokens += self._series(text, tokens)
        for match in SINGLES.finditer(text):
            if not any(t.begin < match.end() and match.start() < t.end for t in tokens):
                gender = self.vocabulary.dimension("gender")
                if gender and match[1] in gender.values:
                    tokens.append(Token("V", match.start(), match.end(), match[1], choices=(Value(gender.id, (match[1],)),)))
        return sorted(tokens, key=lambda t: t.begin)

    def _feast(self, text: str, position: int) -> int:
        """Where a holiday that begins here ends, 0 where none does."""
        return max((position + len(n) for n in _feasts().get(text[position], ()) if text.startswith(n, position)), default=0)

    def _alike(self, text: str) -> dict[int, Token]:
        """Ways of saying a metric that leave room inside, by where they begin; the longest."""
        found: dict[int, Token] = {}
        for pattern, metric in self._likes:
            for m in pattern.finditer(text):
                if m.end() > m.start() and not WHEN.search(m[0]) and (m.start() not in found or found[m.start()].end < m.end()):
                    found[m.start()] = Token("M" if metric else "A", m.start(), m.end(), m[0], (metric or m[0],), lexical=True)
        return found

    def _aged(self, text: str, tokens: list[Token]) -> list[Token]:
        """60岁以上, 14岁以下, 45到59岁: the age groups that make up the range, if they do."""
        dimension = self.vocabulary.dimension("age_group")
        found = []
        for match in AGES.finditer(text) if dimension else ():
            if any(t.begin < match.end() and match.start() < t.end for t in tokens):
                continue
            low, high = (whole(match["a"]) or 0, whole(match["b"]) or 0) if match["a"] else (0, 200)
            if said := match["n"] or match["n2"] or match["n3"]:
                number = whole(said) or 0
                low, high = (number, 200) if (match["side"] or match["side2"] or match["side3"]) in ABOVE_AGE else (0, number)
            values = self.ages(low, high)
            if not values and said:
                values = self.ages(low + 1, high) if low else self.ages(low, high - 1)
            if values and dimension:
                found.append(Token("V", match.start(), match.end(), match[0], choices=(Value(dimension.id, values),)))
        return found

    def _series(self, text: str, tokens: list[Token]) -> list[Token]:
        """一二三级手术, 三、四级: several values that share their ending."""
        found = []
        for match in SERIES.finditer(text):
            covered = [t for t in tokens if t.begin < match.end() and match.start() < t.end]
            names = [f"{'一二三四五'[int(c) - 1] if c.isdigit() else c}级" for c in re.findall(r"[一二三四五1-5]", match[1])]
            for dimension in self.vocabulary.dimensions:
                if set(names) <= set(dimension.values) and all(t.begin >= match.start() and t.kind in "VD" for t in covered):
                    for t in covered:
                        tokens.remove(t)
                    found.append(Token("V", match.start(), match.end(), match[0], choices=(Value(dimension.id, tuple(names)),), series=True))
                    break
        return found + self._paired(text, tokens)

    def _paired(self, text: str, tokens: list[Token]) -> list[Token]:
        """内外科, 东西院区: two values with one ending."""
        found = []
        for match in PAIRED.finditer(text):
            entries = [self.phrases.get(match[i] + match[3]) for i in (1, 2)]
            if match[0] in self.phrases or not all(e and e.kind == "V" and len(e.choices) == 1 for e in entries):
                continue
            one, two = (e.choices[0] for e in entries if e)
            covered = [t for t in tokens if t.begin < match.end() and match.start() < t.end]
            if one.dimension == two.dimension and one != two and all(t.begin >= match.start() and t.end <= match.end() for t in covered):
                for t in covered:
                    tokens.remove(t)
                found.append(Token("V", match.start(), match.end(), match[0], choices=(Value(one.dimension, (*one.values, *two.values)),), series=True))
        return found

    def _shorter(self, text: str, token: Token) -> Token:
        """MRI检查人次: a value gives its tail to a metric name that reaches further."""
        for cut in range(token.begin + 1, token.end):
            other = self._at(text, cut)
            if other and other.end > token.end and other.kind in "MC":
                entry = self.phrases.get(text[token.begin : cut])
                if entry and entry.kind == "V":
                    return Token("V", token.begin, cut, text[token.begin : cut], entry.ids, entry.choices, lexical=not entry.own)
        return token

    def _divided(self, text: str, token: Token) -> Token:
        """各药品库存金额: after 各, a dimension gives the metric name its head back."""
        for cut in range(token.end - 1, token.begin, -1):
            head, rest = self.phrases.get(text[token.begin : cut]), self._at(text, cut)
            if head and head.kind == "D" and rest and rest.kind == "M" and rest.ids == token.ids:
                return Token("D", token.begin, cut, text[token.begin : cut], head.ids)
        return token

    def _at(self, text: str, position: int) -> Token | None:
        for length in self._lengths.get(text[position], ()):
            end = position + length
            phrase = text[position:end]
            entry = self.phrases.get(phrase)
            if entry is None or len(phrase) < length:
                continue
            if entry.kind == "M" and self._measures_other(entry, phrase, text, end):
                continue
            if phrase[-1].isascii() and phrase[-1].isalpha() and end < len(text) and text[end].isascii() and text[end].isalpha():
                continue
            return Token(entry.kind, position, end, phrase, entry.ids, entry.choices, lexical=not entry.own)
        return None

    def _measures_other(self, entry: Entry, phrase: str, text: str, end: int) -> bool:
        """收进来多少 before 钱: how much money is no number of people."""
        if end >= len(text) or text[end] not in MEASURES or not HOW_MANY.search(phrase):
            return False
        units = [self.metrics[i].unit for i in entry.ids]
        return bool(units) and not any(u and u[0] in MEASURES[text[end]] for u in units)

    @cached_property
    def _fuzzy(self) -> dict[tuple[str, str], list[tuple[str, Entry]]]:
        """Phrases by pairs of loose sounds among their first three characters."""
        index: dict[tuple[str, str], list[tuple[str, Entry]]] = defaultdict(list)
        for phrase, entry in self.phrases.items():
            short = len(phrase) < 3 and not (entry.own and phrase.endswith("科"))
            if entry.kind not in "MV" or short or len(phrase) > 14 or phrase.isascii():
                continue
            for pair in set(_pairs(phrase[:3], 2)):
                index[pair].append((phrase, entry))
        return index

    def sounding(self, run: str) -> Iterator[tuple[str, Entry]]:
        """Phrases that share a pair of sounds with the run, each once."""
        seen: set[str] = set()
        heard = set(run)
        for pair in dict.fromkeys(_pairs(run, 3)):
            for phrase, entry in self._fuzzy.get(pair, ()):
                if phrase not in seen and len(phrase) <= len(run) + 1:
                    seen.add(phrase)
                    if len(heard.intersection(phrase)) < max(1, len(set(phrase)) - 2):
                        continue
                    yield phrase, entry

    @cached_property
    def _by_character(self) -> dict[str, list[tuple[str, str, str]]]:
        """Values by the characters they hold, as (dimension, value, plain value)."""
        index: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for dimension in self.vocabulary.dimensions:
            for value in dimension.values:
                plain = named(value)
                for char in set(plain):
                    index[char].append((dimension.id, value, plain))
        return index

    def near_values(self, word: str, only: str = "") -> list[tuple[str, str]]:
        """Values that share characters with an unknown word, as (dimension, value)."""
        rare = sorted(set(word), key=lambda c: len(self._by_character.get(c, ())))
        seen = {row for char in rare for row in self._by_character.get(char, ())[:NEAR_ROWS]}
        scored = []
        for dimension, value, plain in seen:
            if not only or dimension == only:
                common = len(set(plain) & set(word)) / max(len(set(plain)), len(set(word)))
                scored.append((common + 0.1 * (plain[-1] == word[-1]), dimension, value))
        order = {v: i for d in self.vocabulary.dimensions for i, v in enumerate(d.values)} if len(scored) < 50 else {}
        scored.sort(key=lambda s: (-s[0], s[1], order.get(s[2], 0), s[2]))
        return [(d, v) for score, d, v in scored[:6] if score >= 0.3]


@cache
def _feasts() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in festivals().names:
        found[name[0]] = (*found.get(name[0], ()), name)
    return found


def _pairs(text: str, reach: int) -> Iterator[tuple[str, str]]:
    """Unordered pairs of loose sounds no further apart than `reach`."""
    sounds = [loose_readings(c) for c in text]
    for i, ones in enumerate(sounds):
        for others in sounds[i + 1 : i + 1 + reach]:
            for a in ones:
                for b in others:
                    yield (a, b) if a <= b else (b, a)


def metric_labels(metrics: dict[str, Metric], ids: tuple[str, ...]) -> list[tuple[str, str]]:
    """Ids with their labels, as options."""
    return [(i, metrics[i].label) for i in ids if i in metrics]
