"""Errors as `application/problem+json` (RFC 9457). The one place where an exception becomes an answer."""

import itertools
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic_core import to_json
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from redraft.away import is_away
from redraft.errors import InvalidRequest, RedraftError, Unavailable
from redraft.web.findings import fields

PROBLEM_JSON = "application/problem+json"
REFUSAL = "redraft.refusal"
"""Where the scope of a request says with which code it was refused, for the log."""
CODES = {413: "too_large", 422: "invalid_request"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MAX_ERRORS = 50
"""Of one answer; who sends two thousand wrong messages needs no list of two thousand."""


def problem(error: RedraftError, request_id: str | None) -> dict[str, Any]:
    """The problem object of `error`, as it stands in an answer or in an `error` event."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail or _told((each.field, each.message) for each in error.errors) or error.title,
        **error.members,
    }
    if error.errors:
        body["errors"] = [{"field": each.field, "message": each.message} for each in error.errors]
    if request_id:
        body["request_id"] = request_id
    return body


def _told(errors: Iterable[tuple[str, str]]) -> str:
    """The first of the fields that are wrong, in one line."""
    return "; ".join(f"{field}: {message}" for field, message in itertools.islice(errors, 5))


def _answer(status: int, body: Mapping[str, Any], scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    scope[REFUSAL] = body["code"]
    return Response(to_json(body), status_code=status, media_type=PROBLEM_JSON, headers=dict(headers or {}))


def problem_response(error: RedraftError, scope: Scope) -> Response:
    """The answer that tells the client of `error`, in the request of this `scope`."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(error.status, problem(error, _request_id(scope)), scope, headers)


def _request_id(scope: Scope) -> str | None:
    return cast("str | None", scope.get("request_id"))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RedraftError)  # noqa: S101  registered for this class only
    return problem_response(error, request.scope)


async def _invalid(request: Request, error: Exception) -> Response:
    """Pydantic's findings without their `input`, which may be a password, and which NaN makes unprintable."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return problem_response(InvalidRequest(errors=fields(error.errors()[:MAX_ERRORS], error.body)), request.scope)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    phrase, detail, headers = HTTPStatus(error.status_code).phrase, str(error.detail), dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))
        detail = f"This address takes {headers['Allow']}."
    elif error.status_code == HTTPStatus.NOT_FOUND and detail == phrase:  # of the router: no route
        detail = "There is no such address; GET /openapi.json lists those there are. None ends in a slash."
    body = {
        "type": "about:blank",
        "title": phrase,
        "status": error.status_code,
        "code": code_of(error.status_code),
        "detail": detail,
        "request_id": _request_id(request.scope),
    }
    return _answer(error.status_code, body, request.scope, headers)


def code_of(status: int) -> str:
    """The code of a refusal that is no error of ours but of the framework's."""
    return CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))


def _allowed(request: Request) -> list[str]:
    """The methods that some route takes at this path; the router itself names only those of the first."""
    scopes = [{**request.scope, "method": method} for method in METHODS]
    routes = request.app.router.routes
    return [scope["method"] for scope in scopes if any(route.matches(scope)[0] == Match.FULL for route in routes)]


async def _database(request: Request, error: Exception) -> Response:
    if not is_away(error):
        raise error
    return await _refused(request, Unavailable("The database does not answer. Try again in a moment.", retry_after=2))


def install(app: FastAPI) -> None:
    """Let every error of `app` that has a name leave as a problem; `requests.RequestLog` sees to the others."""
    app.add_exception_handler(RedraftError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PyMongoError, _database)


__all__ = ["PROBLEM_JSON", "install", "problem", "problem_response"]
