"""`yishu demo` 模拟医院: the command, and the thread that lets the hospital live on while it is served."""

from yishu.commands.demo.command import register

__all__ = ["register"]
