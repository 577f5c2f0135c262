"""Replies 反问与拒答: the questions back and the refusals, with what may be chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yishu.ask.frame import Option, Reply
from yishu.ask.link import Token
from yishu.ask.scene import Scene
from yishu.ask.slots import Parsed
from yishu.ask.vocabulary import lexicon

ENDINGS = ("率", "量", "数", "费", "比", "值")
PLACE = r"(?:科|病区|院区|医生|大夫|主任|病房|护理单元|中心)"
PLACE_END = re.compile(rf"{PLACE}$")
PLACE_AFTER = re.compile(rf".{{0,2}}?{PLACE}")
SAY = {
    "privacy": "涉及患者个人信息，这里只回答汇总数据", "permission": "涉及个人薪酬等内容，无权查看", "write": "这里只能查询，不能改动数据", "raw_sql": "这里不执行 SQL，请直接用话提问",
    "injection": "这里只回答指标问题", "medical_advice": "这里不提供诊疗建议，请咨询医生", "triage": "请到分诊台或拨打导诊电话", "emergency": "如有紧急情况请立即呼叫医护人员或拨打 120",
    "forecast": "这里只回答已发生的数据，不作预测", "out_of_scope": "这里只回答本院指标问题",
}  # fmt: skip


def refused(reason: str) -> Reply:
    """A refusal with its standing words."""
    return Reply("refuse", reason=reason, say=SAY.get(reason, ""))


def which_metric(scene: Scene) -> Reply:
    """Nothing was named: some metrics to choose from."""
    return among(scene, [m.id for m in scene.vocabulary.metrics if not m.retired][:8], "您想看哪个指标？")


def among(scene: Scene, ids: Sequence[str], say: str = "您指的是哪一个？", about: str = "metric") -> Reply:
    """A choice of metrics, ten at most."""
    known = [i for i in dict.fromkeys(ids) if i in scene.linker.metrics][:10]
    return Reply("clarify", about=about, options=tuple(Option(i, scene.linker.metrics[i].label, "metric") for i in known), say=say)


def which_value(token: Token) -> Reply:
    """Several values bear the name."""
    options = tuple(Option(c.values[0], c.values[0], "value", c.dimension) for c in token.choices)
    return Reply("clarify", about="dimension_value", options=options[:10], say=f"“{token.text}”有几个，您指的是哪一个？")


def which_dimension(scene: Scene, say: str) -> Reply:
    """By what: some dimensions to choose from."""
    options = tuple(Option(d.id, d.label, "dimension") for d in scene.vocabulary.dimensions[:6])
    return Reply("clarify", about="dimension", options=options, say=say)


def which_department(scene: Scene) -> Reply:
    """我们科, said by one of no department."""
    department = scene.vocabulary.dimension("department")
    options = tuple(Option(v, v, "value", department.id) for v in department.values[:10]) if department else ()
    return Reply("clarify", about="dimension_value", options=options, say="您没有所属科室，要看哪一个科室？")


def absent(scene: Scene, p: Parsed) -> Reply:
    """A thing hospitals count, or a way they divide, that this one's metric centre does not have."""
    token = p.absent[0]
    if token.ids[:1] == ("dimension",):
        return Reply("refuse", reason="no_dimension", say=f"现有指标不能按“{token.text}”看")
    if token.ids[:1] == ("retired",):
        return _retired(scene, token)
    return Reply("refuse", reason="no_metric", say=f"指标中心没有“{token.text}”")


def _retired(scene: Scene, token: Token) -> Reply:
    """A metric that is no longer kept: since when, and what stands in its place."""
    gone = scene.linker.metrics.get(token.ids[1]) if len(token.ids) > 1 else None
    when = f"已于 {gone.gone} 停用" if gone and gone.gone else "已停用"
    heir = scene.linker.metrics.get(gone.successor) if gone else None
    instead = f"，请改看“{heir.label}”" if heir and not heir.retired else ""
    return Reply("refuse", reason="no_metric", say=f"“{gone.label if gone else token.text}”{when}，不再出数{instead}", metric=heir.id if instead and heir else "")


