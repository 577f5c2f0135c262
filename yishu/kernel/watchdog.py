"""Watchdog 看门狗: one thread for the whole process interrupts work that has run past its time; watching costs microseconds."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """Deadlines 时限 in one heap, the nearest first; the thread starts with the first of them."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._live: set[int] = set()
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wakes = float("inf")
        """When the thread looks again by itself."""

    @contextmanager
    def watching(self, seconds: float, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` unless the block is left within so many seconds."""
        deadline, number = self._now() + seconds, next(self._numbers)
        with self._changed:
            heapq.heappush(self._heap, (deadline, number, stop))
            self._live.add(number)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
                self._thread.start()
            elif deadline < self._wakes:
                self._changed.notify()  # else the thread wakes in time anyhow: no switch of threads for every query
        try:
            yield
        finally:
            with self._changed:
                self._live.discard(number)
                while self._heap and self._heap[0][1] not in self._live:
                    heapq.heappop(self._heap)

    def _watch(self) -> None:
        while True:
            with self._changed:
                if not self._heap:
                    self._rest(60)
                    continue
                deadline, number, stop = self._heap[0]
                left = deadline - self._now()
                if left > 0:
                    self._rest(left)
                    continue
                heapq.heappop(self._heap)
                if number in self._live:
                    self._live.discard(number)
                    stop()  # under the lock: a block that has been left is never stopped

    def _rest(self, seconds: float) -> None:
        self._wakes = self._now() + seconds
        self._changed.wait(seconds)


WATCHDOG = Watchdog()
