"""`yishu init DIR` 新建: a hospital folder with a commented example of everything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from yishu.kernel import InputError

EXAMPLE = Path(__file__).parent / "example"


def register(app: typer.Typer) -> None:
    """Add `yishu init`."""

    @app.command("init")
    def command(context: typer.Context, folder: Annotated[Path, typer.Argument(metavar="DIR", help="新文件夹")]) -> None:
        """新建一家医院的文件夹：每样东西都有一个写了注释的例子."""
        if folder.exists() and any(folder.iterdir()):
            raise InputError("init.not_empty", f"文件夹不是空的：{folder.name}", hint="换一个新文件夹", where=str(folder))
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
        made = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        if context.obj["json"]:
            typer.echo(json.dumps({"folder": str(folder), "files": made}, ensure_ascii=False))
            return
        for name in made:
            typer.echo(f"  {name}")
        typer.echo(f"已建好。改完后：yishu --hospital {folder} check，再 yishu --hospital {folder} load")
