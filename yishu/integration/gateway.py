"""Gateway 网关: all doors in and out and the inbox, in a process of its own that keeps acknowledging while the server is down.

`python -m yishu.integration.gateway --hospital DIR --home DIR --mllp-port N --http-port N`; `$HOME/gateway.json` tells where it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn

from yishu.integration.adapters.mllp import Limits, Listener
from yishu.integration.channels import ChannelSpec, channels
from yishu.integration.courier import couriers
from yishu.integration.door import Channel, Door
from yishu.integration.http_door import HttpDoor, document_letter
from yishu.integration.inbox import Inbox
from yishu.integration.secret import secret
from yishu.kernel import Clock, Settings
from yishu.kernel.errors import SourceError, YishuError

FILE = "gateway.json"
EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen 监听: address, shared MLLP port, HTTP port (0 = any free, None = none), certificate."""

    host: str = "127.0.0.1"
    mllp: int | None = 0
    http: int | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, where a certificate is given."""
        if self.tls_cert is None or self.tls_key is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.tls_cert, self.tls_key)
        return context


class Gateway:
    """The open doors 在开的入口 of one hospital."""

    def __init__(self, settings: Settings, clock: Clock, limits: Limits | None = None) -> None:
        self.settings, self.clock, self.limits = settings, clock, limits
        self.inbox = Inbox(settings.home, clock)
        self.channels: tuple[ChannelSpec, ...] = channels(settings.hospital)
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._web: uvicorn.Server | None = None
        self.told: dict[str, object] = {}

    async def open(self, ports: Ports) -> None:
        """Open every door; tells in `$HOME/gateway.json`."""
        tls = ports.tls()
        told: dict[str, object] = {"pid": os.getpid(), "host": ports.host}
        mllp = [c for c in self.channels if c.kind == "mllp"]
        if ports.mllp is not None and mllp:
            told["mllp"] = await self._listen(Door(mllp, self.inbox, self.clock), ports, ports.mllp, tls)
        told["own"] = {c.name: await self._listen(Door(Channel.of(c), self.inbox, self.clock), ports, c.port, tls) for c in mllp if c.port is not None}
        webbed = {c.name: c for c in self.channels if c.kind in ("http", "soap")}
        if ports.http is not None and webbed:
            told["http"] = await self._serve_http(webbed, ports)
        self._tasks += [asyncio.create_task(self._watch(c)) for c in self.channels if c.kind == "file" and c.folder]
        self._tasks += [asyncio.create_task(c.run()) for c in couriers(self.settings, self.inbox, {c.name: c for c in self.channels})]
        self.told = told
        path = self.settings.home / FILE
        part = path.with_suffix(".part")
        part.write_text(json.dumps(told))
        part.chmod(0o600)
        part.rename(path)

    async def _listen(self, door: Door, ports: Ports, port: int, tls: ssl.SSLContext | None) -> int:
        listener = Listener(door.answer, self.limits)
        self._listeners.append(listener)
        return await listener.start(ports.host, port, tls)

    async def _serve_http(self, webbed: dict[str, ChannelSpec], ports: Ports) -> int:
        tokens = {c.name: secret(self.settings, c.token) for c in webbed.values() if c.token}
        config = uvicorn.Config(
            HttpDoor(webbed, self.inbox, self.clock, tokens), host=ports.host, port=ports.http or 0, log_config=None, access_log=False, lifespan="off",
            server_header=False, http="httptools", limit_concurrency=200, timeout_keep_alive=30,
            ssl_certfile=str(ports.tls_cert) if ports.tls_cert else None, ssl_keyfile=str(ports.tls_key) if ports.tls_key else None,
        )  # fmt: skip
        server = self._web = uvicorn.Server(config)
        self._tasks.append(asyncio.create_task(_quietly(server)))
        while not server.started:
            await asyncio.sleep(0.02)
        return int(server.servers[0].sockets[0].getsockname()[1])

    async def _watch(self, spec: ChannelSpec) -> None:
        """Folder drop 文件夹: a file that stopped growing is taken and moved to `taken/`; what cannot be kept stays."""
        folder = Path(os.path.expandvars(spec.folder.replace("${YISHU_HOME}", str(self.settings.home))))
        sizes: dict[Path, int] = {}
        while True:
            with suppress(OSError):
                sizes = await self._look(spec, folder, sizes)
            await asyncio.sleep(EVERY)

    async def _look(self, spec: ChannelSpec, folder: Path, sizes: dict[Path, int]) -> dict[Path, int]:
        found = {p: p.stat().st_size for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")}
        for path, size in found.items():
            if sizes.get(path) == size:
                await self._take_file(spec, path)
        return found

    async def _take_file(self, spec: ChannelSpec, path: Path) -> None:
        from yishu.integration.adapters.hl7v2.lexer import split_bytes

        raw = path.read_bytes()
        try:
            if spec.format == "hl7v2":
                door = Door(Channel.of(spec), self.inbox, self.clock)
                for body in split_bytes(raw):
                    await asyncio.wrap_future(door.take(body).stamp)
            else:
                await asyncio.wrap_future(self.inbox.put(document_letter(spec, raw)[0]))
        except SourceError:
            return   # not durable: the file stays where it is
        done = path.parent / "taken"
        done.mkdir(exist_ok=True)
        path.rename(done / path.name)

    async def close(self) -> None:
        """Close the doors; what was acknowledged is durable already."""
        if self._web is not None:
            self._web.should_exit = True
        for listener in self._listeners:
            await listener.stop()
        for task in self._tasks:
            if self._web is None or task.get_coro().__name__ != "_quietly":  # type: ignore[union-attr]
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.inbox.close()
        (self.settings.home / FILE).unlink(missing_ok=True)


async def _quietly(server: uvicorn.Server) -> None:
    # serve() would take over the signals, which end the whole gateway in order
    await server._serve()


async def _run(settings: Settings, clock: Clock, ports: Ports) -> None:
    gateway = Gateway(settings, clock)
    await gateway.open(ports)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await gateway.close()


def main() -> int:
    """Entry point 入口 of the process."""
    words = argparse.ArgumentParser(prog="yishu gateway")
    words.add_argument("--hospital", required=True)
    words.add_argument("--home", required=True)
    words.add_argument("--host", default="127.0.0.1")
    words.add_argument("--mllp-port", type=int)
    words.add_argument("--http-port", type=int)
    words.add_argument("--tls-cert", type=Path)
    words.add_argument("--tls-key", type=Path)
    words.add_argument("--clock-offset", type=float, default=0.0)
    asked = words.parse_args()
    settings = Settings.of(asked.hospital, asked.home)
    clock: Clock = settings.clock
    if asked.clock_offset:
        ahead, real = timedelta(seconds=asked.clock_offset), settings.clock
        clock = lambda: real() + ahead  # noqa: E731
    try:
        asyncio.run(_run(settings, clock, Ports(asked.host, asked.mllp_port, asked.http_port, asked.tls_cert, asked.tls_key)))
    except (YishuError, OSError) as error:
        print(error.message if isinstance(error, YishuError) else f"{type(error).__name__}", flush=True)
        return 4
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
