"""`yishu account` 账号: passwords are set here; no account has one by default."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Annotated

import typer

from yishu.kernel import Settings
from yishu.kernel.store import open_store
from yishu.security import people, viewer
from yishu.security.login import Accounts
from yishu.security.session import Sessions


def register(app: typer.Typer) -> None:
    """Add `yishu account …`."""
    group = typer.Typer(help="账号口令：list 列出，password 设置，logout 全部退出", no_args_is_help=True)
    app.add_typer(group, name="account")

    @group.command("list")
    def listing(context: typer.Context) -> None:
        """列出账号与是否设过口令."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        known = Accounts(open_store(settings.home), settings.clock).names()
        found = [{"name": p.name, "display": p.display, "role": p.role, "password": p.name in known} for p in people(settings.hospital)]
        if context.obj["json"]:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            for each in found:
                typer.echo(f"{each['name']}\t{each['display']}\t{each['role']}\t{'已设口令' if each['password'] else '未设口令'}")

    @group.command("password")
    def password(
        context: typer.Context,
        name: Annotated[str, typer.Argument(help="账号名")],
        generate: Annotated[bool, typer.Option("--generate", help="随机生成并印出")] = False,
    ) -> None:
        """设置口令：从键盘或标准输入读一行，或随机生成."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        person = viewer(settings.hospital, name)
        if generate:
            chosen = secrets.token_urlsafe(12)
        elif sys.stdin.isatty():
            chosen = typer.prompt("新口令", hide_input=True, confirmation_prompt="再输一次")
        else:
            chosen = sys.stdin.readline().rstrip("\n")
        store = open_store(settings.home)
        Accounts(store, settings.clock).set_password(person.name, chosen)
        Sessions(store, settings.clock).end_all(person.name)
        if context.obj["json"]:
            typer.echo(json.dumps({"name": name, "password": chosen if generate else None}, ensure_ascii=False))
        else:
            typer.echo(f"{name} 的口令已设置" + (f"：{chosen}" if generate else "") + "，原有登录已全部退出")

    @group.command("logout")
    def logout(context: typer.Context, name: Annotated[str, typer.Argument(help="账号名")]) -> None:
        """让一个账号在所有地方退出."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        ended = Sessions(open_store(settings.home), settings.clock).end_all(viewer(settings.hospital, name).name)
        typer.echo(json.dumps({"ended": ended}) if context.obj["json"] else f"{name}：结束 {ended} 个登录")
