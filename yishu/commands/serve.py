"""`yishu serve` 开门: the server, until stopped."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from yishu.kernel import Settings
from yishu.web.gateway import Doors
from yishu.web.serve import Listen, serve


def register(app: typer.Typer) -> None:
    """Add `yishu serve`."""

    @app.command("serve")
    def command(
        context: typer.Context,
        host: Annotated[str, typer.Option("--host", help="监听地址；非本机地址必须加密")] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", help="端口", min=1, max=65535)] = 8000,
        mllp_port: Annotated[int | None, typer.Option("--mllp-port", help="消息网关的 MLLP 端口；不写则不收消息", min=0, max=65535)] = None,
        http_port: Annotated[int | None, typer.Option("--http-in-port", help="消息网关的 HTTP 与 SOAP 端口", min=0, max=65535)] = None,
        tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="证书（PEM）")] = None,
        tls_key: Annotated[Path | None, typer.Option("--tls-key", help="私钥（PEM）")] = None,
        behind_proxy: Annotated[str | None, typer.Option("--behind-proxy", help="负责加密的反向代理的 IP 地址")] = None,
    ) -> None:
        """打开医院：网页与接口，直到停止."""
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        serve(
            settings,
            Listen(host, port, tls_cert, tls_key, behind_proxy),
            doors=Doors(host, mllp_port, http_port, ("--tls-cert", str(tls_cert), "--tls-key", str(tls_key)) if tls_cert else ()),
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
