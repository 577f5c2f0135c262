"""Local door 本机门: commands on this machine reach the running server's warehouse through it, and nobody notices.

`$HOME/server.json` (owner only) names a Unix socket (owner only): who can read it is who could read the warehouse's key.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import socketserver
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

import orjson

from yishu import flow, metrics
from yishu.flow.story import story
from yishu.kernel.errors import Defect, InputError, YishuError
from yishu.kernel.settings import Settings
from yishu.security import Viewer, system_viewer
from yishu.web.client import DEFECTS, FILE, Tell
from yishu.web.house import House
from yishu.web.talk import asking_of, learnt, talk_room

log = logging.getLogger("yishu.web")

LONGEST_SOCKET = 100
Work = Callable[[House, Viewer | None, Mapping[str, Any], Tell], object]


def _query(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return house.measure(_someone(viewer), metrics.MetricQuery.parse(body["query"])).as_json()


def _rows(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return house.rows(_someone(viewer), metrics.RowsRequest.parse(body["request"])).as_json()


def _explain(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return house.explain(_someone(viewer), *metrics.parse_request(body["explain"])).as_json()


def _reconcile(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return house.reconcile(_someone(viewer), metrics.parse_sides(body["reconcile"])).as_json()


def _why(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    found = metrics.membership(house.looking(_someone(viewer)), metrics.RowsRequest.parse(body["why"]), str(body["table"]), str(body["key"]))
    return {"parts": [m.as_json() for m in found]}


def _freeze(house: House, _viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    looking = house.looking(system_viewer("metrics.freeze"))
    return metrics.freeze(looking, house.store, str(body["metric"]), str(body["period"])).as_json()


def _recompute(house: House, _viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return metrics.recompute(house.looking(system_viewer("metrics.freeze")), house.store, int(body["number"])).as_json()


def _sql(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    query = metrics.MetricQuery.parse(body["query"])
    return {"sql": metrics.sql(_someone(viewer), query, house.centre, house.warehouse, house.clock)}


def _trace(house: House, _viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    with house.reading() as connection:
        return asdict(flow.trace(house.settings, str(body["table"]), str(body["key"]), connection=connection))


def _defects(house: House, _viewer: Viewer | None, _body: Mapping[str, Any], _tell: Tell) -> object:
    with house.reading() as connection:
        return {"rows": connection.execute(DEFECTS).fetchall()}


def _load(house: House, _viewer: Viewer | None, body: Mapping[str, Any], tell: Tell) -> object:
    names = [str(name) for name in body.get("sources") or []]
    return house.load(names, bool(body.get("full")), bool(body.get("rebuild")), tell).as_json()


def _take(house: House, _viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    house.open_mail()
    return {"receipts": house.mail.receipts([int(i) for i in body["ids"]]) if house.mail else []}


def _story(house: House, _viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    with house.reading() as connection:
        return story(house.settings, str(body["message"]), connection=connection).as_json()


def _ask(house: House, viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return talk_room(house).ask(_someone(viewer), asking_of(body))


def _asked(house: House, _viewer: Viewer | None, body: Mapping[str, Any], _tell: Tell) -> object:
    return learnt(house, str(body.get("list")), int(body.get("days") or 7))


WORK: Mapping[str, Work] = {
    "/ask": _ask, "/asked": _asked, "/query": _query, "/rows": _rows, "/sql": _sql, "/trace": _trace, "/defects": _defects, "/load": _load, "/take": _take, "/story": _story,
    "/explain": _explain, "/reconcile": _reconcile, "/why": _why, "/freeze": _freeze, "/recompute": _recompute,
}  # fmt: skip


def _someone(viewer: Viewer | None) -> Viewer:
    if viewer is None:
        raise InputError("viewer.missing", "要说明以谁的身份看", hint="加 --viewer 账户名", where="--viewer")
    return viewer


class _Handler(BaseHTTPRequestHandler):
    """One request: a JSON body in; lines of JSON out, progress first, the answer or the error last."""

    house: House

    def do_POST(self) -> None:
        """Do the work and stream its progress."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        try:
            work = WORK[self.path]
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = body.get("viewer")
            viewer = self.house.viewer(name) if name else None
            self.house.note(name or "system:local", f"local{self.path}", "")
            answer = work(self.house, viewer, body, lambda line: self._line({"progress": line}))
            self._line({"answer": answer})
        except YishuError as error:
            self._line(error.as_json() | {"exit": error.exit_status})
        except Exception as error:
            log.error("local %s: %s", self.path, type(error).__name__)
            self._line(Defect("defect", f"程序缺陷：{type(error).__name__}").as_json() | {"exit": 1})

    def _line(self, value: object) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(orjson.dumps(value, default=str) + b"\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged of local requests but what the audit trail holds."""


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False


class LocalDoor:
    """The local door 本机门, open as long as the server runs."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house, self.home = house, settings.home
        self.folder: Path | None = None
        path = self.home / "server.sock"
        if len(str(path)) > LONGEST_SOCKET:
            self.folder = Path(tempfile.mkdtemp(prefix="yishu-"))
            path = self.folder / "server.sock"
        self.path = path

    def __enter__(self) -> LocalDoor:
        self.path.unlink(missing_ok=True)
        handler = type("Handler", (_Handler,), {"house": self.house})
        self.server = _Server(str(self.path), handler)
        self.path.chmod(0o600)
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        told = self.home / f".{FILE}.{os.getpid()}"
        handle = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as stream:
            json.dump({"socket": str(self.path), "pid": os.getpid()}, stream)
        told.rename(self.home / FILE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.path.unlink(missing_ok=True)
        (self.home / FILE).unlink(missing_ok=True)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
