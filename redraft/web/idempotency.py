"""`Idempotency-Key`: the client's name for one request, so that sending it again does nothing twice."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Protocol

from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from redraft.errors import RedraftError

CLAIM = "redraft.claim"
"""Where the scope of a request holds its `HeldClaim`, once it has one."""


@dataclass(frozen=True)
class Idempotency:
    """The client's key, and a fingerprint of the request it belongs to: method, path and body."""

    key: str
    fingerprint: str


async def _idempotency(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="A name you choose for this request (a UUID, say). Sent again with the same body, also while "
            "the first is at work, it gets the same answer, and nothing is done twice.",
        ),
    ] = None,
) -> Idempotency | None:
    if idempotency_key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    return Idempotency(idempotency_key, digest.hexdigest())


IdempotencyKey = Annotated[Idempotency | None, Depends(_idempotency)]
"""A route's parameter: None when the client sent no key."""


class Answered(Exception):
    """This request was answered before; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class HeldClaim(Protocol):
    """A request's hold on its key, from before its work until it is answered."""

    async def keep(self, response: Response) -> Response:
        """Keep the answer; what comes back is sent."""

    async def let_go(self, *, refused: bool) -> None:
        """There is no answer to keep. `refused`: and nothing was done."""


async def answered_once(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """What `handle` answers, or answered before. It is kept before it is sent: what a client saw is what repeats get.

    A task that is cancelled lets go of nothing: what it has done is not known, and its hold ends by itself.
    """
    try:
        response = await handle(request)
    except Answered as before:
        return before.response
    except Exception as error:  # raised again: whatever it is, the key must not stay taken
        if CLAIM in request.scope:
            await request.scope[CLAIM].let_go(refused=_is_refusal(error))
        raise
    if CLAIM not in request.scope:
        return response
    claim: HeldClaim = request.scope[CLAIM]
    return await claim.keep(response)


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, RedraftError):
        return error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, HTTPException):
        return error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, RequestValidationError)
