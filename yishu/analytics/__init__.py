"""Analytics 自助分析: cockpit, department board, traces, exports."""

from yishu.analytics.cockpit import cockpit
from yishu.analytics.department import department
from yishu.analytics.desk import Desk
from yishu.analytics.export import answer_workbook, defects_workbook, rows_workbook
from yishu.analytics.source import defects, source_lines, unmapped
from yishu.analytics.trace import source_record, trace

__all__ = [
    "Desk",
    "answer_workbook",
    "cockpit",
    "defects",
    "defects_workbook",
    "department",
    "rows_workbook",
    "source_lines",
    "source_record",
    "trace",
    "unmapped",
]
