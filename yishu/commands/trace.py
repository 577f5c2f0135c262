"""`yishu trace` 溯源: from a hospital row to its source record, identifiers masked."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from yishu import flow
from yishu.commands.messages import print_story
from yishu.flow.story import story
from yishu.kernel import Settings
from yishu.web import through_server


def register(app: typer.Typer) -> None:
    """Add `yishu trace`."""

    @app.command("trace")
    def command(
        context: typer.Context,
        table: Annotated[str, typer.Argument(metavar="HOSPITAL_TABLE", help="统一模型的表名，如 visit；或消息号，如 M12")],
        key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="主键；多列用 | 连接")] = None,
    ) -> None:
        """从统一模型的一行回到来源系统的原始记录或消息（身份信息已掩码）；给消息号则从消息到所动的行与指标."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        if key is None:
            followed: Any = through_server(settings, "/story", {"message": table}) or story(settings, table).as_json()
            if context.obj["json"]:
                typer.echo(json.dumps(followed, ensure_ascii=False))
            else:
                print_story(followed)
            return
        told = through_server(settings, "/trace", {"table": table, "key": key})
        if told is None:
            traced = flow.trace(settings, table, key)
        else:
            traced = flow.Traced(**{**told, "row": tuple((label, value) for label, value in told["row"])})
        if context.obj["json"]:
            typer.echo(json.dumps(traced.as_json(), ensure_ascii=False))
            return
        typer.echo(f"{traced.label}  {key}")
        for label, value in traced.row:
            typer.echo(f"  {label}：{'—' if value is None else value}")
        if traced.record is None:
            typer.echo(f"来源 {traced.source}：没有来源记录（推算或医院文件夹写明）")
            return
        if traced.message_id:
            typer.echo(f"消息 {traced.message_id}（yishu trace {traced.message_id} 看全程）")
        typer.echo(f"来源 {traced.source}.{traced.source_table}  {traced.source_key}  批次 {traced.load_id}")
        for name, value in traced.record.items():
            typer.echo(f"  {name}：{'—' if value is None else value}")
