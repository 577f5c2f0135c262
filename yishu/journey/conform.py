"""Conformance 符合性: a pathway of declared rules, and which cases keep it. Pure: steps in, verdicts out.

Rules (after Declare): `existence` happens at all; `absence` at most n times; `precedence` every later one has an earlier one before it;
`response` every earlier one is followed by a later one, within a span where one is given; `gap` from the first of one to the next of the
other takes at most so long. A rule speaks only of cases in which what it starts from happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from yishu.journey.cohort import Cohort
from yishu.journey.counting import Ints
from yishu.journey.process import Steps, in_order
from yishu.kernel.errors import InputError

KINDS = ("existence", "absence", "precedence", "response", "gap")
_SPAN = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(分钟|小时|天|min|m|h|d)\s*$")
_MINUTES = {"分钟": 1.0, "min": 1.0, "m": 1.0, "小时": 60.0, "h": 60.0, "天": 1440.0, "d": 1440.0}
_RULE_WORDS = ("kind", "label", "activity", "first", "then", "at_most", "within")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule 规则: `first` and `then` name activities, any of several; `within` is in minutes."""

    kind: str
    label: str
    first: tuple[str, ...]
    then: tuple[str, ...] = ()
    within: float | None = None
    at_most: int = 0


@dataclass(frozen=True, slots=True)
class Pathway:
    """A pathway 路径: whom it is for and what is to happen."""

    id: str
    label: str
    cohort: Cohort
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule was kept: cases it speaks of, how many keep it, which do not (their numbers), the median span in minutes."""

    rule: Rule
    judged: int
    kept: int
    broken: tuple[int, ...]
    median_minutes: float | None


@dataclass(frozen=True, slots=True)
class Conformance:
    """How a cohort keeps a pathway 符合情况: `conforming` cases break no rule."""

    cases: int
    conforming: int
    verdicts: tuple[Verdict, ...]


def conform(steps: Steps, rules: tuple[Rule, ...]) -> Conformance:
    """Judge every case of a log by every rule."""
    steps = in_order(steps)
    cases = np.unique(steps.case)
    broken_any = np.zeros(int(cases[-1]) + 1 if len(cases) else 1, dtype=bool)
    verdicts = []
    for rule in rules:
        judged, broken, spans = _judge(steps, rule, cases)
        broken_any[broken] = True
        median = float(np.median(spans)) if len(spans) else None
        verdicts.append(Verdict(rule, len(judged), len(judged) - len(broken), tuple(broken.tolist()), median))
    return Conformance(len(cases), len(cases) - int(broken_any.sum()), tuple(verdicts))


def _at(steps: Steps, activities: tuple[str, ...]) -> Ints:
    codes = [code for code, name in enumerate(steps.names) if name in activities]
    return np.flatnonzero(np.isin(steps.activity, codes)).astype(np.int64)


def _judge(steps: Steps, rule: Rule, cases: Ints) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Cases judged, cases broken, spans measured in minutes."""
    first = _at(steps, rule.first)
    none = np.zeros(0, np.float64)
    if rule.kind == "existence":
        return cases, np.setdiff1d(cases, steps.case[first]), none
    if rule.kind == "absence":
        found, times = np.unique(steps.case[first], return_counts=True)
        return cases, found[times > rule.at_most], none
    then = _at(steps, rule.then)
    if rule.kind == "precedence":
        owner, head = _firsts(steps, then)
        start = dict(zip(*(part.tolist() for part in _firsts(steps, first)), strict=True))
        broken = [case for case, at in zip(owner.tolist(), head.tolist(), strict=True) if start.get(case, at) >= at]
        return owner, np.array(broken, np.int64), none
    if rule.kind == "gap":
        _, first = _firsts(steps, first)
    after = np.searchsorted(then, first, side="right")
    met = after < len(then)
    met[met] = steps.case[then[after[met]]] == steps.case[first[met]]
    spans = np.full(len(first), np.inf)
    spans[met] = (steps.completed[then[after[met]]] - steps.completed[first[met]]) / 60_000_000
    limit = np.inf if rule.within is None else rule.within
    if rule.kind == "gap":
        judged, bad = steps.case[first[met]], steps.case[first[met]][spans[met] > limit]
    else:
        judged, bad = steps.case[first], steps.case[first][~met | (spans > limit)]
    return np.unique(judged), np.unique(bad), spans[met]


