"""Choosing 选指标: which metric the words of a question mean; where two readings stay, both are offered."""

from __future__ import annotations

import re

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
IMPLIED = (("surgery_level", "手术"), ("exam_type", "检查"), ("delivery", "分娩"))  # a level of surgery, a kind of scan: counted
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
        if p.cores:
            return self._cores(p)
        if p.absent:
            return []
        if follow and follow.metrics:
            return self._followed(p, follow)
        if p.groups and not (p.share and all(self._kind(g) in ("share", "people") for g in p.groups) and self._implied(p, SHARED_OUT)):
            return self._groups(p)
        return self._implied(p, IMPLIED)

    def _kind(self, group: Token) -> str:
        return self.linker.group_kind.get(group.text, "")

    def _useful(self, p: Parsed) -> list[Token]:
        """Groups that narrow: not 人次, 患者, 时间, nor 占比 where a share is asked for."""
        return [g for g in p.groups if self._kind(g) not in ("people", "vague") and not (p.share and self._kind(g) == "share")]

    def _named(self, p: Parsed) -> list[str] | Reply:
        linker, metrics = self.linker, list(p.metrics)
        tail = re.search(r"C\s?(?:和|与|跟|、|及|以及)\s?M", p.template)
        for core in p.cores:
            joined = [i for m in metrics for n in linker.names[m] if n[2:] and (i := linker.concept.get(core.text + n[2:]))] if tail else []
            if joined and joined[0] not in metrics:
                metrics.insert(0, joined[0])
            elif tail and core.ids[0] not in metrics:
                metrics.insert(0, core.ids[0])
            elif not self._harmless(core, metrics):
                return among(self.scene, [*metrics, core.ids[0]])
        for group in self._useful(p):
            if set(metrics) & set(group.ids):
                continue
            heads = [t.text[:2] for t in p.tokens if t.kind == "M"]
            nearer = [i for i in group.ids if any(h in n for h in heads for n in linker.names[i])]
            beside = re.search(r"M[^A-Z,，、和与及]{0,4}G", p.template)
            if len(set(nearer)) == 1 and len(metrics) == 1 and beside:
                return nearer[:1]
            return among(self.scene, [*metrics, *(nearer or group.ids)])
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
        useful = [g for g in p.groups if not (p.share and self._kind(g) == "share")] or p.groups
        strong = [g for g in useful if self._kind(g) not in ("people", "vague")] or useful
        common = [i for i in strong[0].ids if all(i in g.ids for g in strong)]
        if len(common) == 1 and not self.linker.asks(strong[0].text):
            return common
        for group in strong:
            nearer = {i for other in strong if other is not group for i in other.ids if any(group.text[:2] in n for n in self.linker.names[i])}
            if len(nearer) == 1 and not common:
                return list(nearer)
        return among(self.scene, common or [i for g in strong for i in g.ids])

    def _implied(self, p: Parsed, rows: tuple[tuple[str, str], ...]) -> list[str]:
        for concept, word in rows:
            dimension = self.scene.dimension(concept)
            if dimension and (dimension in p.include or (dimension in p.dimensions and rows is SHARED_OUT) or (dimension in p.dimensions and concept != "exam_type" and p.share)) and word in self.linker.core:
                return [self.linker.core[word]]
        return []
