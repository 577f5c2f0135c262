"""Column 字段列: one field of all records as codes into its distinct normal forms, so that each form is worked on once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as also
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yishu.identity.normalise import Kind, field

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """A field of every record: `codes` into `values`, -1 where absent; `counts` says how often each value occurs among `total`."""

    kind: Kind
    codes: Codes
    values: list[str]
    counts: NDArray[np.float64]
    total: float
    made: dict[str, Any] = also(default_factory=dict, repr=False, compare=False)
    """What was worked out about the distinct values, once 按值备好的表."""

    @staticmethod
    def of(kind: Kind, said: Sequence[str | None] | pa.Array | pa.ChunkedArray, form: str = "") -> Column:
        """Normalise each distinct text once."""
        column = said if isinstance(said, pa.Array | pa.ChunkedArray) else pa.array(said, pa.string())
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        coded = column.dictionary_encode() if not isinstance(column, pa.DictionaryArray) else column
        raw = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return Column._from(kind, raw, [field(kind, text, form) for text in coded.dictionary.to_pylist()])

    @staticmethod
    def normal(kind: Kind, forms: Sequence[str]) -> Column:
        """From normal forms, '' where absent."""
        coded = pa.array(forms, pa.string()).dictionary_encode()
        return Column._from(kind, coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist())

    @staticmethod
    def few(kind: Kind, forms: Sequence[str], share: Callable[[str], float]) -> Column:
        """A handful of normal forms, with how common each is in the whole hospital."""
        places: dict[str, int] = {}
        codes = [places.setdefault(form, len(places)) if form else -1 for form in forms]
        return Column(kind, np.array(codes, dtype=np.int64), list(places), np.array([share(form) for form in places], dtype=np.float64), 1.0)

    @staticmethod
    def _from(kind: Kind, raw: Codes, forms: Sequence[str]) -> Column:
        places: dict[str, int] = {}
        again = np.full(len(forms) + 1, -1, dtype=np.int64)
        for at, form in enumerate(forms):
            if form:
                again[at] = places.setdefault(form, len(places))
        codes = again[raw]
        return Column(kind, codes, list(places), np.bincount(codes[codes >= 0], minlength=len(places)).astype(np.float64), max(len(codes), 1))

    def sketch(self, draw: Callable[[str], str]) -> Codes:
        """Codes of a coarser form of the values; -1 where it is empty."""
        return Column._from(self.kind, self.codes, [draw(value) for value in self.values]).codes

    def share(self, codes: Codes) -> NDArray[np.float64]:
        """How common each value is among all records; 0 for absent ones."""
        padded = np.r_[self.counts, 0.0]
        return np.asarray(padded[codes] / self.total, dtype=np.float64)
