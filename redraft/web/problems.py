"""Errors as `application/problem+json` (RFC 9457). The one place where an exception becomes an answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic_core import to_json
from pymongo.errors import AutoReconnect, ConnectionFailure, PyMongoError
from starlette.exceptions import HTTPException

from redraft.errors import FieldError, RedraftError, Unavailable

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 422: "invalid_request"}


def problem(error: RedraftError, request_id: str | None) -> dict[str, Any]:
    """The problem object of `error`, as it stands in an answer or in an `error` event."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail or error.title,
    }
    if error.errors:
        body["errors"] = [{"field": each.field, "message": each.message} for each in error.errors]
    if request_id:
        body["request_id"] = request_id
    return body


def _answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(body), status_code=status, media_type=PROBLEM_JSON, headers=dict(headers or {}))


def _request_id(request: Request) -> str | None:
    return cast("str | None", request.scope.get("request_id"))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RedraftError)  # noqa: S101  registered for this class only
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(error.status, problem(error, _request_id(request)), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    """Pydantic's findings without their `input`, which may be a password, and which NaN makes unprintable."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = []
    for found in error.errors():
        path = ".".join(str(part) for part in found["loc"] if part != "body")
        errors.append({"field": path or "body", "message": found["msg"]})
    body = {
        "type": "about:blank",
        "title": "Invalid request",
        "status": 422,
        "code": "invalid_request",
        "detail": "; ".join(f"{each['field']}: {each['message']}" for each in errors[:5]),
        "errors": errors,
        "request_id": _request_id(request),
    }
    return _answer(422, body)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    phrase = HTTPStatus(error.status_code).phrase
    body = {
        "type": "about:blank",
        "title": phrase,
        "status": error.status_code,
        "code": CODES.get(error.status_code, phrase.lower().replace(" ", "_")),
        "detail": str(error.detail),
        "request_id": _request_id(request),
    }
    return _answer(error.status_code, body, error.headers)


async def _database(request: Request, error: Exception) -> Response:
    away = isinstance(error, (AutoReconnect, ConnectionFailure)) or (isinstance(error, PyMongoError) and error.timeout)
    if not away:
        return await _unknown(request, error)
    return await _refused(request, Unavailable("The database does not answer. Try again in a moment.", retry_after=2))


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    return _answer(500, problem(RedraftError(), _request_id(request)))


def install(app: FastAPI) -> None:
    """Let every error of `app` leave as a problem, the unknown ones too."""
    app.add_exception_handler(RedraftError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PyMongoError, _database)
    app.add_exception_handler(Exception, _unknown)


__all__ = ["PROBLEM_JSON", "FieldError", "install", "problem"]
