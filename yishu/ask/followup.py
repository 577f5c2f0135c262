"""Follow-ups 追问: a question without its own subject edits the last frame."""

from __future__ import annotations

import re
from dataclasses import replace

from yishu.ask.frame import Filter, Frame
from yishu.ask.scene import Scene
from yishu.ask.slots import Parsed
from yishu.ask.vocabulary import GRAINS

ADDS = re.compile(r"(?:再)?(?:加上|并上|同时(?:看|显示)|一起看|一并|也(?:看|要|加|显示|查)|还要|还有|再看看?|连同|\badd\b|\balso\b|include|together with|\bplus\b)|再加")
SWAPS = re.compile(r"换成|换|改成|改为|改看|instead|switch|change to")
MINUS = re.compile(r"去掉|去除|不要|不看|删掉|取消|不含|排除|剔除|除了|去(?=[A-Z])|without|remove|drop|exclude|excluding")
FINER = re.compile(r"细到|细分|再按|再分|下钻|钻取|拆到|具体到|进一步|drill")


class FollowUp:
    """Edits a frame 追问改框."""

    def __init__(self, scene: Scene, p: Parsed, text: str) -> None:
        self.scene, self.p, self.text = scene, p, text

    def edited(self, new: Frame, old: Frame) -> Frame:
        """The old frame with what the new question changes."""
        p = self.p
        removing = bool(MINUS.search(p.template)) and not new.having
        filters = {f.dimension: f for f in old.filters}
        for f in new.filters:
            before = filters.get(f.dimension)
            if removing and f.op == "not_in" and before and before.op == "in":
                kept = tuple(v for v in before.values if v not in f.values)
                if kept and len(kept) < len(before.values):
                    filters[f.dimension] = Filter(f.dimension, "in", kept)
                else:
                    filters.pop(f.dimension)
            elif before and before.op == "in" and f.op == "in" and (ADDS.search(self.text) or (p.versus and not len(f.values) > 1)):
                filters[f.dimension] = Filter(f.dimension, "in", tuple(dict.fromkeys((*before.values, *f.values))))
            elif f.op == "in" and f.dimension == self.scene.dimension("department"):
                for other in ("department_group", "ward"):
                    filters.pop(self.scene.dimension(other), None)
                filters[f.dimension] = f
            else:
                filters[f.dimension] = f
        if p.whole and not new.filters:
            for concept in ("department", "department_group", "ward", "doctor", "campus"):
                filters.pop(self.scene.dimension(concept), None)
        dimensions = self._dimensions(new, old, removing)
        for f in filters.values():
            before = next((g for g in old.filters if g.dimension == f.dimension), None)
            if f.op == "in" and len(f.values) > 1 and f.dimension not in dimensions and before and len(before.values) < len(f.values):
                dimensions.append(f.dimension)
        changed = set(new.metrics) != set(old.metrics)
        order, limit = new.order, new.limit
        if not p.ranked and not changed:
            order, limit = old.order, old.limit
        elif not p.ranked and changed and old.order and not ADDS.search(self.text):
            order, limit = (new.metrics[0], old.order[1]), old.limit
        elif not p.ranked and changed:
            order, limit = old.order, old.limit
        if p.ranked and new.order and limit is None and old.limit and p.direction in ("low", "high") and re.search(r"倒序|升序|降序|反过来", self.text):
            limit = old.limit
        spans = [m for m in p.times if m.kind in ("span", "until")]
        compare = new.compare or (() if re.search(r"不(?:要|看)?(?:同比|环比|对比)", self.text) else old.compare)
        if SWAPS.search(self.text) and new.compare:
            compare = new.compare
        elif new.compare and old.compare and re.search(r"也|再|还|加", self.text):
            compare = tuple(dict.fromkeys((*old.compare, *new.compare)))
        base = new.compare_base or (old.compare_base if "custom" in compare and not spans else None)
        if "custom" in compare and base is None:
            compare = tuple(c for c in compare if c != "custom")
        having = new.having or (() if changed else old.having)
        return replace(new, dimensions=tuple(dict.fromkeys(dimensions)), filters=tuple(filters.values()), order=order, limit=limit, compare=compare, compare_base=base, having=having, share=new.share)

    def _dimensions(self, new: Frame, old: Frame, removing: bool) -> list[str]:
        if self.p.dropped:
            return [] if "*" in self.p.dropped else [d for d in old.dimensions if d not in self.p.dropped]
        if removing and new.dimensions and not new.filters:
            return [d for d in old.dimensions if d not in new.dimensions]
        if not new.dimensions:
            return list(old.dimensions)
        fresh = list(new.dimensions)
        if SWAPS.search(self.text):
            return fresh
        grains = [d for d in fresh if d in GRAINS]
        if grains and not [d for d in fresh if d not in GRAINS]:
            kept = [d for d in old.dimensions if d not in GRAINS]
            return [*kept, *grains]
        if FINER.search(self.text) and not re.search(r"再", self.text):
            return [*(d for d in old.dimensions if d in GRAINS), *fresh]
        if ADDS.search(self.text) or re.search(r"再(?:按|分|细|拆)|同时按", self.text):
            return [*old.dimensions, *fresh]
        return [*fresh, *(d for d in old.dimensions if d in GRAINS and self.p.include and d not in fresh)]
