"""`yishu person find|show|merge|unmerge|split` 主索引: who is whom; identifiers masked, every change with viewer and reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from yishu import identity
from yishu.identity.person import as_json
from yishu.kernel import InputError, Settings
from yishu.kernel.errors import NotPermitted
from yishu.kernel.store import open_store
from yishu.security import rights, viewer
from yishu.security.audit import Entry, note

Name = Annotated[str, typer.Option("--viewer", help="以谁的身份（people.yaml 里的账户）")]
Reason = Annotated[str, typer.Option("--reason", help="理由，写入审计")]
FIELDS = ("name", "id_card", "phone", "card_no")


def register(app: typer.Typer) -> None:
    """Add `yishu person …`."""
    group = typer.Typer(help="患者主索引", no_args_is_help=True)
    app.add_typer(group, name="person")

    @group.command("find")
    def find(context: typer.Context, value: Annotated[str, typer.Argument(help="完整的姓名、证件号、电话或卡号")], name: Name) -> None:
        """按完整的姓名、证件号、电话或卡号查主索引号."""
        settings, engine = _opened(context, name, "person find", "")
        from yishu.identity.ledger import person_of

        patients = sorted({p for field in FIELDS for p in identity.find(engine, settings.home, field, value)})
        with engine.connect() as connection:
            persons = sorted(set(person_of(connection, patients).values()))
        _tell(context, {"persons": persons}, f"找到 {len(persons)} 人：{'、'.join(map(str, persons))}" if persons else "没有找到")

    @group.command("show")
    def show(context: typer.Context, person: int, name: Name) -> None:
        """一个人的患者记录、黄金记录与事件（标识已遮盖）."""
        settings, engine = _opened(context, name, "person show", str(person))
        card = identity.show(engine, settings.home, person)
        lines = [f"主索引号 {card.person}"]
        lines += [f"  {g.field:<8} {g.shown}（{g.why}，来自 {g.source} 的患者 {g.patient}）" for g in card.golden]
        lines += [f"  患者 {p.patient}  {p.source}  {' '.join(p.shown.values())}" for p in card.patients]
        lines += [f"  事件 {e.seq}  {e.recorded_at:%Y-%m-%d %H:%M}  {e.kind}  {e.actor}  {e.reason}" for e in card.events]
        _tell(context, as_json(card), "\n".join(lines))

    @group.command("merge")
    def merge(context: typer.Context, into: int, gone: int, name: Name, reason: Reason) -> None:
        """把 GONE 并入 INTO."""
        settings, engine = _opened(context, name, "person merge", f"{into} {gone}")
        seq = identity.merge(engine, into, gone, by=name, reason=reason, at=settings.clock().replace(microsecond=0))
        _tell(context, {"event": seq}, f"{gone} 已并入 {into}（事件 {seq}，可撤销）；下次装载或在开的服务会让指标随之归并")

    @group.command("unmerge")
    def unmerge(context: typer.Context, into: int, gone: int, name: Name, reason: Reason) -> None:
        """撤销 GONE 并入 INTO 的那次合并."""
        settings, engine = _opened(context, name, "person unmerge", f"{into} {gone}")
        seq = identity.unmerge(engine, into, gone, by=name, reason=reason, at=settings.clock().replace(microsecond=0))
        _tell(context, {"event": seq}, f"已恢复 {gone}（事件 {seq}）")

    @group.command("split")
    def split(context: typer.Context, person: int, patients: Annotated[list[int], typer.Argument(help="要分出去的患者号")], name: Name, reason: Reason) -> None:
        """把几条患者记录从一个人里分出去."""
        settings, engine = _opened(context, name, "person split", f"{person}")
        seq = identity.split(engine, person, patients, by=name, reason=reason, at=settings.clock().replace(microsecond=0))
        _tell(context, {"event": seq}, f"已拆分（事件 {seq}，可撤销）")


def _opened(context: typer.Context, name: str, action: str, what: str) -> tuple[Settings, Engine]:
    """The store, for a viewer who may; the look is in the audit trail before anything is shown."""
    settings = Settings.of(context.obj["hospital"], context.obj["home"])
    looker = viewer(settings.hospital, name)
    if "links" not in rights(looker):
        raise NotPermitted("right.missing", "您的角色不能使用患者主索引", hint="由信息科或质控科处理")
    if not (settings.home / "platform.db").exists():
        raise InputError("identity.no_store", "还没有装载过数据", hint="先运行 yishu load 或 yishu demo", where=str(settings.home))
    engine = open_store(settings.home)
    note(engine, Entry(settings.clock(), name, action, what))
    return settings, engine


def _tell(context: typer.Context, value: Mapping[str, Any], said: str) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False) if context.obj["json"] else said)
