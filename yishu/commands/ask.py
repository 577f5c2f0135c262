"""Ask 问数命令: `yishu ask`, the understanding of one question or of a batch."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yishu.ask import Asker, Understanding, Vocabulary
from yishu.kernel.errors import InputError


def understanding(catalog: Path, now: str | None) -> Understanding:
    """The understanding of a catalogue file on a day (the catalogue's own where none is given)."""
    try:
        raw = json.loads(catalog.read_text(encoding="utf-8"))
    except OSError:
        raise InputError("ask.catalog", f"读不到目录文件：{catalog}", hint="用 --catalog 指定", where="--catalog") from None
    except ValueError as fault:
        raise InputError("ask.catalog", f"目录文件不是 JSON：{fault}", hint="形式见文档", where=str(catalog)) from None
    stated = now or raw.get("now")
    try:
        day = datetime.fromisoformat(stated).date() if stated else date.today()
    except ValueError:
        raise InputError("ask.now", f"--now 不是日期：{stated}", hint="写成 2025-07-15", where="--now") from None
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
        question: Annotated[str | None, typer.Argument(help="一个问题")] = None,
        batch: Annotated[Path | None, typer.Option("--batch", help="问题文件，一行一个 JSON")] = None,
        catalog: Annotated[Path | None, typer.Option("--catalog", help="指标目录")] = None,
        now: Annotated[str | None, typer.Option("--now", help="今天是哪一天")] = None,
    ) -> None:
        """用一句话问数：理解成指标查询。"""
        if catalog is None:
            raise InputError("ask.catalog", "没有指标目录", hint="用 --catalog 指定", where="--catalog")
        house = understanding(catalog, now)
        if batch is not None:
            for line in batch.read_text(encoding="utf-8").splitlines():
                if line.strip():
                    sys.stdout.write(json.dumps(predict(house, json.loads(line)), ensure_ascii=False) + "\n")
        elif question is not None:
            sys.stdout.write(json.dumps(house.ask(question).as_json(), ensure_ascii=False) + "\n")
        else:
            raise InputError("ask.nothing", "没有问题", hint="写一个问题，或用 --batch FILE")