def unknown(scene: Scene, p: Parsed, metrics: list[str] | Reply) -> Reply:
    """A stretch of the question is not understood: what it may mean, else what would be answered without it, else a refusal."""
    if colleagues := _colleagues(scene, p):
        return colleagues
    for guess in p.guesses:
        if guess.kind == "M":
            return among(scene, guess.ids, f"您是否指“{guess.text}”？")
        if guess.choices:
            options = tuple(Option(v, v, "value", c.dimension) for c in guess.choices for v in c.values[:3])
            return Reply("clarify", about="dimension_value", options=options[:10], say=f"您是否指“{guess.text}”？")
    words = [r for r in p.residue if not r[0].isdigit()] or [f"数字{r}" for r in p.residue]
    word = max(words, key=len)
    by = re.search(r"(?:按照?|分|依)(?P<w>[\u4e00-\u9fff]{2,8}?)(?:来?看|来?分|分布|统计|拆分?|分类|划分|分组|排|$)", p.text)
    if by and word in by["w"] and not re.match(r"[天日周月季年]", by["w"]) and not any((t.kind in "MV" or (t.kind == "D" and len(t.text) > 1)) and by.start("w") <= t.begin < by.end("w") for t in p.tokens):
        return Reply("refuse", reason="no_dimension", say=f"现有指标不能按“{by['w']}”看")
    blanked = list(p.text)
    for t in p.tokens:
        if t.kind in "MVC":
            blanked[t.begin : t.end] = " " * (t.end - t.begin)
    named = _placed("".join(blanked), word)
    if PLACE_END.search(named) and (near := scene.linker.near_values(named)):
        return _values(named, near)
    run = _run(p, word)
    if 2 <= len(run) <= 6 and re.search("[外内科]$", run) and (near := [n for n in scene.linker.near_values(run, scene.dimension("department")) if set(n[1]) & set(run)]):
        return _values(run, near)
    for dimension in scene.vocabulary.dimensions:
        looks = lexicon("dimensions").get(dimension.concept, {}).get("looks", ())
        if len(word) >= 2 and dimension.concept in ("drug", "diagnosis", "exam_type") and any(re.search(x, word) for x in looks):
            near = scene.linker.near_values(word, dimension.id) or [(dimension.id, v) for v in dimension.values[:6]]
            return _values(word, near)
    if isinstance(metrics, Reply) and metrics.options:
        beside = next((t for t in p.tokens if t.kind == "G" and len(word) > 1 and p.text[max(0, t.begin - len(word)) : t.begin] == word), None)
        if beside and re.fullmatch("[\u4e00-\u9fff]+", word):
            return Reply("refuse", reason="no_metric", say=f"指标中心没有“{word}{beside.text}”")  # 保洁费用
        return metrics
    ids = metrics if isinstance(metrics, list) and metrics else p.metrics
    if not ids and word in ENDINGS and (likely := [m.id for m in scene.vocabulary.metrics if m.label.endswith(word) and not m.retired]):
        return among(scene, likely)
    if not ids and (likely := scene.linker.hinted(word)):
        return among(scene, likely)
    if ids:
        return among(scene, ids[:3], f"没听懂“{word}”，只看指标本身吗？", "unknown")
    reason = "no_metric" if re.search(r"率|量|数|收入|费|时间|比|金额|次|多少|几|how many|how much|number|rate", p.text) else "out_of_scope"
    return Reply("refuse", reason=reason, say=f"指标中心没有能回答“{word}”的指标")


def _placed(text: str, word: str) -> str:
    """The word with what makes it a place: a character before, 科 or 病区 within two characters after."""
    begin = text.find(word)
    while begin >= 0:
        end = begin + len(word)
        if tail := PLACE_AFTER.match(text, end):
            head = text[begin - 1] if begin and "\u4e00" <= text[begin - 1] <= "\u9fff" else ""
            return head + text[begin : tail.end()]
        begin = text.find(word, end)
    return word


def _run(p: Parsed, word: str) -> str:
    """The unlinked characters around a word: 心外, of which 外 alone is a small word."""
    begin = p.text.find(word)
    spans = [(t.begin, t.end) for t in p.tokens] + [(m.begin, m.end) for m in p.times]
    taken = {i for a, b in spans for i in range(a, b)}
    low, high = begin, begin + len(word)
    while low > 0 and low - 1 not in taken and "\u4e00" <= p.text[low - 1] <= "\u9fff":
        low -= 1
    while high < len(p.text) and high not in taken and "\u4e00" <= p.text[high] <= "\u9fff":
        high += 1
    return p.text[low:high] if begin >= 0 else word


def _colleagues(scene: Scene, p: Parsed) -> Reply | None:
    """张主任: the doctors of that family name."""
    doctor = scene.vocabulary.dimension("doctor")
    called = re.search(r"([\u4e00-\u9fff])(?:主任|医生|大夫|教授|医师|院长)", p.text)
    if doctor is None or called is None or not any(called[1] in r for r in p.residue):
        return None
    names = [(doctor.id, v) for v in doctor.values if v.startswith(called[1])]
    return _values(called[0], names) if names else None


def _values(word: str, near: Sequence[tuple[str, str]]) -> Reply:
    return Reply("clarify", about="dimension_value", options=tuple(Option(v, v, "value", d) for d, v in near[:10]), say=f"没有“{word}”，您是否指：")
