"""Takers to be killed 待杀的入模进程: one process imports everything once, then forks one that places messages for each line it is told.

`python -m bench.takers HOSPITAL HOME` reads `KIND LIMIT ROOM` a line and answers with the child's process id, then `open` when it has
opened the warehouse. KIND `taker` places as a command does, `mail` as the server's mail room does; ROOM > 0 lets no file grow beyond that
many bytes (a full disk).
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from contextlib import nullcontext, suppress

from yishu.flow import letters
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance
from yishu.web.mail import Mail


def work(settings: Settings, kind: str, limit: int, room: int) -> None:
    """Place messages until killed."""
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    if kind == "mail":
        mail = Mail(settings, warehouse_instance(settings.home), nullcontext, lambda: None)
        mail.taker()
        print("open", flush=True)
        mail.start()
        threading.Event().wait()
    with letters.placing(settings) as taker:
        print("open", flush=True)
        while True:
            taker.run(limit)


def main() -> None:
    """Fork one a line; gone when its input ends."""
    settings = Settings.of(sys.argv[1], sys.argv[2], {"YISHU_NOW": "2026-06-30T10:30:00"})
    with suppress(ImportError):
        import pandas  # noqa: F401  pyarrow would load it in each child where it is installed
    print("ready", flush=True)
    for line in sys.stdin:
        kind, limit, room = line.split()
        child = os.fork()
        if child == 0:
            try:
                work(settings, kind, int(limit), int(room))
            except BaseException:
                os._exit(1)   # a full disk: the next one takes over
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
