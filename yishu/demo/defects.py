"""Defects 缺陷: planted at the rates of one file, each noted by family, source, table, key, column and kind."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
import yaml

from yishu.demo.structure import CONFIG
from yishu.demo.world import Array, World


@cache
def rates() -> dict[str, dict[str, float]]:
    made: dict[str, dict[str, float]] = yaml.safe_load((CONFIG / "defects.yaml").read_text(encoding="utf-8"))
    return made


class Defects:
    """The planted defects 植入的缺陷 of one run."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[tuple[str, str, str, list[str], str, str]] = []

    def rate(self, family: str, place: str) -> float:
        return rates()[family].get(place, 0.0) if self.world.has(family) else 0.0

    def rng(self, family: str, place: str) -> np.random.Generator:
        return np.random.default_rng([self.world.seed, zlib.crc32(f"{family} {place}".encode())])

    def pick(self, family: str, place: str, count: int, eligible: Array | None = None) -> Array:
        """Rows to spoil: the rate's share of `count`, taken from the eligible ones, ascending."""
        rate = self.rate(family, place)
        pool = np.arange(count) if eligible is None else np.nonzero(eligible)[0]
        wanted = min(len(pool), max(1, round(rate * count))) if rate and len(pool) else 0
        return np.sort(self.rng(family, place).choice(pool, wanted, replace=False)) if wanted else pool[:0]

    def sound(self, count: int, *spoiled: Array) -> Array:
        """Marks of the rows not spoiled yet 未受损的行, so that no row carries two faults."""
        made = np.ones(count, dtype=bool)
        for rows in spoiled:
            made[rows] = False
        return made

    def note(self, family: str, source: str, table: str, keys: Array | list[str], column: str, kind: str) -> None:
        """Put on record what was planted; keys as text."""
        words = [str(k) for k in (keys.tolist() if isinstance(keys, np.ndarray) else keys)]
        if words:
            self.rows.append((family, source, table, words, column, kind))
