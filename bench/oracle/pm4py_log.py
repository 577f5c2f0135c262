"""The oracle 对照: PM4Py's graph, variants and durations of event logs, one JSON a line. Runs in an environment of its own (AGPL); never imported.

`.tools/oracle/bin/python bench/oracle/pm4py_log.py LOG.csv …`
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import pandas  # noqa: E402
import pm4py  # noqa: E402

for path in sys.argv[1:]:
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    frame = frame[frame["activity"].notna()]
    frame["case"] = frame["case"].fillna("")
    frame["complete"] = pandas.to_datetime(frame["complete"])
    began, cpu = time.perf_counter(), time.process_time()
    log = pm4py.format_dataframe(frame, case_id="case", activity_key="activity", timestamp_key="complete")
    formatted = time.perf_counter() - began
    edges, _, _ = pm4py.discover_dfg(log)
    variants = pm4py.get_variants(log)
    performance, _, _ = pm4py.discover_performance_dfg(log)
    durations = sorted(pm4py.get_all_case_durations(log))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    middle = len(durations) // 2
    median = durations[middle] if len(durations) % 2 else (durations[middle - 1] + durations[middle]) / 2
    sys.stdout.write(
        "JSON "
        + json.dumps(
            {
                "edges": {f"{a}→{b}": int(n) for (a, b), n in edges.items()},
                "waits": {f"{a}→{b}": float(p["median"]) for (a, b), p in performance.items()},
                "variants": len(variants),
                "ways": sorted(int(n) for n in variants.values())[-20:],
                "median_hours": median / 3600,
                "seconds": seconds,
                "format_seconds": formatted,
                "cpu_seconds": used,
            }
        )
        + "\n"
    )
