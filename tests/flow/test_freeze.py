"""A frozen number 定格 is computed again to the digit after later loads and after a rebuild; so is every answer as of its moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bench import proof_as_of
from tests.flow import tiny_hospital
from yishu import flow, hospital, metrics
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.errors import InputError
from yishu.kernel.store import open_store
from yishu.security import system_viewer


def on(settings: Settings, work):  # type: ignore[no-untyped-def]
    connection = warehouse_instance(settings.home)
    try:
        centre = metrics.centre(settings.hospital, hospital.model(settings.hospital))
        return work(metrics.Looking(system_viewer("test"), centre, connection, settings.clock), open_store(settings.home))
    finally:
        connection.close()


def test_a_freeze_outlives_corrections_and_a_rebuild(tmp_path: Path) -> None:
    settings = tiny_hospital.build(tmp_path)
    flow.load(settings)
    kept = on(settings, lambda looking, store: metrics.freeze(looking, store, "outpatient_visits", "2025-01"))
    assert kept.value and kept.by_department and kept.hash == metrics.centre().metric("outpatient_visits").hash
    tiny_hospital.change(tmp_path, "mz", "DELETE FROM GH WHERE XH = 1")
    later = tiny_hospital.at(tmp_path, "2025-01-09T08:00:00")
    flow.load(later)
    again = on(later, lambda looking, store: metrics.recompute(looking, store, kept.id))
    assert again.equal and again.value == kept.value and again.now != kept.value and not again.definition_changed
    rebuilt = tiny_hospital.at(tmp_path, "2025-03-01T00:00:00")
    flow.load(rebuilt, rebuild=True)
    assert on(rebuilt, lambda looking, store: metrics.recompute(looking, store, kept.id)).equal
    with pytest.raises(InputError):
        on(rebuilt, lambda looking, store: metrics.recompute(looking, store, 99))
    for period in ("2025-13", "去年", "2031"):
        with pytest.raises(InputError):
            on(rebuilt, lambda looking, store, p=period: metrics.freeze(looking, store, "outpatient_visits", p))


def test_every_earlier_moment_is_answered_as_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_as_of, "STEPS", 12)
    seen = proof_as_of.run(7, 0.01)
    assert seen.failures == 0 and seen.detail["answers_asked_again"] > 10 and isinstance(proof_as_of.NOW, datetime)
