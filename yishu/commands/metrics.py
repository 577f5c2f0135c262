"""`yishu metrics` 指标中心: list, show, sql, import, freeze, recompute, check."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from yishu import hospital
from yishu import metrics as centre_of
from yishu.kernel import Settings, SourceError
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.store import open_store
from yishu.metrics.certify import MOST_ROWS, certify
from yishu.metrics.compile.dialect import ENGINES, text_of
from yishu.metrics.graph_plan import GraphQuery, item
from yishu.metrics.metricflow import manifest
from yishu.metrics.outside import outside_query
from yishu.security import system_viewer
from yishu.web.client import through_server


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
        engine: Annotated[str, typer.Option("--engine", help="引擎：" + "、".join(ENGINES))] = "duckdb",
    ) -> None:
        """一个指标编译成的 SQL."""
        written = centre_of.metric_sql(_centre(context), metric, engine)
        typer.echo(json.dumps({"sql": written}, ensure_ascii=False) if context.obj["json"] else written)

    @group.command("import")
    def imported(
        context: typer.Context,
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="MetricFlow 语义清单的文件夹")],
        metric: Annotated[str, typer.Option("--metric", help="写出这些指标的 SQL，逗号分开")] = "",
        by: Annotated[str, typer.Option("--by", help="分组项，如 metric_time__month,listing__country，逗号分开")] = "",
        engine: Annotated[str, typer.Option("--engine", help="引擎：" + "、".join(ENGINES))] = "duckdb",
    ) -> None:
        """读入 MetricFlow 语义清单：事实、键、指标；不支持的写明原因."""
        read = manifest(folder)
        if metric:
            items = tuple(item(name, read.graph) for name in _words(by))
            text, _ = text_of(outside_query(read.centre, GraphQuery(tuple(_words(metric)), items)), engine, pretty=True)
            typer.echo(json.dumps({"sql": text}, ensure_ascii=False) if context.obj["json"] else text)
            return
        told = {
            "facts": [f.name for f in read.graph.facts],
            "metrics": [{"id": m.id, "kind": m.kind.value} for m in read.centre.metrics],
            "refused": [{"id": name, "reason": reason} for name, reason in read.refusals.items()],
        }
        if context.obj["json"]:
            typer.echo(json.dumps(told, ensure_ascii=False))
            return
        typer.echo(f"{len(read.graph.facts)} 个事实，{len(read.centre.metrics)} 个指标，{len(read.refusals)} 个不支持")
        for m in read.centre.metrics:
            typer.echo(f"{m.id}\t{m.kind.value}\t{m.definition}")
        for name, reason in read.refusals.items():
            typer.echo(f"{name}\t不支持：{reason}")

    @group.command("freeze")
    def freeze(
        context: typer.Context,
        metric: Annotated[str, typer.Argument(metavar="ID")],
        period: Annotated[str, typer.Option("--period", help="2025-06、2025-Q2、2025 或 2025-06-03")],
    ) -> None:
        """定格一个期间的数：值、定义、参数与数据时刻一起存下."""
        told = _frozen(context, "/freeze", {"metric": metric, "period": period})
        _say(context, told, f"定格 {told['id']}：{told['metric']} {told['period']} = {told['value']}")

    @group.command("recompute")
    def recompute(context: typer.Context, number: Annotated[int, typer.Argument(metavar="FREEZE_ID")]) -> None:
        """按定格时的定义、参数与所知数据重算，与定格的数逐位比较."""
        told = _frozen(context, "/recompute", {"number": number})
        same = "完全相同" if told["equal"] else "不同"
        changed = "；定义此后改过" if told["definition_changed"] else ""
        _say(context, told, f"定格 {told['freeze']['value']}，重算 {told['value']}：{same}{changed}；按现在的数据与定义 {told['now']}")
        if not told["equal"]:
            raise SourceError("freeze.differs", "重算与定格不同", hint="看 by_department 里哪一行不同", where=str(number))

    @group.command("check")
    def check(
        context: typer.Context,
        engines: Annotated[str, typer.Option("--engines", help="逐个引擎比对：all 或 postgres,clickhouse,spark")] = "",
        rows: Annotated[int, typer.Option("--rows", help="每张表最多取多少行")] = MOST_ROWS,
    ) -> None:
        """检查全部指标定义；给出 --engines 时，在同一批行上逐个引擎计算并比对."""
        centre = _centre(context)
        if not engines:
            told = {"metrics": len(centre.metrics), "faults": []}
            typer.echo(json.dumps(told, ensure_ascii=False) if context.obj["json"] else f"{len(centre.metrics)} 个指标，没有错误")
            return
        asked = [e for e in ENGINES if e != "duckdb"] if engines == "all" else _words(engines)
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        with closing(warehouse_instance(settings.home)) as connection:
            found = certify(centre, connection, asked, settings.clock(), most=rows)
        counts = {e: Counter(c.outcome for c in found if c.engine == e) for e in asked}
        if context.obj["json"]:
            listed = [{"metric": c.metric, "engine": c.engine, "outcome": c.outcome, "reason": c.reason} for c in found]
            typer.echo(json.dumps({"counts": counts, "verdicts": listed}, ensure_ascii=False))
        else:
            for engine, count in counts.items():
                typer.echo(f"{engine}：相同 {count['equal']}，不同 {count['different']}，拒绝 {count['refused']}，出错 {count['fault']}")
            for c in found:
                if c.outcome != "equal":
                    typer.echo(f"{c.engine}\t{c.metric}\t{c.outcome}\t{c.reason}")
        if any(c.outcome in ("different", "fault") for c in found):
            raise typer.Exit(1)


def _words(text: str) -> list[str]:
    return [w.strip() for w in text.split(",") if w.strip()]


def _centre(context: typer.Context) -> centre_of.Centre:
    settings = Settings.of(context.obj["hospital"], context.obj["home"])
    return centre_of.centre(settings.hospital, hospital.model(settings.hospital))


def _frozen(context: typer.Context, path: str, body: dict[str, object]) -> dict[str, Any]:
    """Through the running server of this home; without one, on the warehouse itself."""
    settings = Settings.of(context.obj["hospital"], context.obj["home"])
    answered = through_server(settings, path, body)
    if answered is not None:
        return answered
    connection = warehouse_instance(settings.home)
    try:
        looking = centre_of.Looking(system_viewer("metrics.freeze"), _centre(context), connection, settings.clock)
        store = open_store(settings.home)
        if path == "/freeze":
            return centre_of.freeze(looking, store, str(body["metric"]), str(body["period"])).as_json()
        return centre_of.recompute(looking, store, int(str(body["number"]))).as_json()
    finally:
        connection.close()


def _say(context: typer.Context, told: dict[str, Any], line: str) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False) if context.obj["json"] else line)
