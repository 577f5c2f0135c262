"""Clock 时钟: passed in, never read in passing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from yishu.kernel.errors import InputError

Clock = Callable[[], datetime]


def clock_from(environment: Mapping[str, str]) -> Clock:
    """The clock of a command: `YISHU_NOW` (ISO 8601, local time) fixes it, else the wall clock without zone."""
    fixed = environment.get("YISHU_NOW")
    if not fixed:
        return datetime.now
    try:
        moment = datetime.fromisoformat(fixed).replace(tzinfo=None)
    except ValueError:
        raise InputError(
            "clock.bad", f"YISHU_NOW 不是时间：{fixed}", hint="写成 2025-07-15 或 2025-07-15T08:30:00", where="YISHU_NOW"
        ) from None
    return lambda: moment
