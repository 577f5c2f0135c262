"""Command line 命令: wires the command files of `yishu/commands` and prints errors as design §5.3 says."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from yishu import __version__, commands
from yishu.kernel.errors import Defect, InputError, YishuError

app = typer.Typer(
    help="Yishu 医枢：医院自己的数据平台", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"yishu {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    hospital: Annotated[str | None, typer.Option("--hospital", help="医院文件夹")] = None,
    home: Annotated[str | None, typer.Option("--home", help="运行状态所在文件夹")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="标准输出只印一个 JSON 值")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="版本")] = False,
) -> None:
    """Options before every command 通用选项."""
    context.obj = {"hospital": hospital, "home": home, "json": as_json}


def build(asked: str | None = None) -> typer.Typer:
    """The application with every command that is built 已有的命令; with the asked one alone where a file bears its name."""
    names = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    # importing makes much and throws away nothing: collecting meanwhile is a tenth of a start, and walking the code again later is for nothing
    gc.disable()
    try:
        for name in [asked] if asked in names else names:
            importlib.import_module(f"yishu.commands.{name}").register(app)
    finally:
        gc.freeze()
        gc.enable()
    return app


def _asked(words: list[str]) -> str | None:
    """The command among the words: the first that is no option and no value of one."""
    rest = iter(words)
    for word in rest:
        if word in ("--home", "--hospital"):
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None


def _wants_json(words: list[str]) -> bool:
    return "--json" in words


def _report(error: YishuError, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps(error.as_json(), ensure_ascii=False) + "\n")
    else:
        lines = [f"错误：{error.message}  [{error.code}]"]
        if error.where:
            lines.append(f"  位置：{error.where}")
        if error.hint:
            lines.append(f"  办法：{error.hint}")
        sys.stderr.write("\n".join(lines) + "\n")
    return error.exit_status


def main(words: list[str] | None = None) -> None:
    """Entry point 入口: exit 0 done, 2 bad input, 3 not permitted, 4 data or source failed, 1 a defect of ours."""
    words = sys.argv[1:] if words is None else words
    words = _global_first(words) or ["--help"]
    as_json = _wants_json(words)
    try:
        status = build(_asked(words))(args=words, standalone_mode=False, prog_name="yishu")
    except YishuError as error:
        status = _report(error, as_json)
    except TyperException as error:
        status = _report(InputError("command.bad", error.format_message(), hint="yishu --help 列出命令与选项"), as_json)
    except (Abort, KeyboardInterrupt):
        sys.stderr.write("已取消\n")
        status = 130
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:
        if os.environ.get("YISHU_DEBUG"):
            raise
        # the text of a foreign error may carry patient data: only its kind is shown
        status = _report(Defect("defect", f"程序缺陷：{type(error).__name__}", hint="设 YISHU_DEBUG=1 可看堆栈"), as_json)
    sys.exit(status if isinstance(status, int) else 0)


def _global_first(words: list[str]) -> list[str]:
    """`--json`, `--home` and `--hospital` may also stand after the command: people type them there."""
    front: list[str] = []
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest.extend([word, *queue])
            break
        if word == "--json" or word.startswith(("--home=", "--hospital=")):
            front.append(word)
        elif word in ("--home", "--hospital") and queue:
            front.extend([word, queue.pop(0)])
        else:
            rest.append(word)
    return front + rest


if __name__ == "__main__":
    main()
