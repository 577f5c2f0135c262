"""Client 本机客户端: a command asks the running server of its home; imports next to nothing, so that commands start at once."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from yishu.kernel.errors import Defect, InputError, NotPermitted, SourceError, YishuError
from yishu.kernel.settings import Settings

FILE = "server.json"
KINDS: Mapping[int, type[YishuError]] = {2: InputError, 3: NotPermitted, 4: SourceError, 1: Defect}
DEFECTS = (
    "SELECT id, family, source, source_table, key, column_name, kind FROM wh.quality.defect "
    "ORDER BY family, source, source_table, key, id"
)
Tell = Callable[[str], None]


class _Wire(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("yishu")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def through_server(
    settings: Settings, path: str, body: Mapping[str, object], tell: Tell = lambda _line: None
) -> dict[str, Any] | None:
    """What the running server of this home answers; None where none runs. Its errors are raised as here."""
    try:
        told = json.loads((settings.home / FILE).read_text())
        wire = _Wire(str(told["socket"]))
        wire.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    except (OSError, ValueError, KeyError):
        return None
    with contextlib.closing(wire):
        for line in wire.getresponse():
            said: dict[str, Any] = json.loads(line)
            if "progress" in said:
                tell(said["progress"])
            elif "error" in said:
                fault = said["error"]
                raise KINDS.get(said["exit"], Defect)(
                    fault["code"], fault["message"], hint=fault["hint"], where=fault["where"]
                )
            else:
                answer: dict[str, Any] = said["answer"]
                return answer
    raise SourceError("server.stopped", "服务在回答之前停止了", hint="重新运行一次")
