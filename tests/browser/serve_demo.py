"""Serve a demo home 演示服务 for the browser tests: `python -m tests.browser.serve_demo HOME PORT`."""

from __future__ import annotations

import os
import sys

from yishu import web
from yishu.kernel.settings import Settings


def main() -> None:
    """Serve the home given first on the port given second, with the demo's accounts."""
    home, port = sys.argv[1], int(sys.argv[2])
    web.serve(Settings.of(os.environ.get("YISHU_HOSPITAL"), home), web.Listen(port=port), demo=True)


if __name__ == "__main__":
    main()
