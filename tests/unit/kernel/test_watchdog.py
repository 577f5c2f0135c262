"""The watchdog 看门狗 stops what outlasts its time and nothing else."""

from __future__ import annotations

import threading

from yishu.kernel.watchdog import Watchdog


def test_it_stops_what_outlasts_its_time() -> None:
    stopped = threading.Event()
    with Watchdog().watching(0.01, stopped.set):
        assert stopped.wait(20)


def test_it_leaves_alone_what_ended_in_time() -> None:
    dog, calls = Watchdog(), []
    for n in range(200):
        with dog.watching(1000 - n, lambda: calls.append(1)):
            pass
    ended = threading.Event()
    with dog.watching(0.01, ended.set):
        assert ended.wait(20)
    assert not calls and not dog._live
