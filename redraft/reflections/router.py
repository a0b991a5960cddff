"""`/v1/reflections`."""

from typing import Annotated

from fastapi import Depends, Request

from redraft.accounts import Caller
from redraft.reflections.models import (
    Learned,
    ReflectionPatch,
    ReflectionRequest,
    ReflectionsIn,
    ReflectionsView,
    ReflectionView,
)
from redraft.reflections.service import Reflecting
from redraft.reflections.shaping import plain, plain_item
from redraft.reflections.work import answer_of
from redraft.repeats import Once
from redraft.runs import Runs
from redraft.web.idempotency import IdempotencyKey
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/reflections", "reflections")
Service = Annotated[Reflecting, Depends(provided(Reflecting))]


@router.post("", responses=problems(403, 404, 409, 413, 429, 502))
async def learn(
    ask: ReflectionRequest,
    request: Request,
    caller: Caller,
    idempotency: IdempotencyKey,
    reflecting: Service,
    runs: Annotated[Runs, Depends(provided(Runs))],
) -> Learned:
    """Learn from a chat how the user wants things written, and what is so about the user and the work.

    Only messages that were not learned from before are read. What is new, said otherwise or taken back changes what is
    known, and is told to the agents from then on. The event `memory` of the run says the same as `memory` here.
    """
    run = await reflecting.start(caller.user_id, ask, idempotency)
    return answer_of(await runs.outcome(run, request))


@router.get("")
async def read_reflections(caller: Caller, reflecting: Service) -> ReflectionsView:
    """All that is known of the user, the oldest first."""
    return ReflectionsView.model_validate(plain(await reflecting.known(caller.user_id)))


@router.put("")
async def rewrite_reflections(
    wanted: ReflectionsIn, caller: Caller, once: Once, reflecting: Service
) -> ReflectionsView:
    """Have exactly these from now on: items with the id of a kept one stay it, all others are new or gone."""
    return ReflectionsView.model_validate(plain(await reflecting.rewrite(caller.user_id, wanted, once)))


@router.delete("", status_code=204)
async def forget_reflections(caller: Caller, reflecting: Service) -> None:
    """Forget all of it."""
    await reflecting.forget(caller.user_id)


@router.patch("/{reflection_id}", responses=problems(404, 409))
async def change_reflection(
    reflection_id: str, wanted: ReflectionPatch, caller: Caller, once: Once, reflecting: Service
) -> ReflectionView | None:
    """Change one item, confirm it, say where it belongs, or decide about what a chat says instead.

    A new text makes it your own. The answer is null where you accept that the item is to be forgotten.
    """
    made = await reflecting.change(caller.user_id, reflection_id, wanted)
    return None if made is None else ReflectionView.model_validate(plain_item(made))


@router.delete("/{reflection_id}", status_code=204)
async def forget_reflection(reflection_id: str, caller: Caller, reflecting: Service) -> None:
    """Forget one item. It does not come back from what was said until now."""
    await reflecting.delete(caller.user_id, reflection_id)
