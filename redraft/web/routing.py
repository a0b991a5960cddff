"""The router every domain uses, and the body model its requests derive from: strict in what they take.

FastAPI reads a body before it asks who is there, so what a stranger may send is bounded here and in `requests`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from redraft.web.idempotency import answered_once
from redraft.web.leaving import client
from redraft.web.strict_json import BadJson, parse

LARGE_BODY = 1_000_000
"""Bytes above which a body is parsed in a thread: up to here it takes a few milliseconds."""
_parser = ThreadPoolExecutor(1, "json")
"""One after the other: the parser holds the interpreter lock, and the event loop must not wait for several."""


class Body(BaseModel):
    """A request body: no unknown names, and no value of another type taken for one of ours (`"1"` is no number)."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StrictRequest(Request):
    """A request whose JSON is parsed by `strict_json`."""

    async def json(self) -> Any:
        """The body's value. Raises 400 with the reason when it is not JSON."""
        if not hasattr(self, "_json"):
            try:
                body = await self.body()
                self._json = parse(body) if len(body) <= LARGE_BODY else await _in_turn(body)
            except BadJson as error:
                raise HTTPException(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {error}.") from None
        return self._json


async def _in_turn(body: bytes) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_parser, parse, body)


class StrictRoute(APIRoute):
    """A route that answers 415 to a body that does not call itself JSON, reads JSON strictly, and knows repeats."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a `StrictRequest`."""
        handle = super().get_route_handler()
        takes_body = self.body_field is not None

        async def strictly(request: Request) -> Response:
            if takes_body and _has_body(request) and not _is_json(request.headers.get("content-type", "")):
                raise HTTPException(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body with the header `Content-Type: application/json`."
                )
            client.set(request.receive)
            return await answered_once(StrictRequest(request.scope, request.receive), handle)

        return strictly


def api_router(prefix: str, tag: str) -> APIRouter:
    """A router below `/v1` (`prefix` is what follows it), shown under `tag` in the docs."""
    return APIRouter(prefix=f"/v1{prefix}", tags=[tag], route_class=StrictRoute)


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
