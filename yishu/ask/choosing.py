"""Choosing 选指标: which metric the words of a question mean; where two readings stay, both are offered."""

from __future__ import annotations

import re
from itertools import pairwise

from yishu.ask.frame import Frame, Reply
from yishu.ask.link import Token
from yishu.ask.replies import among
from yishu.ask.scene import Scene
from yishu.ask.slots import Parsed

# a core word beside a metric of the same walk of life says nothing new: 住院 beside 平均住院日
AT_HOME = {
    "门诊": ("outpatient", "slot", "opinion"), "急诊": ("emergency",), "入院": ("bed",), "出院": ("inpatient", "bed"), "住院": ("inpatient", "bed"),
    "手术": ("surgery",), "检查": ("imaging",),
}  # fmt: skip
WALKS = ("门诊", "急诊", "住院", "出院", "入院")
IMPLIED = (("surgery_level", "手术"), ("exam_type", "检查"), ("delivery", "分娩"), ("visit_type", "门诊"))  # a level of surgery, a kind of scan: counted
NOW = re.compile(r"现在|目前|当前|此刻|这会儿?|眼下|这时候|正|right now|currently|at the moment")
TIMED = ("天", "分钟", "小时", "days", "minutes", "hours")
SHARED_OUT = (("surgery_level", "手术"), ("delivery", "分娩"))


