"""`yishu messages` 收件箱: list, show (masked), replay, park."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from yishu.commands.take import STATES
from yishu.flow import letters
from yishu.flow.story import story
from yishu.integration.door import order_key
from yishu.integration.inbox import Inbox, Kept, Search, State
from yishu.kernel import InputError, Settings
from yishu.web import through_server


def register(app: typer.Typer) -> None:
    """Add `yishu messages list|show|replay|park`."""
    group = typer.Typer(help="收件箱：查、看、重放、搁置", no_args_is_help=True)
    app.add_typer(group, name="messages")

    @group.command("list")
    def listing(
        context: typer.Context,
        channel: Annotated[str, typer.Option("--channel", help="通道")] = "",
        state: Annotated[str, typer.Option("--state", help="waiting done failed parked quarantined")] = "",
        kind: Annotated[str, typer.Option("--type", help="消息类型，如 ADT^A01")] = "",
        patient: Annotated[str, typer.Option("--patient", help="患者本地号（PID-3.1）")] = "",
        reason: Annotated[str, typer.Option("--reason", help="原因（签名）")] = "",
        limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    ) -> None:
        """按通道、状态、类型、患者或签名列出消息，新的在前."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        inbox = Inbox(settings.home, settings.clock)
        try:
            found = inbox.search(Search(channel, "", order_key(patient), kind, state, reason, limit=limit))
        finally:
            inbox.close()
        if context.obj["json"]:
            typer.echo(json.dumps([_line(k) for k in found], ensure_ascii=False))
            return
        for k in found:
            state = STATES.get(k.state.value, "完成")
            typer.echo(f"{k.message_id:>9}  {k.received_at:%Y-%m-%d %H:%M:%S}  {k.source:10} {k.kind:9} {k.control_id:18} {state:6} {k.reason}")

    @group.command("show")
    def show(context: typer.Context, message: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="消息号，如 M12")]) -> None:
        """一条消息从原文到所动的行（身份信息已掩码）."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        told: Any = through_server(settings, "/story", {"message": message}) or story(settings, message).as_json()
        if context.obj["json"]:
            typer.echo(json.dumps(told, ensure_ascii=False))
            return
        print_story(told)

    @group.command("replay")
    def replay(
        context: typer.Context,
        messages: Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE_ID]...")] = None,
        channel: Annotated[str, typer.Option("--channel", help="通道")] = "",
        state: Annotated[str, typer.Option("--state", help="只重放这种状态")] = "",
        kind: Annotated[str, typer.Option("--type", help="消息类型")] = "",
        patient: Annotated[str, typer.Option("--patient", help="患者本地号")] = "",
        reason: Annotated[str, typer.Option("--reason", help="签名")] = "",
    ) -> None:
        """按号、通道、类型、患者或签名重放；同一条消息重放不会多出行."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        inbox = Inbox(settings.home, settings.clock)
        try:
            if messages:
                ids = [number_of(m) for m in messages]
            else:
                wanted = Search(channel, "", order_key(patient), kind, state, reason, limit=100_000)
                if not wanted.conditions()[0]:
                    raise InputError("messages.which", "要说明重放哪些消息", hint="给消息号，或 --channel、--state、--type、--patient、--reason")
                ids = [k.id for k in inbox.search(wanted)]
            count = inbox.replay(ids)
        finally:
            inbox.close()
        told = through_server(settings, "/take", {"ids": ids})
        if told is None:
            with letters.placing(settings) as taker:
                receipts = [r.as_json() for r in taker.drain()]
        else:
            receipts = told["receipts"]
        placed = sum(r["state"] == "placed" for r in receipts)
        answer = {"replayed": count, "placed": placed, "failed": [r for r in receipts if r["state"] == "failed"]}
        typer.echo(json.dumps(answer, ensure_ascii=False) if context.obj["json"] else f"重放 {count:,} 条，入模 {placed:,} 条")

    @group.command("park")
    def park(context: typer.Context, messages: Annotated[list[str], typer.Argument(metavar="MESSAGE_ID...")], reason: Annotated[str, typer.Option("--reason", help="为什么搁置")] = "人工搁置") -> None:
        """搁置消息，让同一患者后面的消息先走."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        inbox = Inbox(settings.home, settings.clock)
        try:
            inbox.mark([number_of(m) for m in messages], State.PARKED, reason)
        finally:
            inbox.close()
        typer.echo(json.dumps({"parked": len(messages)}) if context.obj["json"] else f"已搁置 {len(messages)} 条")


def _line(kept: Kept) -> dict[str, object]:
    return {
        "message_id": kept.message_id, "channel": kept.source, "control_id": kept.control_id, "type": kept.kind, "state": kept.state.value,
        "reason": kept.reason, "received_at": kept.received_at.isoformat(), "conflict": kept.conflict,
    }  # fmt: skip


def number_of(message: str) -> int:
    """M12 → 12."""
    text = message.upper().removeprefix("M")
    if not text.isdigit():
        raise InputError("message.id", f"消息号应写成 M12：{message}", hint="yishu messages list 列出消息号")
    return int(text)


def print_story(told: dict[str, Any]) -> None:
    """The story as lines."""
    typer.echo(f"{told['message_id']}  {told['channel']}  {told['type']}  {told['control_id']}  {told['received_at'][:19]}  {STATES.get(told['state'], '完成')}  {told['reason']}")
    for segment in told["segments"]:
        typer.echo(f"  {segment['name']}  {segment['label']}")
        for f in segment["fields"]:
            typer.echo(f"    {f['path']:8} {f['label']}：{f['value']}")
    for row in told["staged"]:
        typer.echo(f"  暂存 {row['table']}：" + "，".join(f"{k}={v}" for k, v in row["values"].items() if v))
    for row in told["rows"]:
        typer.echo(f"  行 {row['table']} {row['key']}{'' if row['current'] else '（已有更新的版本）'}")
    if told["metrics"]:
        typer.echo("  可能变动的指标：" + "、".join(m["label"] for m in told["metrics"]))
