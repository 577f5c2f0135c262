"""An XML or JSON document of a door is kept and acknowledged; no map takes it, and it says so instead of failing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from yishu.flow.take import KEPT_NO_MAP, Taker
from yishu.integration.http_door import document_letter
from yishu.integration.inbox import Inbox, State


@dataclass
class _Spec:
    name: str
    format: str
    tries: int = 1


@pytest.mark.parametrize(("form", "body"), [("xml", b"<a><b>1</b></a>"), ("json", b'{"a": 1}')])
def test_a_document_is_kept_and_ignored_with_the_reason(tmp_path: Path, form: str, body: bytes) -> None:
    inbox = Inbox(tmp_path, lambda: datetime(2026, 1, 1))
    try:
        spec: Any = _Spec("door", form)
        letter, refused = document_letter(spec, body)
        assert refused == ""
        ident = inbox.put(letter).result().id
        taker: Any = object.__new__(Taker)   # only the way through `apply` is looked at: no warehouse stands behind it
        taker.channels, taker.inbox, taker._marked = {"door": spec}, inbox, set()
        taker._count, taker._pulse, taker._identify = lambda receipts, work: None, lambda: None, lambda work, receipts: None
        (receipt,) = taker.run()
        assert (receipt.state, receipt.reason, receipt.message_id) == ("ignored", KEPT_NO_MAP, f"M{ident}")
        kept = inbox.get(ident)
        assert kept is not None and (kept.state, kept.reason, kept.body) == (State.DONE, KEPT_NO_MAP, body)
        assert inbox.stuck() == [] and taker.run() == []
    finally:
        inbox.close()
