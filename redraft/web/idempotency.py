"""`Idempotency-Key`: the client's name for one request, so that sending it again does nothing twice."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request


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
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="A name you choose for this request. Sent again with the same body, it gets the same answer.",
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
