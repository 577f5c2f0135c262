"""`yishu demo` 模拟医院: make it, load it, open it; the terminal says all the time what is being done."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from yishu import flow
from yishu.commands.demo.alive import LIVED, Alive, lived
from yishu.kernel import Clock, InputError, Settings
from yishu.web.gateway import Doors
from yishu.web.serve import Listen, serve

MADE = "demo.json"
SCALE = 0.3    # default size: what two cores make, load and open within 90 seconds


@dataclass(frozen=True, slots=True)
class Wanted:
    """What demo is asked for 所要的模拟医院."""

    seed: int
    until: str
    days: int
    scale: float
    defects: str


def register(app: typer.Typer) -> None:
    """Add `yishu demo`."""

    @app.command("demo")
    def command(
        context: typer.Context,
        seed: Annotated[int, typer.Option("--seed", help="随机种子；同一种子得到同一家医院")] = 1,
        until: Annotated[str | None, typer.Option("--until", help="数据截至，如 2026-06-30 或 2026-06-30T10:00；缺省为现在")] = None,
        days: Annotated[int | None, typer.Option("--days", help="多少天的数据；缺省自去年 1 月 1 日起", min=3, max=4000)] = None,
        scale: Annotated[float, typer.Option("--scale", help="规模倍数；1 = 500 张床", min=0.02, max=10)] = SCALE,
        defects: Annotated[str, typer.Option("--defects", help="full、none 或缺陷族名，逗号分隔")] = "full",
        port: Annotated[int, typer.Option("--port", help="端口", min=1, max=65535)] = 8000,
        no_serve: Annotated[bool, typer.Option("--no-serve", help="只生成和装载，不开门")] = False,
        fresh: Annotated[bool, typer.Option("--fresh", help="丢弃已有的模拟医院，重新生成")] = False,
    ) -> None:
        """生成模拟医院、装载、打开驾驶舱."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        said = _said(settings, fresh)
        last = _moment(until, settings.clock)
        asked = Wanted(seed, last.isoformat(), days or (last.date() - date(last.year - 1, 1, 1)).days + 1, scale, defects)
        if said is None or (until is not None and replace(asked, until=said.until) != said) or (until and said.until != asked.until):
            said = asked
            began = time.perf_counter()
            _make(settings, said)
            _say(f"完成，共 {time.perf_counter() - began:.0f} 秒")
        else:
            _say("沿用已生成的模拟医院（--fresh 重新生成）")
        if context.obj["json"]:
            typer.echo(json.dumps({"home": str(settings.home), "seed": said.seed, "until": said.until, "days": said.days}, ensure_ascii=False))
        if not no_serve:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
            here = replace(settings, clock=_clock(settings, said))
            with Alive(here, said.seed, said.scale):
                serve(here, Listen(port=port), demo=True, say=_say, doors=Doors(mllp=0))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _moment(until: str | None, clock: Clock) -> datetime:
    if until is None:
        return clock().replace(second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(until).replace(tzinfo=None)
    except ValueError:
        raise InputError("demo.until", f"--until 不是时间：{until}", hint="写成 2026-06-30 或 2026-06-30T10:00") from None
    return moment if "T" in until or " " in until else moment + timedelta(hours=23, minutes=59)


def _said(settings: Settings, fresh: bool) -> Wanted | None:
    """The demo that lies in the home already; a home with something else in it is left alone."""
    path = settings.home / MADE
    if path.is_file():
        if fresh:
            _clear(settings.home)
            return None
        return Wanted(**json.loads(path.read_text(encoding="utf-8")))
    if (settings.home / "platform.db").exists():
        raise InputError(
            "demo.home_taken", "这个文件夹里已有一家医院的数据，模拟医院不会覆盖它", hint="用 --home 另指一个文件夹", where=str(settings.home)
        )
    return None


def _clear(home: Path) -> None:
    for name in ("sources", "truth", "raw", "staging", "tmp"):
        shutil.rmtree(home / name, ignore_errors=True)
    for pattern in ("warehouse.duckdb*", "platform.db*", "inbox.db*", MADE, LIVED, "demo-accounts.json"):
        for path in home.glob(pattern):
            path.unlink()


def _make(settings: Settings, said: Wanted) -> None:
    # here: the next start opens what is made already and needs none of the simulator
    from yishu.demo.make import make
    from yishu.demo.servers import send, wanted

    _clear(settings.home)
    until = datetime.fromisoformat(said.until)
    _say(f"生成模拟医院：{said.days} 天，截至 {until:%Y-%m-%d %H:%M}，种子 {said.seed}")
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    receipt = make(
        settings.home, seed=said.seed, until=until, days=said.days, scale=said.scale, defects=said.defects,
        progress=lambda what, share: _say(f"  {share:4.0%} {what}"),
    )  # fmt: skip
    for store, address in wanted(settings.environment).items():
        sent = send(settings.home, store, address)
        _say(f"  {store} 另写入数据库服务器：{sum(rows for rows, _ in sent.values()):,} 行，校验和相同")
    _say(f"源系统 {receipt.total:,} 行；开始装载")
    loaded = flow.load(replace(settings, clock=lambda: until), progress=lambda what: _say(f"  {what}"))
    for source in loaded.failed:
        _say(f"  未装入 {source.source}：{source.error['message'] if source.error else ''}")
    (settings.home / MADE).write_text(json.dumps({k: getattr(said, k) for k in said.__slots__}), encoding="utf-8")


def _clock(settings: Settings, said: Wanted) -> Clock:
    """The demo's clock 模拟时钟 goes on from the moment its data end, so that 此刻 is never an empty day."""
    if settings.environment.get("YISHU_NOW"):
        return settings.clock
    until, began = max(datetime.fromisoformat(said.until), lived(settings.home)), time.monotonic()
    return lambda: until + timedelta(seconds=time.monotonic() - began)
