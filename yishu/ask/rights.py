"""Rights 权限: whose data a question touches, before anything is counted; the asker's own department joins the query."""

from __future__ import annotations

import re
from dataclasses import replace

from yishu.ask.frame import Asker, Filter, Frame, Reply
from yishu.ask.normalise import named as plain_name
from yishu.ask.scene import Scene
from yishu.ask.slots import Parsed

OTHERS = re.compile(r"(?:其他|其它|别的|其余|兄弟|隔壁|别)的?(?:科|病区|部门)|other departments?|another department")


def denied(scene: Scene, p: Parsed, asker: Asker) -> Reply | None:
    """The refusal where a department's person asks beyond it, None where nothing is beyond."""
    if not scene.bound(asker):
        return None
    refuse = Reply("refuse", reason="permission", say=f"您只能看{asker.department}的数据")
    own = plain_name(own_name(scene, asker))
    department, group = scene.dimension("department"), scene.dimension("department_group")
    named = p.include.get(department, []) + p.exclude.get(department, [])
    if any(plain_name(v) != own for v in named) or p.include.get(group) or p.exclude.get(group) or p.exclude.get(department):
        return refuse
    if (department in p.dimensions and not named) or (group and group in p.dimensions) or p.whole or p.place or OTHERS.search(p.text):
        return refuse
    words = {own, *scene.linker.department_words(own)}
    for concept in ("ward", "doctor"):
        values = [v for side in (p.include, p.exclude) for v in side.get(scene.dimension(concept), [])]
        if any(not _of(v, words) for v in values):
            return refuse
        for token in p.unclear:
            if token.choices[0].dimension == scene.dimension(concept) and not any(_of(c.values[0], words) for c in token.choices):
                return refuse
    return None


def _of(value: str, words: set[str]) -> bool:
    plain = plain_name(value)
    return any(plain.startswith(w) or f"({w})" in plain for w in words)


def own_name(scene: Scene, asker: Asker) -> str:
    """The asker's department as the catalogue names it."""
    department = scene.dimension("department")
    for dimension in scene.vocabulary.dimensions:
        if dimension.id == department:
            for value in dimension.values:
                if plain_name(value) == plain_name(asker.department):
                    return value
    entry = scene.linker.phrases.get(plain_name(asker.department))
    if entry and entry.kind == "V":
        return next((c.values[0] for c in entry.choices if c.dimension == department), asker.department)
    return asker.department


def carried(scene: Scene, frame: Frame, asker: Asker, own: bool) -> Frame:
    """The frame with the asker's department, where he is bound to it or says 我们科."""
    if not asker.department or not (scene.bound(asker) or own):
        return frame
    department = scene.dimension("department")
    if any(f.dimension == department and f.op == "in" for f in frame.filters):
        return frame
    return replace(frame, filters=(*frame.filters, Filter(department, "in", (own_name(scene, asker),))))


def narrowed(scene: Scene, p: Parsed, asker: Asker) -> None:
    """A name that several bear is the one of the department named beside it, or of the asker's own."""
    department = scene.dimension("department")
    bound = scene.bound(asker)
    places = [plain_name(v) for v in p.include.get(department, [])] + ([plain_name(own_name(scene, asker))] if bound else [])
    words = {w for place in places for w in (place, *scene.linker.department_words(place))}
    doctors, named = p.include.get(scene.dimension("doctor"), []), p.include.get(department, [])
    own = [[d for d in doctors if _of(d, {plain_name(n)})] for n in named]
    if not bound and doctors and named and all(own) and all(any(d in o for o in own) for d in doctors):
        p.include.pop(department)  # 骨科王磊: the department says which doctor, no more
        p.dimensions = [d for d in p.dimensions if d != department]
    for token in list(p.unclear):
        mine = [c for c in token.choices if _of(c.values[0], words)]
        if len(mine) == 1:
            p.unclear.remove(token)
            p.include.setdefault(mine[0].dimension, []).append(mine[0].values[0])
            if f"({places[0]})" in plain_name(mine[0].values[0]) and not bound:
                p.include.pop(department, None)
