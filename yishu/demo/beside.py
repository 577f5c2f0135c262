"""Beside 并行: one piece of work in a forked copy of this process, its result brought back; the world is shared, not copied."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from yishu.kernel.errors import Defect

T = TypeVar("T")


class Beside(Generic[T]):
    """Work going on beside us 旁边的一份活; where the system cannot fork it is done when asked for."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._child = 0
        if not hasattr(os, "fork"):
            return
        self._read, write = os.pipe()
        with warnings.catch_warnings():
            # the child only computes and writes its own files; it takes no lock another thread could hold
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child = os.fork()
        if self._child:
            os.close(write)
            return
        os.close(self._read)
        status = 1
        try:
            try:
                answer = pickle.dumps((True, work()), protocol=5)
                status = 0
            except BaseException as error:
                answer = pickle.dumps((False, f"{type(error).__name__}: {error}"))
            with os.fdopen(write, "wb") as pipe:
                pipe.write(answer)
        finally:
            os._exit(status)

    def result(self) -> T:
        """What the work gave; its failure is ours."""
        if not self._child:
            return self._work()
        with os.fdopen(self._read, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(self._child, 0)
        done, value = pickle.loads(answer) if answer else (False, "子进程中断")  # noqa: S301  our own child's bytes
        if not done:
            raise Defect("demo.beside", f"并行写出失败：{value}")
        return cast(T, value)