class Chooser:
    """Chooses metrics 选指标."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.linker = scene.linker

    def metrics(self, p: Parsed, follow: Frame | None) -> list[str] | Reply:
        """The metrics meant, a question back, or none."""
        if p.metrics:
            return self._named(p)
        if follow and (moved := self._moved(p, follow)):
            return moved
        if p.cores:
            return self._cores(p)
        if p.absent:
            return []
        if follow and follow.metrics:
            return self._followed(p, follow)
        if p.groups and all(self._kind(g) in ("people", "vague") for g in p.groups) and (counted := self._implied(p, IMPLIED)):
            return counted
        if p.groups and all(self._kind(g) in ("share", "people") for g in p.groups) and any(self._kind(g) == "share" for g in p.groups) and (parted := self._implied(p, SHARED_OUT)):
            if defined := self._defined_ratio(p):
                return defined
            p.share = True
            return parted
        if p.groups and not (p.share and all(self._kind(g) in ("share", "people") for g in p.groups) and self._implied(p, SHARED_OUT)):
            return self._groups(p)
        return self._implied(p, IMPLIED) or self._measured(p)

    def _defined_ratio(self, p: Parsed) -> list[str]:
        """四级手术占了多大比例: the ratio the metric centre defines under that name, before one made by dividing."""
        for concept, word in SHARED_OUT:
            values = p.include.get(self.scene.dimension(concept), [])
            heads = tuple(f"{v}{word}{tail}" for v in values for tail in ("占", "比例", "率"))
            found = [m for m, row in self.linker.metrics.items() if row.unit == "%" and row.label.startswith(heads)] if len(values) == 1 else []
            if len(found) == 1:
                p.share = False
                return found
        return []

    def _measured(self, p: Parsed) -> list[str]:
        """做了多少台: the one metric counted in this unit."""
        for said in re.finditer(r"(?:多少|几)(台|例|份|件|周期|床日)", p.text):
            ids = [m.id for m in self.scene.vocabulary.metrics if m.unit == said[1] and not m.retired]
            if len(ids) == 1:
                return ids
        return []

    def _kind(self, group: Token) -> str:
        return self.linker.group_kind.get(group.text, "")

    def _useful(self, p: Parsed) -> list[Token]:
        """Groups that narrow: not 人次, 患者, 时间, nor 占比 where a share is asked for."""
        return [g for g in p.groups if self._kind(g) not in ("people", "vague") and not (p.share and self._kind(g) == "share")]

    def _named(self, p: Parsed) -> list[str] | Reply:
        linker = self.linker
        if heads := [t.text for t in (*p.cores, *p.groups) if t.text in WALKS]:
            labels = {m.label: m.id for m in self.scene.vocabulary.metrics}
            both = [labels.get(h + linker.metrics[m].label) for h in heads for m in p.metrics]
            if all(both):
                return [b for b in both if b]  # 门诊和住院的药占比
        metrics = self._qualified(p)
        if isinstance(metrics, Reply):
            return metrics
        tail = re.search(r"C\s?(?:和|与|跟|、|及|以及)\s?M", p.template)
        for core in p.cores:
            joined = [i for m in metrics for n in linker.names[m] if n[2:] and (i := linker.concept.get(core.text + n[2:]))] if tail else []
            if joined and joined[0] not in metrics:
                metrics.insert(0, joined[0])
            elif tail and core.ids[0] not in metrics:
                metrics.insert(0, core.ids[0])
            elif core.ids[0] not in metrics and re.search(r"M\s?(?:和|与|跟|、|及|以及)\s?C", p.template):
                metrics.append(core.ids[0])
            elif not self._harmless(core, metrics):
                return among(self.scene, [*metrics, core.ids[0]])
        for group in self._useful(p):
            if set(metrics) & set(group.ids):
                continue
            heads = [t.text[:2] for t in p.tokens if t.kind == "M"]
            nearer = [i for i in group.ids if any(h in n for h in heads for n in linker.names[i])]
            beside = re.search(r"M[^A-Z,，、和与及]{0,4}G", p.template)
            if len(set(nearer)) == 1 and re.search(r"M\s?(?:和|与|跟|、|及|以及)\s?G", p.template):
                metrics.append(nearer[0])
                continue
            if len(set(nearer)) == 1 and len(metrics) == 1 and beside:
                return nearer[:1]
            return among(self.scene, [*metrics, *(nearer or group.ids)])
        return metrics

    def _qualified(self, p: Parsed) -> list[str] | Reply:
        """出院患者死亡率: the first name says whose, not what; where it narrows, it is asked about."""
        metrics = list(p.metrics)
        named = [t for t in p.tokens if t.kind == "M"]
        for one, two in pairwise(named):
            gap = p.text[one.end : two.begin]
            if not re.search(r"(?:患者|病人|病号|的人)$", one.text) or re.search(r"[和与跟及、,，/]|还有|以及", gap) or set(one.ids) & set(two.ids):
                continue
            walk = next((w for w in AT_HOME if w in one.text), "")
            own = {self.linker.kind.get(m, "") for m in two.ids}
            if not (own & set(AT_HOME.get(walk, ())) or any(walk and walk in n for m in two.ids for n in self.linker.names[m])):
                return among(self.scene, [*two.ids, *one.ids])
            metrics = [m for m in metrics if m not in one.ids]
        return self._joined(p, named, metrics)

    def _joined(self, p: Parsed, named: list[Token], metrics: list[str]) -> list[str] | Reply:
        """从出院到再住院的再入院率: two names, nothing that joins them, the second said of the first; a list has a joint."""
        for one, two in pairwise(named):
            gap = p.text[one.end : two.begin]
            if set(one.ids) & set(two.ids) or not set(one.ids) <= set(metrics) or not re.fullmatch(r"[^和与跟及、,，/;；比或且还加同前后最排科\d]{1,10}的", gap):
                continue
            if not one.lexical:
                return among(self.scene, [*two.ids, *one.ids])
            metrics = [m for m in metrics if m not in one.ids]
        return metrics

    def _harmless(self, core: Token, metrics: list[str]) -> bool:
        own = {self.linker.kind.get(m, "") for m in metrics}
        return any(core.text in n for m in metrics for n in self.linker.names[m]) or bool(own & set(AT_HOME.get(core.text, ()))) or core.ids[0] in metrics

    def _cores(self, p: Parsed) -> list[str] | Reply:
        cores, useful = p.cores, [g for g in p.groups if not (p.share and self._kind(g) == "share")]
        generic = [g for g in useful if self._kind(g) not in ("people", "vague")] or useful
        for group in generic:
            matching = [i for i in group.ids if any(cores[0].text in n for n in self.linker.names[i])]
            if len(matching) == 1 and matching != [cores[0].ids[0]]:
                return matching
            if group.ids and not matching and not set(group.ids) & set(cores[0].ids) and self._kind(group) not in ("people", "vague"):
                return among(self.scene, [*group.ids, *cores[0].ids])
        ids = list(dict.fromkeys(i for c in cores for i in c.ids))
        listed = re.search(r"C.{0,3}(?:和|与|跟|、|及|以及|,|and|vs|比).{0,3}C", p.template)
        if len(ids) > 1 and not listed:
            kept = [c for c in cores if not any(c is not o and c.text in ("住院",) for o in cores)]
            ids = list(dict.fromkeys(i for c in kept for i in c.ids))
            if len(ids) > 1:
                return among(self.scene, ids)
        return ids

    def _moved(self, p: Parsed, follow: Frame) -> list[str]:
        """住院的呢 after 门诊次均费用: the same measure of another walk of life."""
        words = [t.text for t in (*p.cores, *p.groups) if t.text in WALKS]
        if len(words) != 1 or len(follow.metrics) != 1:
            return []
        for name in self.linker.names[follow.metrics[0]]:
            for walk in WALKS:
                if walk in name and walk != words[0] and (found := self.linker.concept.get(name.replace(walk, words[0]))):
                    return [found]
        return []

    def _followed(self, p: Parsed, follow: Frame) -> list[str] | Reply:
        useful = self._useful(p)
        shares = [g for g in p.groups if self._kind(g) == "share"]
        if shares and follow.dimensions and not p.share and any(self.linker.additive(m) for m in follow.metrics):
            p.share = True
            useful = [g for g in useful if g not in shares]
        if not useful or all(set(g.ids) & set(follow.metrics) for g in useful):
            return list(follow.metrics)
        return among(self.scene, [i for g in useful for i in g.ids])

    def _groups(self, p: Parsed) -> list[str] | Reply:
        if NOW.search(p.text) and (now := [i for g in p.groups for i in g.ids if self.scene.linker.metrics[i].snapshot]):
            return now[:1]
        if {self._kind(g) for g in p.groups} & {"share"} and any(self._kind(g) not in ("share", "people", "vague") for g in p.groups):
            p.share = True
        useful = [g for g in p.groups if not (p.share and self._kind(g) == "share")] or p.groups
        strong = [g for g in useful if self._kind(g) not in ("people", "vague")] or useful
        common = self._fitting(p, [i for i in strong[0].ids if all(i in g.ids for g in strong)])
        if len(common) == 1 and not self.linker.asks(strong[0].text):
            return common
        for group in strong:
            nearer = {i for other in strong if other is not group for i in other.ids if any(group.text[:2] in n for n in self.linker.names[i])}
            if len(nearer) == 1 and not common:
                return list(nearer)
        return among(self.scene, common or [i for g in strong for i in g.ids])

    def _fitting(self, p: Parsed, ids: list[str]) -> list[str]:
        """Of several metrics those that the rest of the question fits: 占比 of counts, 最快 of times, 按渠道 of what has one."""
        kept = ids
        if p.share:
            kept = [i for i in kept if self.linker.additive(i)] or kept
        if p.direction in ("fast", "slow"):
            kept = [i for i in kept if self.linker.metrics[i].unit in TIMED] or kept
        used = [*p.include, *p.exclude, *p.dimensions]
        return [i for i in kept if all(self.linker.allows(i, d) for d in used)] or kept

    def _implied(self, p: Parsed, rows: tuple[tuple[str, str], ...]) -> list[str]:
        for concept, word in rows:
            dimension = self.scene.dimension(concept)
            if dimension and (dimension in p.include or (dimension in p.exclude and rows is IMPLIED) or (dimension in p.dimensions and rows is SHARED_OUT) or (dimension in p.dimensions and ((concept != "exam_type" and p.share) or re.search("各|每|哪|按|分|by|per|each", p.text)))) and word in self.linker.core:
                return [self.linker.core[word]]
        return []
