"""Errors over HTTP 错误: every one is `{"error": {...}}` with the status of its kind; none carries data or a stack trace."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from yishu.kernel.errors import YishuError

_STATUS_WORDS = {
    404: ("http.not_found", "没有这个地址", "检查链接是否完整"),
    405: ("http.method", "这个地址不支持这种请求", ""),
}


def answer_errors(app: FastAPI) -> None:
    """Install the handlers."""
    app.add_exception_handler(YishuError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, YishuError)
    return JSONResponse(error.as_json(), status_code=error.status)


def _malformed(_request: Request, error: Exception) -> JSONResponse:
    """Names the field that is wrong and never repeats what was sent."""
    assert isinstance(error, RequestValidationError)
    places = list(dict.fromkeys(".".join(str(word) for word in fault["loc"] if word != "body") for fault in error.errors()))
    where = "、".join(place for place in places if place)[:200]
    body = {"code": "request.bad", "message": "请求格式不对", "hint": "对照接口说明检查这些字段", "where": where}
    return JSONResponse({"error": body}, status_code=400)


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, message, hint = _STATUS_WORDS.get(error.status_code, ("http.refused", "请求未被接受", ""))
    body = {"code": code, "message": message, "hint": hint, "where": ""}
    return JSONResponse({"error": body}, status_code=error.status_code, headers=error.headers)
