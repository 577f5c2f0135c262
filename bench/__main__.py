"""`make bench`: one JSON object of ratios on standard output; progress on standard error."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

PARTS = tuple(sorted(p.stem.removeprefix("part_") for p in Path(__file__).parent.glob("part_*.py")))


def main(asked: list[str]) -> int:
    """Run the parts named, or all."""
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        sys.stderr.write(f"没有这一项：{'、'.join(unknown)}；可选：{'、'.join(PARTS)}\n")
        return 2
    answer: dict[str, Any] = {}
    for name in asked or PARTS:
        sys.stderr.write(f"… {name}\n")
        answer[name] = importlib.import_module(f"bench.part_{name}").measure()
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
