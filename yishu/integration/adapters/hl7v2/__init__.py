"""HL7 v2 adapter 消息读写: a lazy, lossless lexer, character sets, acknowledgements."""

from yishu.integration.adapters.hl7v2.charset import CharsetPolicy, decode
from yishu.integration.adapters.hl7v2.errors import HL7Error, MalformedMessage, UndecodableMessage
from yishu.integration.adapters.hl7v2.lexer import Field, Message, Segment, Separators, split_batch

__all__ = [
    "CharsetPolicy",
    "Field",
    "HL7Error",
    "MalformedMessage",
    "Message",
    "Segment",
    "Separators",
    "UndecodableMessage",
    "decode",
    "split_batch",
]
