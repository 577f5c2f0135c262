"""Cluster 归并: pairs judged the same become persons; clusters are closed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations


def clusters(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected components 连通分量 of `count` records; members ascending, clusters by first member; singles left out."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, two in pairs:
        a, b = root(one), root(two)
        if a != b:
            parent[max(a, b)] = min(a, b)
    grouped: dict[int, list[int]] = {}
    for node in range(count):
        grouped.setdefault(root(node), []).append(node)
    return [members for members in grouped.values() if len(members) > 1]


def closed(count: int, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Every pair within a cluster."""
    return {pair for members in clusters(count, pairs) for pair in combinations(members, 2)}
