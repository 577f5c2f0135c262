"""Flow 数据流: a batch walks through the house; the one place that calls rooms one after another."""

from yishu.flow.check import FolderFault, check
from yishu.flow.follow import follow
from yishu.flow.load import load
from yishu.flow.receipt import LoadReceipt, SourceReceipt
from yishu.flow.take import MessageReceipt, Taker
from yishu.flow.timetable import due, last_loads, next_loads
from yishu.flow.trace import Traced, trace

__all__ = [
    "FolderFault", "LoadReceipt", "MessageReceipt", "SourceReceipt", "Taker", "Traced", "check", "due", "follow", "last_loads", "load", "next_loads", "trace",
]  # fmt: skip
