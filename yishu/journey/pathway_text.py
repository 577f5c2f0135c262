"""Pathway text 路径文本: every fault in the pathways of a hospital folder, with file, line and the nearest right word; for `yishu check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from yishu.hospital.errors import Fault, HospitalFaults, near
from yishu.hospital.events import Activities
from yishu.hospital.text import Text, read
from yishu.journey.cohort import Cohort
from yishu.journey.conform import rule_of
from yishu.kernel.errors import InputError

_WORDS = ("label", "cohort", "rules")


def pathway_faults(folder: Path, activities: Activities) -> tuple[Fault, ...]:
    """Faults of `pathways/*.yaml`: what cannot be read, and rules or cohorts that speak of activities no event ever has."""
    found: list[Fault] = []
    for path in sorted((folder / "pathways").glob("*.yaml")):
        try:
            text = read(path)
        except HospitalFaults as error:
            found += error.faults
            continue
        _look(text, activities)
        found += text.faults
    return tuple(found)


def _look(text: Text, activities: Activities) -> None:
    told = text.value
    if not isinstance(told, Mapping):
        text.fault((), "应是一张表：label、cohort、rules")
        return
    for word in told:
        if word not in _WORDS:
            text.fault((word,), f"不认识 {word}", near(str(word), _WORDS))
    if not told.get("label"):
        text.fault((), "缺少 label")
    cohort = told.get("cohort") or {}
    if isinstance(cohort, Mapping):
        try:
            Cohort.parse(cohort)
        except InputError as error:
            text.fault(("cohort", error.where), f"{error.message}；{error.hint}" if error.hint else error.message)
        for word in ("passed", "without", "only"):
            _known(text, activities, ("cohort", word), cohort.get(word))
    else:
        text.fault(("cohort",), "cohort 应是条件表")
    rules = told.get("rules")
    if not isinstance(rules, list):
        text.fault(("rules",), "缺少 rules（规则的列表）")
        return
    for place, rule in enumerate(rules):
        try:
            rule_of(rule, f"第 {place + 1} 条")
        except InputError as error:
            text.fault(("rules", place), f"{error.message}；{error.hint}" if error.hint else error.message)
            continue
        for word in ("activity", "first", "then"):
            _known(text, activities, ("rules", place, word), rule.get(word))


def _known(text: Text, activities: Activities, path: tuple[object, ...], given: object) -> None:
    for activity in _listed(given):
        if not activities.holds(activity):
            text.fault(path, f"没有活动 {activity}", near(activity, activities.names))


def _listed(given: object) -> Iterator[str]:
    yield from [given] if isinstance(given, str) else [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
