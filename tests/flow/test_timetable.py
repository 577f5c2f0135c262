"""Timetable 定时装载: the server loads a source when its time has come, and says when it will do so again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.flow.tiny_hospital import build
from tests.web_hospital import PEOPLE
from yishu import flow, integration
from yishu.kernel import Settings
from yishu.web import House, open_house
from yishu.web.timetable import Timetable


def _later(house: House, minutes: float) -> None:
    moment = house.clock() + timedelta(minutes=minutes)
    house.settings = replace(house.settings, clock=lambda: moment)


def _scheduled(folder: Path) -> Settings:
    settings = build(folder)
    (settings.hospital / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    text = settings.hospital / "sources" / "mz.yaml"
    text.write_text(text.read_text(encoding="utf-8") + "schedule: {every: 10 minutes}\n", encoding="utf-8")
    flow.load(settings)
    return settings


def _loads(house: House, source: str) -> int:
    return len(integration.loads(house.settings, source))


def test_only_what_is_due_is_loaded_and_only_once(tmp_path: Path) -> None:
    house = open_house(_scheduled(tmp_path))
    try:
        table = Timetable(house)
        table.tried = flow.last_loads(house.settings)
        assert list(table.tried) == ["mz"]
        assert table.once() == ()
        _later(house, 10)
        version = house.version
        assert table.once() == ("mz",)
        assert table.once() == ()
        assert (_loads(house, "mz"), _loads(house, "zy")) == (2, 1)
        assert house.version != version, "answers of the version before must not be kept"
        assert flow.next_loads(house.settings, table.tried, house.clock()) == {"mz": house.clock() + timedelta(minutes=10)}
    finally:
        house.close()


def test_a_source_that_is_gone_waits_for_its_next_time_and_is_noted(tmp_path: Path) -> None:
    house = open_house(_scheduled(tmp_path))
    try:
        table = Timetable(house)
        table.tried = flow.last_loads(house.settings)
        file = house.settings.home / "sources" / "mz.db"
        away = file.rename(file.with_suffix(".away"))
        _later(house, 11)
        assert table.once() == ("mz",)
        assert table.once() == ()
        away.rename(file)
        _later(house, 10)
        assert table.once() == ("mz",)
        assert _loads(house, "mz") == 2
    finally:
        house.close()


def test_a_timetable_runs_by_itself_while_it_is_open(tmp_path: Path) -> None:
    house = open_house(_scheduled(tmp_path))
    loaded: list[tuple[str, ...]] = []
    try:
        table = Timetable(house, look_seconds=0.02)
        once = table.once
        with table:
            table.once = lambda: loaded.append(once()) or ()  # type: ignore[method-assign,func-returns-value]
            _later(house, 10)
            deadline = datetime.now() + timedelta(seconds=60)
            while ("mz",) not in loaded and datetime.now() < deadline:
                table._stop.wait(0.02)
        assert ("mz",) in loaded
        assert not table._thread.is_alive()
    finally:
        house.close()
