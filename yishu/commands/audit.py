"""`yishu audit verify` 审计: whether the chain of the audit trail is whole."""

from __future__ import annotations

import json

import typer

from yishu.kernel import Settings, SourceError
from yishu.kernel.store import open_store
from yishu.security.audit import verify


def register(app: typer.Typer) -> None:
    """Add `yishu audit …`."""
    group = typer.Typer(help="审计记录", no_args_is_help=True)
    app.add_typer(group, name="audit")

    @group.callback()
    def audit() -> None:
        """审计记录."""

    @group.command("verify")
    def command(context: typer.Context) -> None:
        """逐条校验审计链."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        verdict = verify(open_store(settings.home))
        if verdict.broken_at is not None:
            raise SourceError("audit.broken", f"审计链在第 {verdict.broken_at} 条断开：有记录被改、删或插入", hint="从备份核对平台库", where=str(settings.home))
        told = {"entries": verdict.entries, "whole": True}
        typer.echo(json.dumps(told) if context.obj["json"] else f"审计链完整，共 {verdict.entries} 条")
