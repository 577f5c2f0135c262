"""Receipt 回执: what came in and where every row went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yishu import hospital

COUNTS = ("rows_in", "placed", "merged", "flagged", "quarantined", "ignored")


@dataclass(frozen=True, slots=True)
class SourceReceipt:
    """Receipt 回执 of one source."""

    source: str
    state: str
    tables: tuple[hospital.TableReceipt, ...]
    notes: tuple[str, ...] = ()
    error: dict[str, str] | None = None
    seconds: float = 0.0

    def total(self, count: str) -> int:
        """One count over its tables."""
        return sum(int(getattr(table, count)) for table in self.tables)

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        totals = {count: self.total(count) for count in COUNTS}
        rules: dict[str, int] = {}
        for table in self.tables:
            for rule, number in table.ignored_rules.items():
                rules[rule] = rules.get(rule, 0) + number
        return {
            "source": self.source,
            "state": self.state,
            **totals,
            "ignored_rules": rules,
            "tables": [table.as_json() for table in self.tables],
            "notes": list(self.notes),
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class LoadReceipt:
    """Receipt 回执 of a load: what came in and where it went."""

    load_id: str
    moment: datetime
    sources: tuple[SourceReceipt, ...]
    data_through: datetime | None
    seconds: float

    @property
    def failed(self) -> tuple[SourceReceipt, ...]:
        """The sources that could not be loaded."""
        return tuple(source for source in self.sources if source.state == "failed")

    def as_json(self) -> dict[str, object]:
        """As `yishu load --json` prints it."""
        return {
            "load_id": self.load_id,
            "moment": self.moment.isoformat(),
            "data_through": self.data_through.isoformat() if self.data_through else None,
            **{count: sum(source.total(count) for source in self.sources) for count in COUNTS},
            "sources": [source.as_json() for source in self.sources],
            "seconds": round(self.seconds, 3),
        }
