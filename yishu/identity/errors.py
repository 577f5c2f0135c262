"""Errors 错误 of identity.

NotPermitted
├── FourEyes    identity.four_eyes   the second look must be another person's
└── NoReason    identity.reason   an identifier is opened, a person merged or split, with a reason only
"""

from __future__ import annotations

from yishu.kernel.errors import NotPermitted


class NoReason(NotPermitted):
    """No reason given 未说明理由."""

    def __init__(self, message: str = "查看身份信息要写明理由", hint: str = "例如：电话随访、核对医保身份") -> None:
        super().__init__("identity.reason", message, hint=hint)


class FourEyes(NotPermitted):
    """The same person twice 双人复核须两人."""

    def __init__(self) -> None:
        super().__init__("identity.four_eyes", "双人复核要由另一个人确认", hint="请另一位有权限的同事处理这一条")
