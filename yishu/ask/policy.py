"""Policy 时间约定: what a hospital means by 最近7天, 近3个月, 本周 and a period still running; set in its folder, said in the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from yishu.ask.frame import Frame, Span
from yishu.ask.time_words import DAY, Mention, month_of, shift
from yishu.kernel.errors import InputError

STARTS = ("monday", "sunday")
RUNNING = ("elapsed", "whole")
SUNDAY = 6
WHERE = "hospital.yaml ask.time"


@dataclass(frozen=True, slots=True)
class TimePolicy:
    """The time policies 时间约定 of one hospital; the defaults hold where it says nothing."""

    today: bool = True
    """近7天 holds today."""
    complete: bool = False
    """近3个月 is the last three whole months, not a range of days back from today; weeks, quarters and years likewise."""
    week_start: str = "monday"
    running: str = "elapsed"
    """A period still running is compared with the same elapsed days of the other, or with all of it (`whole`)."""

    def week_of(self, day: date) -> date:
        """The first day of the week of a day."""
        back = day.weekday() if self.week_start == "monday" else (day.weekday() + 1) % 7
        return day - back * DAY

    def applied(self, found: Sequence[Mention], now: date) -> list[Mention]:
        """Times as this hospital means them."""
        return [self._meant(m, now) for m in found] if self != TimePolicy() else list(found)

    def _meant(self, m: Mention, now: date) -> Mention:
        if m.span is None:
            return m
        if m.unit == "week" and self.week_start == "sunday" and "第" not in m.text and m.full and m.full.end - m.full.start == 6 * DAY:
            start = m.full.start + (6 if now.weekday() == SUNDAY else -1) * DAY
            return replace(m, span=Span(start, min(start + 6 * DAY, now) if start <= now else start + 6 * DAY), full=Span(start, start + 6 * DAY))
        if not m.unit.startswith("rolling") or m.span.end != now:
            return m
        span = self._whole(m, now) if self.complete else None
        if span is None and not self.today:
            span = Span(m.span.start - DAY, m.span.end - DAY)
        return m if span is None else replace(m, span=span, full=span)

    def _whole(self, m: Mention, now: date) -> Span | None:
        """The last whole weeks, months, quarters or years; None of days."""
        assert m.span is not None
        first = m.span.start - DAY
        months = (now.year - first.year) * 12 + now.month - first.month
        if m.unit == "rolling_week":
            start = self.week_of(now)
            return Span(start - (now - first), start - DAY)
        if m.unit == "rolling_month":
            begin = shift(now.replace(day=1), -months)
            return month_of(begin.year, begin.month, months)
        if m.unit == "rolling_quarter":
            begin = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -months)
            return month_of(begin.year, begin.month, months)
        if m.unit.startswith("rolling_year"):
            return Span(date(now.year - months // 12, 1, 1), date(now.year - 1, 12, 31))
        return None

    def compared(self, frame: Frame, times: Sequence[Mention], now: date, bases: Mapping[str, Span]) -> Frame:
        """A period still running, compared with all of the other where the hospital wants that."""
        one = frame.compare[0] if len(frame.compare) == 1 else ""
        relative = (frame.order and "." in frame.order[0]) or any("." in h.metric for h in frame.having)
        if self.running != "whole" or one not in bases or relative or not _running(times, now):
            return frame
        return replace(frame, compare=("custom",), compare_base=bases[one])

    def stated(self, frame: Frame, times: Sequence[Mention], now: date) -> tuple[str, ...]:
        """The policies a question met, in words."""
        said = []
        for m in times:
            if m.unit.startswith("rolling") and m.span and m.span.end >= now - DAY and (not self.complete or m.unit == "rolling_day"):
                said.append(f"“{m.text}”{'含今天' if m.span.end == now else '不含今天'}")
            elif m.unit.startswith("rolling") and self.complete and m.unit != "rolling_day":
                said.append(f"“{m.text}”取完整的周期")
            elif m.unit == "week":
                said.append(f"一周从{'周一' if self.week_start == 'monday' else '周日'}起")
        if frame.compare and (running := _running(times, now)):
            whole = frame.compare == ("custom",) and self.running == "whole"
            said.append(f"“{running.text}”未完，与对比期{'整期' if whole else '同样天数'}比")
        if self.week_start == "sunday" and "week" in frame.dimensions:
            said.append("按周分组时一周从周一起")
        return tuple(dict.fromkeys(said))


def _running(times: Sequence[Mention], now: date) -> Mention | None:
    """The period that has begun and is not over."""
    return next((m for m in times if m.kind == "span" and m.span and m.full and m.span.end == now < m.full.end), None)


def running_full(times: Sequence[Mention], now: date) -> Span | None:
    """All of the period that is still running."""
    found = _running(times, now)
    return found.full if found else None


def policy(declared: object, week_start: str = "monday") -> TimePolicy:
    """The policies of `ask.time` in hospital.yaml. Raises InputError for one that is not known."""
    body = declared if isinstance(declared, Mapping) else {}
    if declared is not None and not isinstance(declared, Mapping):
        raise InputError("ask.time", "ask.time 应写 today、complete、running", hint="形式见 docs/ask.md", where=WHERE)
    for name in body:
        if name not in ("today", "complete", "running"):
            raise InputError("ask.time", f"ask.time 没有“{name}”这一项", hint="可写 today、complete、running", where=WHERE)
    for name in ("today", "complete"):
        if not isinstance(body.get(name, True), bool):
            raise InputError("ask.time", f"ask.time.{name} 只能是 true 或 false", hint="形式见 docs/ask.md", where=WHERE)
    running = str(body.get("running", "elapsed"))
    if running not in RUNNING:
        raise InputError("ask.time", f"ask.time.running 不能是“{running}”", hint="写 elapsed（同样天数）或 whole（整期）", where=WHERE)
    if week_start not in STARTS:
        raise InputError("ask.time", f"week_start 不能是“{week_start}”", hint="写 monday 或 sunday", where="hospital.yaml week_start")
    return TimePolicy(bool(body.get("today", True)), bool(body.get("complete", False)), week_start, running)


__all__ = ["TimePolicy", "policy", "running_full"]
