"""Integration 集成平台: sources, raw loads, staged rows; later messages and channels.

`sources` reads what a hospital connects, `extract` keeps a raw copy, `stage` shows its latest rows to mappings,
`checks` finds rows that break a rule, `record` gives one source row back for trace. Knows no hospital table.
"""

from yishu.integration.adapters.scan import Note
from yishu.integration.check import checks
from yishu.integration.errors import Fault, SourceFaults
from yishu.integration.extract import Extraction, Progress, extract
from yishu.integration.macros import define_macros
from yishu.integration.record import SourceRecord, record
from yishu.integration.sources import source_faults, sources
from yishu.integration.spec import Charset, Check, Ignore, Limits, PartOf, Schedule, SourceSpec, TableSpec
from yishu.integration.stage import Load, Staged, StagedTable, loads, stage, unstage
from yishu.integration.store import TableLoad
from yishu.integration.verify import verify

__all__ = [
    "Charset",
    "Check",
    "Extraction",
    "Fault",
    "Ignore",
    "Limits",
    "Load",
    "Note",
    "PartOf",
    "Progress",
    "Schedule",
    "SourceFaults",
    "SourceRecord",
    "SourceSpec",
    "Staged",
    "StagedTable",
    "TableLoad",
    "TableSpec",
    "checks",
    "define_macros",
    "extract",
    "loads",
    "record",
    "source_faults",
    "sources",
    "stage",
    "unstage",
    "verify",
]
