"""`yishu link` 人员匹配: any table, any field map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from yishu.identity.link import FieldMap, link, read_table, write_pairs


def register(app: typer.Typer) -> None:
    """Add `yishu link`."""

    @app.command("link")
    def command(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help="人员表 CSV")],
        other: Annotated[Path | None, typer.Argument(help="第二张表；给出则在两表之间匹配")] = None,
        fields: Annotated[Path, typer.Option("--fields", help="字段映射 MAP.yaml")] = Path("MAP.yaml"),
        out: Annotated[Path, typer.Option("--out", help="结果 PAIRS.csv")] = Path("PAIRS.csv"),
    ) -> None:
        """匹配任意人员表：一张表内查重，或两张表之间配对."""
        mapped = FieldMap.read(fields)
        one = read_table(file, mapped)
        two = read_table(other, mapped) if other else None
        judged = link(mapped, one, two)
        with out.open("w", encoding="utf-8", newline="") as stream:
            write_pairs(stream, judged)
        same = sum(each.decision == "same" for each in judged)
        receipt = {"records": len(one.ids) + (len(two.ids) if two else 0), "same": same, "review": len(judged) - same, "out": str(out)}
        if context.obj["json"]:
            typer.echo(json.dumps(receipt, ensure_ascii=False))
        else:
            typer.echo(f"{receipt['records']} 条记录：判为同一人 {same} 对，待复核 {receipt['review']} 对，写入 {out}")
