"""Portal 前端页面: the built screens, served as files; any other path is a screen of the portal."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

STATIC = Path(__file__).parent / "static"

NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Yishu 医枢</title>
<body style="font-family:sans-serif;max-width:40em;margin:10vh auto;color:#1F2A37">
<h1>前端页面还没有构建</h1>
<p>接口已经在运行。请在项目文件夹里运行 <code>make setup</code>（需要 Node 20.19 或更新），然后刷新本页。</p>
</body></html>"""


def built(folder: Path = STATIC) -> bool:
    """Whether the portal is there."""
    return (folder / "index.html").is_file()


def portal_routes(app: FastAPI, folder: Path = STATIC) -> None:
    """Serve the portal; comes after every other route."""

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def screen(path: str) -> Response:
        """A file of the portal, else the page that draws all screens."""
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        root = folder.resolve()
        wanted = (root / path).resolve()
        if path and wanted.is_file() and wanted.is_relative_to(root) and not any(p.startswith(".") for p in Path(path).parts):
            kept = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return FileResponse(wanted, headers={"Cache-Control": kept})
        if path.startswith("assets/"):
            raise HTTPException(404)
        if not built(folder):
            return HTMLResponse(NOT_BUILT, status_code=503)
        return FileResponse(root / "index.html", headers={"Cache-Control": "no-cache"})
