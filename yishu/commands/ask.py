"""Ask 问数命令: `yishu ask`: one question answered with data, a batch understood, or what has been learnt."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yishu.ask import Asker, Understanding, Vocabulary
from yishu.kernel import Settings
from yishu.kernel.errors import InputError
from yishu.security import viewer as account
from yishu.web import open_house
from yishu.web.client import through_server
from yishu.web.talk import asking_of, learnt, talk_room


def understanding(catalog: Path, now: str | None) -> Understanding:
    """The understanding of a catalogue file on a day (the catalogue's own where none is given)."""
    try:
        raw = json.loads(catalog.read_text(encoding="utf-8"))
    except OSError:
        raise InputError("ask.catalog", f"读不到目录文件：{catalog}", hint="用 --catalog 指定", where="--catalog") from None
    except ValueError as fault:
        raise InputError("ask.catalog", f"目录文件不是 JSON：{fault}", hint="形式见文档", where=str(catalog)) from None
    stated = now or raw.get("now")
    day = _moment(stated).date() if stated else date.today()
    return Understanding(Vocabulary.of_catalog(raw), day)


def predict(house: Understanding, item: dict[str, Any]) -> dict[str, object]:
    """One item of a question file answered."""
    user = item.get("user") or {}
    asker = Asker(str(user.get("role", "")), str(user.get("department") or ""))
    reply = house.ask(str(item.get("question", "")), [str(t) for t in item.get("turns", ())], asker)
    return {"id": item.get("id"), **reply.as_json()}


def register(app: typer.Typer) -> None:
    """Wire the command."""

    @app.command("ask")
    def ask(
        context: typer.Context,
        question: Annotated[str | None, typer.Argument(help="一个问题")] = None,
        viewer: Annotated[str | None, typer.Option("--viewer", help="以谁的身份看（people.yaml 里的账户）")] = None,
        turn: Annotated[list[str] | None, typer.Option("--turn", help="之前问过的，可重复，先问的在前")] = None,
        batch: Annotated[Path | None, typer.Option("--batch", help="问题文件，一行一个 JSON")] = None,
        catalog: Annotated[Path | None, typer.Option("--catalog", help="指标目录；只理解，不取数")] = None,
        now: Annotated[str | None, typer.Option("--now", help="今天是哪一天")] = None,
        unanswered: Annotated[bool, typer.Option("--unanswered", help="列出近期没答上的问题")] = False,
        proposals: Annotated[bool, typer.Option("--proposals", help="列出待确认的同义词")] = False,
        pairs: Annotated[bool, typer.Option("--pairs", help="列出更正过的问句，可作测试集")] = False,
        days: Annotated[int, typer.Option("--days", help="近多少天", min=1, max=3650)] = 7,
    ) -> None:
        """用一句话问数：理解成指标查询，以查看者的身份取数回答。"""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        listed = "unanswered" if unanswered else "proposals" if proposals else "pairs" if pairs else ""
        if listed:
            _list(settings, listed, days)
        elif catalog is not None:
            _understood(understanding(catalog, now), batch, question)
        elif batch is not None:
            raise InputError("ask.catalog", "没有指标目录", hint="用 --catalog 指定", where="--catalog")
        elif question is None:
            raise InputError("ask.nothing", "没有问题", hint="写一个问题，或用 --batch FILE")
        elif viewer is None:
            raise InputError("viewer.missing", "要说明以谁的身份看", hint="加 --viewer 账户名，或用 --catalog 只看理解", where="--viewer")
        else:
            body = {"question": question, "turns": turn or []}
            _print(_answered(settings, viewer, body, now), context.obj["json"])


def _understood(house: Understanding, batch: Path | None, question: str | None) -> None:
    if batch is not None:
        for line in batch.read_text(encoding="utf-8").splitlines():
            if line.strip():
                sys.stdout.write(json.dumps(predict(house, json.loads(line)), ensure_ascii=False) + "\n")
    elif question is not None:
        sys.stdout.write(json.dumps(house.ask(question).as_json(), ensure_ascii=False) + "\n")
    else:
        raise InputError("ask.nothing", "没有问题", hint="写一个问题，或用 --batch FILE")


def _answered(settings: Settings, name: str, body: dict[str, Any], now: str | None) -> dict[str, Any]:
    """Through the running server of this home; without one, or on another day than its own, on the warehouse itself."""
    person = account(settings.hospital, name)
    if now is None:
        answered = through_server(settings, "/ask", {"viewer": name, **body})
        if answered is not None:
            return answered
    else:
        moment = _moment(now)
        settings = replace(settings, clock=lambda: moment)
    house = open_house(settings)
    try:
        return talk_room(house).ask(person, asking_of(body))
    finally:
        house.close()


def _list(settings: Settings, listed: str, days: int) -> None:
    told: dict[str, Any] | None = through_server(settings, "/asked", {"list": listed, "days": days})
    if told is None:
        house = open_house(settings)
        try:
            told = dict(learnt(house, listed, days))
        finally:
            house.close()
    for line in told[listed]:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _moment(stated: str) -> datetime:
    try:
        given = datetime.fromisoformat(stated).replace(tzinfo=None)
    except ValueError:
        raise InputError("ask.now", f"--now 不是日期：{stated}", hint="写成 2025-07-15", where="--now") from None
    return given if len(stated) > 10 else given.replace(hour=23, minute=59)


def _print(said: dict[str, Any], as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    typer.echo(said["sentence"])
    for note in said["notes"]:
        typer.echo(f"（{note}）")
    if said["hint"]:
        typer.echo(said["hint"])
    for place, option in enumerate(said["options"], 1):
        typer.echo(f"  {place}. {option['label']}")
