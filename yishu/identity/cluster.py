"""Cluster 归并: pairs judged the same become persons; clusters are closed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations


def clusters(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected components 连通分量 of `count` records; members ascending, clusters by first member; singles left out."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, two in pairs:
        a, b = root(parent.setdefault(one, one)), root(parent.setdefault(two, two))
        if a != b:
            parent[max(a, b)] = min(a, b)
    grouped: dict[int, list[int]] = {}
    for node in sorted(parent):
        grouped.setdefault(root(node), []).append(node)
    return [members for members in grouped.values() if len(members) > 1]


def closed(count: int, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Every pair within a cluster."""
    return {pair for members in clusters(count, pairs) for pair in combinations(members, 2)}


def together(members: Sequence[int], score: Callable[[int, int], float]) -> list[list[int]]:
    """Split a component whose pairs do not all agree: average linkage 平均连接, closest groups first, while the mean score is above 0.

    `score(a, b)`: log-odds of a pair, 0 where nothing can be said. One false link then no longer joins two whole persons.
    """
    groups = {index: [member] for index, member in enumerate(members)}
    sums = {(i, j): score(members[i], members[j]) for i in groups for j in groups if i < j}
    while len(groups) > 1:
        (i, j), best = max(sums.items(), key=lambda item: (item[1] / (len(groups[item[0][0]]) * len(groups[item[0][1]])), -item[0][0], -item[0][1]))
        if best <= 0:
            break
        for k in groups:
            if k not in (i, j):
                sums[min(i, k), max(i, k)] += sums.pop((min(j, k), max(j, k)))
        del sums[i, j]
        groups[i] += groups.pop(j)
    return sorted(sorted(group) for group in groups.values())
