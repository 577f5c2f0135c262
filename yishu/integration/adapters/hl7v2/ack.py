"""Acknowledgements 应答 (HL7 v2.5.1 §2.9.2 original mode, §2.9.3 enhanced mode)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from yishu.integration.adapters.hl7v2.lexer import Message, Separators, escape


class Outcome(Enum):
    """What became of the message: accepted, our failure, refused."""

    ACCEPTED = "A"
    ERROR = "E"
    REJECTED = "R"


def acknowledge(message: Message | None, outcome: Outcome, moment: datetime, number: str, text: str = "") -> str | None:
    """The ACK message, or None where the sender asked for none (MSH-15).

    Original mode answers AA, AE, AR; where MSH-15 or MSH-16 is valued the answer is CA, CE, CR (commit acknowledgement).
    `message` is None for input without a usable head.
    """
    signs = message.separators if message else Separators()
    head = message.head if message else None
    enhanced = bool(head and (head.raw(15) or head.raw(16)))
    if enhanced and head is not None and not _wanted(head.raw(15), outcome):
        return None
    code = ("C" if enhanced else "A") + outcome.value
    control = head.raw(10) if head else ""
    version = (head.raw(12) if head else "") or "2.5.1"
    charset = head.raw(18) if head else ""
    trigger = head[9].value(1, 2) if head else ""
    kind = signs.component.join(["ACK", trigger]) if trigger else "ACK"
    f = signs.field
    encoding = "".join((signs.component, signs.repetition, signs.escape, signs.subcomponent))
    sender = (head.raw(5), head.raw(6), head.raw(3), head.raw(4)) if head else ("", "", "", "")
    msh = f.join(
        ["MSH", encoding, *sender, moment.strftime("%Y%m%d%H%M%S"), "", kind, number, (head.raw(11) if head else "") or "P", version]
    )
    if charset:
        msh += f * 6 + charset
    msa = f.join(["MSA", code, control, escape(text, signs)]).rstrip(f)
    return msh + "\r" + msa + "\r"


def _wanted(condition: str, outcome: Outcome) -> bool:
    """MSH-15 (table 0155): AL always, NE never, ER error and reject only, SU success only."""
    return {
        "NE": False,
        "ER": outcome is not Outcome.ACCEPTED,
        "SU": outcome is Outcome.ACCEPTED,
    }.get(condition, True)
