from __future__ import annotations

from datetime import date, timedelta

from yishu.analytics.movement import unusual, usual

DAY = date(2025, 7, 14)


def steady(weekday: float = 1000, weekend: float = 400, days: int = 100) -> dict[str, float | int | None]:
    """A hundred days with a weekly rhythm and a small, fixed wobble."""
    found: dict[str, float | int | None] = {}
    for back in range(days):
        day = DAY - timedelta(days=back)
        found[day.isoformat()] = (weekday if day.weekday() < 5 else weekend) + (back * 37 % 21) - 10
    return found


def test_a_usual_monday_is_no_movement() -> None:
    assert unusual(steady(), DAY, {}, counted=True) is None
    assert unusual(steady(), DAY - timedelta(days=1), {}, counted=True) is None


def test_a_fall_says_how_far_and_since_when() -> None:
    series = steady()
    for back in range(3):
        series[(DAY - timedelta(days=back)).isoformat()] = 100
    seen = unusual(series, DAY, {}, counted=True)
    assert seen is not None and seen.value == 100 and 980 <= seen.usual <= 1020
    assert seen.since == DAY - timedelta(days=2)


def test_a_day_without_rows_counts_as_zero_for_counts_only() -> None:
    series = steady()
    del series[DAY.isoformat()]
    seen = unusual(series, DAY, {}, counted=True)
    assert seen is not None and seen.value == 0
    assert unusual(series, DAY, {}, counted=False) is None


def test_a_holiday_is_like_a_sunday() -> None:
    series = steady()
    series[DAY.isoformat()] = 405
    assert unusual(series, DAY, {}, counted=True) is not None
    assert unusual(series, DAY, {DAY: True}, counted=True) is None


def test_small_numbers_move_by_chance() -> None:
    series = {key: (4 if value is not None and value > 700 else 2) for key, value in steady().items()}
    series[DAY.isoformat()] = 8
    assert unusual(series, DAY, {}, counted=True) is None


def test_too_little_history_says_nothing() -> None:
    assert usual({}, DAY, {}) is None
    assert unusual(steady(days=20), DAY, {}, counted=True) is None
