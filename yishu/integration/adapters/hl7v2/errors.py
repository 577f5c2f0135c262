"""Errors of HL7 v2 reading.

HL7Error (InputError)
├── UndecodableMessage   the bytes are in no character set the source may use
└── MalformedMessage     no MSH, or encoding characters that cannot be used
"""

from yishu.kernel.errors import InputError


class HL7Error(InputError):
    """An HL7 v2 message that cannot be read 消息无法读取."""


class UndecodableMessage(HL7Error):
    """Bytes in no permitted character set 无法解码."""


class MalformedMessage(HL7Error):
    """A message whose head cannot be understood 消息头有误."""
