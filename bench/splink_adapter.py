"""Splink 对照: its own recommended flow on the Chinese benchmark, blocked as broadly as ours; the only file that knows it.

Settings follow its guide for people: prior from deterministic rules, u by random sampling, m by two rounds of EM blocked on
different fields, then predict and cluster at 0.99.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb

Pairs = set[tuple[str, str]]


def dedupe(path: Path, threads: int = 2, at: float = 0.99) -> tuple[Pairs, int]:
    """Pairs it calls one person in a CSV of the benchmark, clusters closed; and how many it compared."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    db = duckdb.connect(config={"threads": threads})
    db.execute(
        "CREATE TABLE people AS SELECT rec_id AS unique_id, nullif(regexp_replace(name, '[ ·　]', '', 'g'), '') AS name, nullif(sex, '') AS sex, "
        "nullif(birth, '') AS birth, nullif(upper(id_no), '') AS id_no, nullif(phone, '') AS phone, nullif(address, '') AS address "
        "FROM read_csv(?, all_varchar = true, header = true)",
        [str(path)],
    )
    rules = [
        block_on("id_no"), block_on("name", "birth"), block_on("phone", "birth"), block_on("phone", "name"), block_on("birth", "address"),
        block_on("name", "address"), block_on("substr(name, 1, 1)", "birth", "sex"), block_on("name", "substr(birth, 1, 4)", "sex"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
            cl.DamerauLevenshteinAtThresholds("birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("id_no", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
            cl.JaroWinklerAtThresholds("address", [0.95, 0.88, 0.75]),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=db)
    linker = Linker(api.register("people"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("id_no"), block_on("name", "birth", "phone")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("id_no"))
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=at)
    groups: dict[str, list[str]] = {}
    for cluster, ident in db.execute(f"SELECT cluster_id, unique_id FROM {clustered.physical_name}").fetchall():
        groups.setdefault(str(cluster), []).append(str(ident))
    return _pairs(groups.values()), int(_count(db, predicted.physical_name))


def _pairs(groups: Any) -> Pairs:
    return {pair for members in groups for pair in combinations(sorted(members), 2)}


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    row: Sequence[Any] | None = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
