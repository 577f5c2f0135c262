"""`yishu take` 收入消息: feed files through the same door as the listeners; one receipt a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yishu.flow import letters
from yishu.kernel import Settings
from yishu.web import through_server

STATES = {"placed": "入模", "ignored": "按规则不取", "failed": "失败", "parked": "搁置", "quarantined": "隔离", "repeat": "重复", "waiting": "排队"}


def register(app: typer.Typer) -> None:
    """Add `yishu take`."""

    @app.command("take")
    def command(
        context: typer.Context,
        paths: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="消息文件或文件夹")],
        channel: Annotated[str, typer.Option("--channel", help="通道名，如 his_adt")],
    ) -> None:
        """把消息文件从通道的同一扇门送入：每条消息一张回执."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        sent = letters.post(settings, channel, paths)
        told = through_server(settings, "/take", {"ids": [s.id for s in sent]})
        receipts = letters.receipts(settings, sent, told["receipts"] if told else None)
        if context.obj["json"]:
            typer.echo(json.dumps(receipts, ensure_ascii=False))
        else:
            _show(receipts)
        if any(r["state"] in ("failed", "parked", "quarantined") for r in receipts):
            raise typer.Exit(4)


def _show(receipts: list[dict[str, object]]) -> None:
    console = Console()
    counts: dict[str, int] = {}
    for receipt in receipts:
        counts[str(receipt["state"])] = counts.get(str(receipt["state"]), 0) + 1
    if len(receipts) <= 200:
        table = Table()
        for label in ("消息", "控制号", "类型", "结果", "行", "原因"):
            table.add_column(label)
        for r in receipts:
            rows = r["rows"] if isinstance(r["rows"], dict) else {}
            moved = "，".join(f"{name} {number}" for name, number in rows.items())
            table.add_row(str(r["message_id"]), str(r["control_id"]), str(r["type"]), STATES.get(str(r["state"]), str(r["state"])), moved, str(r["reason"]))
        console.print(table)
    console.print(f"共 {len(receipts):,} 条：" + "，".join(f"{STATES.get(k, k)} {v:,}" for k, v in counts.items()))
