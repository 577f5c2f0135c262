"""`yishu metrics` 指标中心: list, show, sql, check."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from yishu import hospital
from yishu import metrics as centre_of
from yishu.kernel import InputError, Settings
from yishu.security import system_viewer

ENGINES = ("duckdb",)


def register(app: typer.Typer) -> None:
    """Add `yishu metrics`."""
    group = typer.Typer(help="指标中心：目录、定义、SQL、检查", no_args_is_help=True)
    app.add_typer(group, name="metrics")

    @group.command("list")
    def listed(context: typer.Context) -> None:
        """全部指标."""
        found = centre_of.listing(_centre(context))
        if context.obj["json"]:
            typer.echo(json.dumps(found, ensure_ascii=False))
            return
        for line in found:
            typer.echo(
                f"{line['id']}\t{line['label']}\t{line['unit'] or '—'}\t{line['kind']}\t{line['owner']}\t{line['standing']}"
            )

    @group.command("show")
    def show(context: typer.Context, metric: Annotated[str, typer.Argument(metavar="ID")]) -> None:
        """一个指标的定义、公式、口径、责任人、依据."""
        told = centre_of.card(_centre(context), metric, system_viewer("metrics.show"))
        if context.obj["json"]:
            typer.echo(json.dumps(told, ensure_ascii=False))
            return
        for key, value in told.items():
            typer.echo(f"{key}：{value if isinstance(value, (str, int)) else json.dumps(value, ensure_ascii=False)}")

    @group.command("sql")
    def sql(
        context: typer.Context,
        metric: Annotated[str, typer.Argument(metavar="ID")],
        engine: Annotated[str, typer.Option("--engine", help="引擎：duckdb")] = "duckdb",
    ) -> None:
        """一个指标编译成的 SQL."""
        if engine not in ENGINES:
            raise InputError(
                "metrics.engine", f"还不支持引擎 {engine}", hint="可用：" + "、".join(ENGINES), where="--engine"
            )
        written = centre_of.metric_sql(_centre(context), metric)
        typer.echo(json.dumps({"sql": written}, ensure_ascii=False) if context.obj["json"] else written)

    @group.command("check")
    def check(context: typer.Context) -> None:
        """检查全部指标定义；有错时列出文件、行、原因、最接近的写法."""
        found = _centre(context).metrics
        told = {"metrics": len(found), "faults": []}
        typer.echo(json.dumps(told, ensure_ascii=False) if context.obj["json"] else f"{len(found)} 个指标，没有错误")


def _centre(context: typer.Context) -> centre_of.Centre:
    settings = Settings.of(context.obj["hospital"], context.obj["home"])
    return centre_of.centre(settings.hospital, hospital.model(settings.hospital))
