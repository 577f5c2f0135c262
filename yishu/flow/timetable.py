"""Timetable 定时装载: which sources are due, by what their folder says and when they were last tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from yishu import integration
from yishu.kernel import Settings

Tried = Mapping[str, datetime]


def last_loads(settings: Settings) -> dict[str, datetime]:
    """When each source with a timetable was last loaded; one never loaded is missing."""
    known = {spec.name: integration.loads(settings, spec.name) for spec in integration.sources(settings.hospital) if spec.schedule}
    return {name: loads[-1].recorded_at for name, loads in known.items() if loads}


def due(settings: Settings, tried: Tried, now: datetime) -> tuple[str, ...]:
    """The sources whose time has come 到点的来源."""
    return tuple(name for name, moment in next_loads(settings, tried, now).items() if moment <= now)


def next_loads(settings: Settings, tried: Tried, now: datetime) -> dict[str, datetime]:
    """When each source with a timetable is due next 下次装载."""
    specs = integration.sources(settings.hospital)
    return {spec.name: spec.schedule.next(tried.get(spec.name), now) for spec in specs if spec.schedule}
