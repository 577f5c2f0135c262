"""Turnstile 先到先过的门: so many through at once, in the order they came; a semaphore lets the quick overtake the waiting for ever."""

from __future__ import annotations

import threading
from collections import deque


class Turnstile:
    """Lets `free` through at once; who leaves hands his place to the first in line."""

    def __init__(self, free: int) -> None:
        self._free, self._lock, self._line = free, threading.Lock(), deque[threading.Event]()

    @property
    def waiting(self) -> int:
        """How many stand in line 排队人数."""
        return len(self._line)

    def enter(self, seconds: float | None = None) -> bool:
        """Go through; False when `seconds` passed in line."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = threading.Event()
            self._line.append(mine)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine not in self._line:  # called in the very moment of giving up
                return True
            self._line.remove(mine)
            return False

    def leave(self) -> None:
        """Make room for the first in line."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *_: object) -> None:
        self.leave()