def _firsts(steps: Steps, rows: Ints) -> tuple[Ints, Ints]:
    """Each case among the rows with its first one."""
    owner, at = np.unique(steps.case[rows], return_index=True)
    return owner, rows[at]


def pathways(folder: Path) -> tuple[Pathway, ...]:
    """The pathways of a hospital folder, `pathways/*.yaml`, by file name. Raises InputError naming file and word."""
    return tuple(_pathway(path) for path in sorted((folder / "pathways").glob("*.yaml")))


def _pathway(path: Path) -> Pathway:
    where = f"pathways/{path.name}"
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError("pathway.bad", f"{where} 不是合法的 YAML", hint="检查缩进与引号", where=f"{where}:{mark.line + 1 if mark else 1}") from None
    if not isinstance(told, Mapping) or not isinstance(told.get("rules"), list) or not told.get("label"):
        raise InputError("pathway.bad", f"{where} 要有 label、cohort、rules", hint="照 hospitals/model/pathways 的样子写", where=where)
    cohort = told.get("cohort") or {}
    if not isinstance(cohort, Mapping):
        raise InputError("pathway.bad", f"{where} 的 cohort 应是条件表", where=where)
    try:
        return Pathway(path.stem, str(told["label"]), Cohort.parse(cohort), tuple(rule_of(rule, f"{where} 第 {n} 条") for n, rule in enumerate(told["rules"], 1)))
    except InputError as error:
        raise InputError(error.code, error.message, hint=error.hint, where=error.where if error.where.startswith("pathways/") else f"{where} {error.where}") from None


def rule_of(told: object, where: str) -> Rule:
    """A rule from YAML 一条规则. Raises InputError that begins with `where`."""
    if not isinstance(told, Mapping):
        raise InputError("pathway.rule", f"{where}：规则应写成 {{kind: response, first: 入院, then: 手术, within: 48小时}}", where=where)
    for word in told:
        if word not in _RULE_WORDS:
            raise InputError("pathway.rule", f"{where}：不认识 {word}", hint="可用：" + "、".join(_RULE_WORDS), where=where)
    kind = str(told.get("kind"))
    if kind not in KINDS:
        raise InputError("pathway.rule", f"{where}：没有规则 {kind}", hint="可用：" + "、".join(KINDS), where=where)
    first = _names(told.get("activity") if kind in ("existence", "absence") else told.get("first"))
    then = _names(told.get("then"))
    if not first or (kind in ("precedence", "response", "gap") and not then):
        raise InputError("pathway.rule", f"{where}：{kind} 缺少活动", hint="existence、absence 写 activity；其余写 first 与 then", where=where)
    within = _span(told.get("within"), where)
    if kind == "gap" and within is None:
        raise InputError("pathway.rule", f"{where}：gap 要写 within", hint="如 within: 30分钟", where=where)
    at_most = told.get("at_most", 0)
    if not isinstance(at_most, int) or isinstance(at_most, bool) or at_most < 0:
        raise InputError("pathway.rule", f"{where}：at_most 应是不小于 0 的整数", where=where)
    return Rule(kind, str(told.get("label") or f"{'、'.join(first)} {kind} {'、'.join(then)}".strip()), first, then, within, at_most)


def _names(told: object) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(str(each) for each in told) if isinstance(told, list) else ()


def _span(told: object, where: str) -> float | None:
    if told is None:
        return None
    found = _SPAN.match(str(told))
    if not found:
        raise InputError("pathway.rule", f"{where}：时长 {told} 读不懂", hint="写成 30分钟、48小时、3天", where=where)
    return float(found.group(1)) * _MINUTES[found.group(2)]
