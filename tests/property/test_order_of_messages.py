"""Order within a patient 同一患者的次序 under failures, retries, parks, replays and restarts: a state machine beside a plain model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.property.message_world import World, a_world

WORDS = st.tuples(
    st.sampled_from([None, "S00001", "S00002", "S00003"]), st.sampled_from([None, "20260630080000", "20260630081500"]), st.sampled_from([None, "20260630090000"])
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("order")) as made:
        yield made


def test_each_patient_hears_his_messages_in_order(world: World) -> None:
    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            world.begin()

        @rule(patient=st.integers(1, 2), visit=st.integers(0, 1), said=WORDS, merged=st.sampled_from([None, None, None, 1]), bad=st.sampled_from([False, False, True]), later=st.sampled_from([0, 1, 500]))
        def send(self, patient: int, visit: int, said: tuple[str | None, str | None, str | None], merged: int | None, bad: bool, later: int) -> None:
            world.send(patient, visit, said, merged, bad, later)

        @rule(limit=st.sampled_from([1, 2, 100]))
        def take(self, limit: int) -> None:
            world.take(limit)

        @rule(seconds=st.sampled_from([1, 30]))
        def wait(self, seconds: int) -> None:
            world.wait(seconds)

        @rule()
        def reopen(self) -> None:
            world.reopen()

        @rule()
        def park(self) -> None:
            world.park()

        @rule(picks=st.lists(st.integers(0, 40), min_size=1, max_size=4))
        def replay(self, picks: list[int]) -> None:
            world.replay(picks)

        def teardown(self) -> None:
            world.check()

    few = settings(max_examples=5, stateful_step_count=14, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=False)
    run_state_machine_as_test(Machine, settings=few)


def test_late_and_replayed_messages_take_their_place(world: World, tmp_path: Path) -> None:
    """A parked message that is placed after later ones says what it would have said in its turn."""
    world.begin()
    world.send(1, 0, ("S00001", None, None), None, False, 5)
    world.send(1, 0, ("S00002", "20260630080000", None), None, False, 5)
    world.send(1, 0, (None, "20260630081500", None), None, False, 5)
    world.inbox.mark([world.told[1].id], world.inbox.get(world.told[1].id).state.PARKED, "人工搁置")  # type: ignore[union-attr]
    world.take(10)
    world.replay([1])
    world.take(10)
    world.check()
    world.replay([0, 1, 2])
    world.reopen()   # a replay that waits while the server starts anew is not forgotten
    assert len(world.inbox.waiting()) == 3
    world.take(1)
    world.take(10)
    world.check()


def test_a_merge_before_a_message_that_stops_is_not_passed(world: World) -> None:
    """A good merge of 1 and 2, then 2 changes, then a bad message of 1: the merge goes before the change of 2, not behind the bad one."""
    world.begin()
    world.send(2, 0, (None, None, None), 1, False, 5)
    world.send(2, 0, ("S00001", None, None), None, False, 5)
    world.send(1, 0, (None, None, None), None, True, 5)
    world.take(10)
    assert [world.inbox.get(t.id).state.value for t in world.told] == ["done", "done", "failed"]  # type: ignore[union-attr]
    world.check()
