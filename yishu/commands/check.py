"""`yishu check` 检查: the folder's text, and with `--defects` what was found in the data."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yishu import flow
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance
from yishu.web import through_server
from yishu.web.client import DEFECTS

COLUMNS = ("id", "family", "source", "table", "key", "column", "kind")


def register(app: typer.Typer) -> None:
    """Add `yishu check`."""

    @app.command("check")
    def command(
        context: typer.Context,
        defects: Annotated[bool, typer.Option("--defects", help="列出数据里查到的问题")] = False,
    ) -> None:
        """检查医院文件夹：每处错误给出文件、行、原因与最接近的正确写法."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        as_json = bool(context.obj["json"])
        if defects:
            _defects(settings, as_json)
            return
        faults = flow.check(settings)
        if as_json:
            typer.echo(json.dumps({"faults": [f.as_json() for f in faults]}, ensure_ascii=False))
        else:
            for fault in faults:
                typer.echo(fault.text)
            typer.echo(f"共 {len(faults)} 处错误" if faults else "没有错误")
        if faults:
            raise typer.Exit(2)


def _defects(settings: Settings, as_json: bool) -> None:
    told = through_server(settings, "/defects", {})
    if told is not None:
        rows = [tuple(row) for row in told["rows"]]
    else:
        connection = warehouse_instance(settings.home, read_only=True)
        try:
            rows = connection.execute(DEFECTS).fetchall()
        finally:
            connection.close()
    if as_json:
        typer.echo(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], ensure_ascii=False))
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    table = Table(title="按类别")
    table.add_column("类别")
    table.add_column("条数", justify="right")
    for family, count in sorted(Counter(row[1] for row in rows).items()):
        table.add_row(family, f"{count:,}")
    Console(stderr=True).print(table)
