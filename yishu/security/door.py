"""Door 门: the people and policy of a hospital folder as they are now; a right taken away is gone at the next question."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from yishu.kernel.clock import Clock
from yishu.kernel.errors import InputError
from yishu.security.policy_file import epoch, grants, stamp, unknown_words
from yishu.security.viewer import Viewer, people

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class Door:
    """Who may enter 在册人员; reads people.yaml and policy.yaml anew whenever either changes on disk.

    Files that cannot be read let nobody in: the error is raised to every question until they are mended.
    """

    folder: Path
    clock: Clock
    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    epoch: str = ""
    _known: Mapping[str, Viewer] = field(default_factory=dict)
    _stamp: Stamp | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def people(self) -> Mapping[str, Viewer]:
        """Everybody by name, with the moment of looking where a rule of his asks for it."""
        self.refresh()
        return {name: self._seen(viewer) for name, viewer in self._known.items()} if self._timed else self._known

    def unchanged(self, epoch: str) -> bool:
        """Whether the policy is still the one of this epoch."""
        self.refresh()
        return self.epoch == epoch

    def refresh(self) -> None:
        """Look at the files; read them if they are not those read last."""
        now = stamp(self.folder)
        if now == self._stamp:
            return
        with self._lock:
            try:
                faults = unknown_words(grants(self.folder), self.tables) if self.tables else ()
                if faults:
                    raise InputError("policy.bad", "policy.yaml 里有写错的表或列：" + "；".join(faults[:5]), hint="改好之前谁也看不到数据", where="policy.yaml")
                found = {person.name: person for person in people(self.folder)}
            except InputError:
                self._known, self._stamp, self.epoch = {}, None, "closed"
                raise
            self._known, self._stamp, self.epoch = found, now, epoch(self.folder)

    @property
    def _timed(self) -> bool:
        return any(w.treated_days is not None for v in self._known.values() for r in (*v.granted.allow, *v.granted.deny) for w in r.where)

    def _seen(self, viewer: Viewer) -> Viewer:
        return replace(viewer, at=self.clock().replace(minute=0, second=0, microsecond=0))
