"""Serve 开门: listen, watch who may come in, print where to go; refuse what would be unsafe and say how to do it."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from yishu.kernel.errors import InputError, SourceError
from yishu.kernel.settings import Settings
from yishu.security.login import demo_passwords
from yishu.web.app import app
from yishu.web.gateway import Doors, Watch
from yishu.web.house import House, open_house
from yishu.web.local import LocalDoor
from yishu.web.portal import built
from yishu.web.talk import talk_room
from yishu.web.timetable import Timetable

Say = Callable[[str], None]
DEMO_ACCOUNTS = "demo-accounts.json"
WARM_AFTER = 5.0   # seconds after the door opened


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen 监听: address, port, and how the way to the browser is kept secret."""

    host: str = "127.0.0.1"
    port: int = 8000
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can come in."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def tls(self) -> bool:
        """Whether this server encrypts itself."""
        return self.tls_cert is not None

    def check(self) -> None:
        """Refuse to listen in the clear on an address others can reach."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise InputError("serve.tls_pair", "--tls-cert 与 --tls-key 要一起给", hint="yishu doctor --make-cert 生成一对试用证书")
        for path in (self.tls_cert, self.tls_key):
            if path is not None and not path.is_file():
                raise InputError("serve.tls_file", f"证书文件不存在：{path.name}", hint="检查路径", where=str(path))
        if self.behind_proxy is not None:
            try:
                ipaddress.ip_address(self.behind_proxy)
            except ValueError:
                raise InputError("serve.proxy", f"--behind-proxy 要写反向代理的 IP 地址，给的是 {self.behind_proxy}", hint="如 --behind-proxy 10.1.2.3") from None  # fmt: skip
        if not self.loopback and not self.tls and self.behind_proxy is None:
            raise InputError(
                "serve.plain",
                f"在 {self.host} 上用明文 HTTP 会让口令和病历裸奔，已拒绝启动",
                hint="加 --tls-cert 证书 --tls-key 私钥（yishu doctor --make-cert 可生成试用的一对），"
                "或由反向代理加密并写 --behind-proxy 代理的IP，或只在 127.0.0.1 上监听",
                where="--host",
            )

    @property
    def address(self) -> str:
        """What to open in the browser."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def hosts(self) -> frozenset[str] | None:
        """The names answered to: on this machine only its own, so that no other name can be pointed here."""
        if not self.loopback or self.behind_proxy is not None:
            return None
        return frozenset({"127.0.0.1", "localhost", "[::1]", self.host})


def serve(settings: Settings, listen: Listen | None = None, *, demo: bool = False, say: Say = print, doors: Doors | None = None) -> None:
    """Open the hospital and serve it until stopped."""
    listen = listen or Listen()
    listen.check()
    door = _bind(listen)
    try:
        house = open_house(settings, demo=demo)
    except BaseException:
        door.close()
        raise
    with LocalDoor(house, settings), Timetable(house), Watch(settings, doors or Doors()) as watch:
        run(house, listen, door, say, opened=lambda: _then(house, watch, say))


def _then(house: House, watch: Watch, say: Say) -> None:
    """What the door need not wait for 开门之后: the gateway, the mail, the understanding of questions."""
    watch.open()
    house.open_mail()
    told = watch.told()
    for name, label in (("mllp", "MLLP"), ("http", "HTTP/SOAP")):
        if told.get(name):
            say(f"消息入口 {label}：{told['host']}:{told[name]}")
    time.sleep(WARM_AFTER)  # the first page comes first; a question asked meanwhile does this itself
    # what fails here fails again, and is told, when somebody asks
    with contextlib.suppress(Exception):
        talk_room(house).compiled()


class _Server(uvicorn.Server):
    """A server that tells in a thread of its own when the door stands open."""

    opened: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.opened is not None:
            threading.Thread(target=self.opened, name="opened", daemon=True).start()


def run(house: House, listen: Listen, door: socket.socket, say: Say, opened: Callable[[], None] | None = None) -> None:
    """Serve an open house on a bound socket; `opened` is called beside it once the door stands open."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app(house, proxy=listen.behind_proxy, hosts=listen.hosts()),
        http="httptools",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        ssl_certfile=str(listen.tls_cert) if listen.tls_cert else None,
        ssl_keyfile=str(listen.tls_key) if listen.tls_key else None,
        timeout_graceful_shutdown=5,
    )
    try:
        config.load()
    except (ssl.SSLError, OSError):
        house.close()
        raise InputError("serve.tls_bad", "证书或私钥读不了，或两者不是一对", hint="yishu doctor --make-cert 可生成试用的一对", where=str(listen.tls_cert)) from None  # fmt: skip
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    for line in _welcome(house, listen):
        say(line)
    server = _Server(config)
    server.opened = opened
    if threading.current_thread() is not threading.main_thread():
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    server.run(sockets=[door])


def _bind(listen: Listen) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((listen.host, listen.port))
        door.listen(512)
    except OSError as error:
        door.close()
        why = "端口已被占用" if error.errno == 98 else "不能在这个地址上监听"
        raise SourceError("serve.port", f"{listen.host}:{listen.port} {why}", hint="换一个端口：yishu serve --port 8010，或停掉占用它的程序", where="--port") from None  # fmt: skip
    return door


def _welcome(house: House, listen: Listen) -> list[str]:
    lines = [f"{house.profile.name} 已开门：{listen.address}"]
    if not built():
        lines.append("前端页面还没有构建（make setup），目前只有接口")
    if not house.version:
        lines.append("还没有装载过数据：运行 yishu load")
    if house.demo:
        lines.append(f"一次性登录链接（院长）：{listen.address}/api/v1/login/link/{_demo_accounts(house)}")
        lines.append(f"演示账号与口令在 {house.settings.home / DEMO_ACCOUNTS}（只在 yishu demo 下有效）")
    elif not house.accounts.names() & set(house.people):
        lines.append("还没有任何账号设过口令：运行 yishu account password 账号名")
    return lines


def _demo_accounts(house: House) -> str:
    """Random passwords for every demo account, made once and kept for their owner only; a link for the first account."""
    path = house.settings.home / DEMO_ACCOUNTS
    if not path.is_file() or not set(house.people) <= house.accounts.names():
        made = demo_passwords(house.accounts, house.people)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(made, stream, ensure_ascii=False, indent=1)
    return house.accounts.link("director" if "director" in house.people else next(iter(house.people)))
