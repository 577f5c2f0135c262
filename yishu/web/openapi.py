"""OpenAPI description 接口说明: `python -m yishu.web.openapi` prints it; the portal's types are made from it."""

from __future__ import annotations

import json
import sys

from yishu.web.app import app


def description() -> str:
    """The description as text; the same text for the same code."""
    told = app(None).openapi()
    for path in told["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)  # what is malformed is answered with 400, as errors.py says
    for unused in ("HTTPValidationError", "ValidationError"):
        told["components"]["schemas"].pop(unused, None)
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
