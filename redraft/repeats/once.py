"""How a route says that a repeat of its request does nothing twice."""

from typing import Annotated

from fastapi import Depends, Request

from redraft.repeats.models import Attempt
from redraft.repeats.service import Repeats
from redraft.web.idempotency import CLAIM, IdempotencyKey
from redraft.web.provide import provided
from redraft.web.requests import USER_ID


async def _once(
    request: Request, sent: IdempotencyKey, repeats: Annotated[Repeats, Depends(provided(Repeats))]
) -> Attempt:
    if sent is None:
        return Attempt()
    held = await repeats.begin(request.scope[USER_ID], sent)
    request.scope[CLAIM] = held
    return held.attempt


Once = Annotated[Attempt, Depends(_once)]
"""A route's parameter, after its `Caller`. What the route answers is kept, and is the answer of every repeat.

A refusal (4xx) is not kept: it changed nothing, and the key is free for the request as it should have been.
"""
