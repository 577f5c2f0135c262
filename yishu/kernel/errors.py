"""Errors 错误: what came, what was possible, what to do next.

YishuError
├── InputError      exit 2   bad input (HTTP 400; 404 where `status` says so)
├── NotPermitted    exit 3   not permitted (HTTP 403)
├── SourceError     exit 4   the data or a source failed (HTTP 502)
└── Defect          exit 1   a defect of ours (HTTP 500)
"""

from __future__ import annotations

from typing import ClassVar


class YishuError(Exception):
    """An error 错误 with a stable code for machines and a Chinese message for people.

    `code` is dotted ASCII (`metric.unknown`), `message` says what came and what was possible,
    `hint` what to do next, `where` the place (file:line, field, table), each possibly empty.
    """

    exit_status: ClassVar[int] = 1
    status: int = 500

    def __init__(self, code: str, message: str, *, hint: str = "", where: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where
        if status is not None:
            self.status = status

    def as_json(self) -> dict[str, dict[str, str]]:
        """The error as design §5.3 prints it."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint, "where": self.where}}


class InputError(YishuError):
    """Bad input 输入有误."""

    exit_status = 2
    status = 400


class NotPermitted(YishuError):
    """Not permitted 无权."""

    exit_status = 3
    status = 403


class SourceError(YishuError):
    """The data or a source failed 数据或来源出错."""

    exit_status = 4
    status = 502


class Defect(YishuError):
    """A defect of ours 程序缺陷."""
