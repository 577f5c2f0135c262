"""`yishu query`, `rows`, `explain`, `reconcile` 查询、明细、为什么、对数: a question in, an answer out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from yishu import hospital, metrics
from yishu.kernel import InputError, Settings
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.store import open_store
from yishu.security import viewer
from yishu.web.client import through_server

File = Annotated[str, typer.Argument(metavar="FILE|-", help="JSON 文件，- 为标准输入")]
Name = Annotated[str, typer.Option("--viewer", help="以谁的身份看（people.yaml 里的账户）")]


def register(app: typer.Typer) -> None:
    """Add `yishu query`, `rows`, `explain` and `reconcile`."""

    @app.command("query")
    def query(
        context: typer.Context,
        file: File,
        name: Name,
        sql: Annotated[bool, typer.Option("--sql", help="只显示将要运行的 SQL")] = False,
    ) -> None:
        """按 MetricQuery 计算，输出 Answer."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        body = _read(file)
        if sql:
            written = _work(settings, "/sql", name, {"query": body})["sql"]
            typer.echo(json.dumps({"sql": written}, ensure_ascii=False) if context.obj["json"] else written)
            return
        _print(_work(settings, "/query", name, {"query": body}), context.obj["json"])

    @app.command("rows")
    def rows(context: typer.Context, file: File, name: Name) -> None:
        """一个单元格背后的明细行."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        _print(_work(settings, "/rows", name, {"request": _read(file)}), context.obj["json"])


    @app.command("why")
    def why(
        context: typer.Context,
        file: File,
        name: Name,
        table: Annotated[str, typer.Argument(metavar="TABLE", help="统一模型表")],
        key: Annotated[str, typer.Argument(metavar="KEY", help="主键")],
    ) -> None:
        """一条记录为什么计入或不计入一个单元格，逐条条件."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        body: dict[str, object] = {"why": _read(file), "table": table, "key": key}
        _tell(_work(settings, "/why", name, body), context.obj["json"], _told_membership)

    @app.command("explain")
    def explain(context: typer.Context, file: File, name: Name) -> None:
        """一个数为什么与去年同期（或上期、对比期）不同：各维度各成员的贡献."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        _tell(_work(settings, "/explain", name, {"explain": _read(file)}), context.obj["json"], _told_why)

    @app.command("reconcile")
    def reconcile(context: typer.Context, file: File, name: Name) -> None:
        """两个数对不上：从甲到乙逐步算出差在哪里."""
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        _tell(_work(settings, "/reconcile", name, {"reconcile": _read(file)}), context.obj["json"], _told_bridge)


def _work(settings: Settings, path: str, name: str, body: dict[str, object]) -> dict[str, Any]:
    """Through the running server of this home; without one, on the warehouse itself under the same lock-down."""
    person = viewer(settings.hospital, name)
    answered = through_server(settings, path, {"viewer": name, **body})
    if answered is not None:
        return answered
    query = metrics.MetricQuery.parse(body["query"]) if "query" in body else None
    request = metrics.RowsRequest.parse(body["request"]) if "request" in body else None
    centre = metrics.centre(settings.hospital, hospital.model(settings.hospital))
    connection = warehouse_instance(settings.home)
    try:
        looking = metrics.Looking(person, centre, connection, settings.clock)
        if "why" in body:
            found = metrics.membership(looking, metrics.RowsRequest.parse(body["why"]), str(body["table"]), str(body["key"]))
            return {"parts": [m.as_json() for m in found]}
        if "explain" in body:
            return metrics.explain(looking, *metrics.parse_request(body["explain"])).as_json()
        if "reconcile" in body:
            return metrics.reconcile(looking, *metrics.parse_sides(body["reconcile"])).as_json()
        if request is not None:
            return metrics.rows(person, request, centre, connection, settings.clock).as_json()
        assert query is not None
        if path == "/sql":
            return {"sql": metrics.sql(person, query, centre, connection, settings.clock)}
        ledger = metrics.StoreLedger(open_store(settings.home))
        return metrics.measure(person, query, centre, connection, settings.clock, ledger=ledger).as_json()
    finally:
        connection.close()


def _read(file: str) -> object:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError:
        raise InputError(
            "query.file", f"读不到文件：{file}", hint="写文件路径，或 - 从标准输入读", where=file
        ) from None
    except UnicodeDecodeError:
        raise InputError("query.file", "文件不是 UTF-8 编码", hint="另存为 UTF-8", where=file) from None
    except json.JSONDecodeError as error:
        raise InputError(
            "query.json",
            f"不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列",
            hint="检查引号与逗号",
            where=f"{file}:{error.lineno}",
        ) from None


def _print(answer: dict[str, Any], as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    typer.echo("\t".join(c["label"] for c in answer["columns"]))
    for row in answer["rows"]:
        typer.echo("\t".join("—" if cell is None else str(cell) for cell in row))


def _tell(answer: dict[str, Any], as_json: bool, lines: Callable[[dict[str, Any]], list[str]]) -> None:
    if as_json or not sys.stdout.isatty():
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    typer.echo("\n".join(lines(answer)))


def _told_why(answer: dict[str, Any]) -> list[str]:
    lines = [f"{answer['label']}：{answer['base']} → {answer['value']}，差 {answer['difference']} {answer['unit']}"]
    lines += [answer["note"]] if answer["note"] else []
    for share in answer["by"]:
        lines.append(f"按{share['label']}：")
        lines += [f"  {p['label']}\t{p['amount']:+.6g}" for p in share["parts"]]
        lines += [f"  其余 {share['rest']['count']} 个\t{share['rest']['amount']:+.6g}"] if share["rest"] else []
    return lines


def _told_bridge(answer: dict[str, Any]) -> list[str]:
    a, b = answer["sides"]
    lines = [f"{a['name']}\t{a['value']}"]
    lines += [f"  {s['say']}\t{s['amount']:+.6g}\t{s['value']:g}" for s in answer["steps"]]
    return [*lines, f"{b['name']}\t{b['value']}（差 {answer['gap']:+g} {answer['unit']}）"]


def _told_membership(answer: dict[str, Any]) -> list[str]:
    lines = []
    for part in answer["parts"]:
        lines.append(f"{part['say']}：{'计入' if part['inside'] else '不计入'}")
        lines += [f"  {'✓' if t['met'] else '✗'} {t['say']}" for t in part["tests"]]
    return lines
