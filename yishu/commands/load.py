"""`yishu load` 装载: pull sources, map, place; a receipt that adds up."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from yishu import flow
from yishu.kernel import Settings
from yishu.web import through_server

LABELS = {"rows_in": "进", "placed": "入模", "merged": "合并", "flagged": "带标记入模", "quarantined": "隔离", "ignored": "按规则不取"}


def register(app: typer.Typer) -> None:
    """Add `yishu load`."""

    @app.command("load")
    def command(
        context: typer.Context,
        sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="来源名；不写则全部")] = None,
        full: Annotated[bool, typer.Option("--full", help="全量重抽，不按游标增量")] = False,
        rebuild: Annotated[bool, typer.Option("--rebuild", help="删掉数据仓库，由贴源数据原样重建")] = False,
    ) -> None:
        """抽取来源、映射、入模；回执里每一行都有去处."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        asked = {"sources": sources or [], "full": full, "rebuild": rebuild}
        receipt = through_server(settings, "/load", asked, _tell)
        if receipt is None:
            receipt = flow.load(settings, sources or [], full, rebuild, _tell).as_json()
        if context.obj["json"]:
            typer.echo(json.dumps(receipt, ensure_ascii=False))
        else:
            _show(receipt)
        sources_said: Any = receipt["sources"]
        if any(source["state"] == "failed" for source in sources_said):
            raise typer.Exit(4)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(receipt: Mapping[str, Any]) -> None:
    console = Console()
    moment = datetime.fromisoformat(receipt["moment"])
    table = Table(title=f"装载 {receipt['load_id']} · {moment:%Y-%m-%d %H:%M}")
    table.add_column("来源")
    for label in LABELS.values():
        table.add_column(label, justify="right")
    for source in receipt["sources"]:
        table.add_row(source["source"], *(f"{source[count]:,}" for count in LABELS))
    console.print(table)
    for source in receipt["sources"]:
        for note in source["notes"]:
            console.print(f"注意 {source['source']}：{note}")
        if source["error"]:
            console.print(f"失败 {source['source']}：{source['error']['message']}（{source['error']['hint']}）")
    through = datetime.fromisoformat(receipt["data_through"]) if receipt["data_through"] else None
    console.print(f"数据截至 {f'{through:%Y-%m-%d %H:%M}' if through else '—'}，用时 {receipt['seconds']:.1f} 秒")
