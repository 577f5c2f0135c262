"""Command line 命令: each command parses its words, calls one function, prints one answer."""

from __future__ import annotations

import typer

app = typer.Typer(help="Yishu 医枢：医院自己的数据平台", no_args_is_help=True)


def main() -> None:
    """Entry point 入口."""
    app()
