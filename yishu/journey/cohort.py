"""Cohort 人群: which stays or visits a process map is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Literal

from yishu.kernel.errors import InputError

_WORDS = ("unit", "departments", "diagnosis", "gender", "age_min", "age_max", "start", "end", "passed", "without", "only", "visit_class")
Unit = Literal["stay", "visit"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort 人群. `unit` says what a case is: 住院 stay or 门急诊 visit; dates are those of admission or visit, both inclusive.

    `passed`: cases with every one of these activities; `without`: cases with none of those;
    `only`: other activities are left out of the map.
    """

    unit: Unit = "stay"
    departments: tuple[str, ...] = ()
    diagnosis: str | None = None
    gender: str | None = None
    age_min: int | None = None
    age_max: int | None = None
    start: date | None = None
    end: date | None = None
    passed: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    visit_class: str | None = None

    @property
    def until(self) -> date | None:
        """The first day no longer in it."""
        return self.end + timedelta(days=1) if self.end else None

    @staticmethod
    def parse(given: Mapping[str, object]) -> Cohort:
        """A cohort from JSON or YAML. Raises InputError naming the word that is wrong."""
        for word in given:
            if word not in _WORDS:
                near = get_close_matches(str(word), _WORDS, 3, 0.4)
                raise InputError("journey.cohort", f"人群条件不认识 {word}", hint="可用：" + "、".join(near or _WORDS), where=str(word))
        unit = given.get("unit", "stay")
        if unit not in ("stay", "visit"):
            raise InputError("journey.cohort", f"unit 只能是 stay（住院）或 visit（门急诊），写的是 {unit}", where="unit")
        made = Cohort(
            unit="stay" if unit == "stay" else "visit",
            departments=_words(given, "departments"),
            diagnosis=_word(given, "diagnosis"),
            gender=_word(given, "gender"),
            age_min=_number(given, "age_min"),
            age_max=_number(given, "age_max"),
            start=_day(given, "start"),
            end=_day(given, "end"),
            passed=_words(given, "passed"),
            without=_words(given, "without"),
            only=_words(given, "only"),
            visit_class=_word(given, "visit_class"),
        )
        if made.start and made.end and made.start > made.end:
            raise InputError("journey.cohort", "起始日期晚于结束日期", hint="start 不晚于 end", where="start")
        return made


def _word(given: Mapping[str, object], name: str) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InputError("journey.cohort", f"{name} 应是文字", where=name)
    return value.strip() or None


def _words(given: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise InputError("journey.cohort", f"{name} 应是文字的列表", where=name)
    return tuple(dict.fromkeys(listed))


def _number(given: Mapping[str, object], name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError("journey.cohort", f"{name} 应是整数", where=name)
    return value


def _day(given: Mapping[str, object], name: str) -> date | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InputError("journey.cohort", f"{name} 应写成 2025-06-30，写的是 {value}", where=name) from None
