"""Who comes first under a key does the work; who comes again gets the answer, or waits for it.

What if the process dies? Before the claim is kept nothing was done. Between claim and effect, or between effect and
answer, the lease runs out, and the next repeat takes over with `Attempt.again`: it finds what was made by its id, which
the claim gives. A lease that runs out while somebody is only slow does no harm, for the same reason.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.errors import PyMongoError
from starlette.responses import Response

from redraft.config import Settings
from redraft.errors import KeyReused, RequestRunning
from redraft.ids import new_id
from redraft.repeats.models import Attempt, new_seed
from redraft.repeats.store import AnswerStore, Claim, answer_place
from redraft.vault import OwnerKey, Vault
from redraft.web.idempotency import Answered, Idempotency

KEPT_HEADERS = ("content-type", "location", "etag")
LARGEST_ANSWER = 12_000_000
"""Bytes that fit, in base64 at most 16 MB, into one stored document. A larger answer is made again by its repeat."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.3
"""Seconds between two looks at whether the first has finished."""

Knows = Callable[[str, Idempotency], Awaitable[bool]]
"""Whether an owner used a key for something that keeps its keys itself."""


class Repeats:
    """The keys of all users, each owner's by themselves."""

    def __init__(self, store: AnswerStore, vault: Vault, settings: Settings) -> None:
        self._store = store
        self._vault = vault
        self._lease = timedelta(seconds=settings.idempotency_lease_seconds)
        self._wait_seconds = settings.idempotency_wait_seconds
        self._elsewhere: list[Knows] = []

    def kept_elsewhere(self, knows: Knows) -> None:
        """Have `knows` asked as well whether a key is another request's."""
        self._elsewhere.append(knows)

    async def begin(self, owner_id: str, sent: Idempotency) -> "Held":
        """Be the one who does this request.

        Raises `Answered` with the answer that it got, `KeyReused` when the key is another request's, `RequestRunning`
        when somebody is still at it after `idempotency_wait_seconds`.
        """
        key = await self._vault.key(owner_id)
        claim = self._claim(owner_id, key, sent)
        until = time.monotonic() + self._wait_seconds
        pause = FIRST_PAUSE
        while not await self._store.add(claim, _now()):
            earlier = await self._store.get(owner_id, claim.id)
            while earlier is not None:
                held = await self._taken_over(key, earlier, claim)
                if held is not None:
                    return held
                if time.monotonic() > until:
                    raise RequestRunning("The first request under this key is not finished.", retry_after=1)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                earlier = await self._store.get(owner_id, claim.id)
        for knows in self._elsewhere:
            if await knows(owner_id, sent):
                await self._store.forget(claim)
                raise KeyReused(REUSED)
        return Held(self._store, key, claim, Attempt(claim.seed))

    async def refuse_known(self, owner_id: str, sent: Idempotency) -> None:
        """Raise `KeyReused` when the key is one of a request here: for what keeps its own keys.

        Two different requests that come under one key at the same moment may both be done, each once.
        """
        key = await self._vault.key(owner_id)
        if await self._store.get(owner_id, _claim_id(owner_id, key, sent)) is not None:
            raise KeyReused(REUSED)

    async def _taken_over(self, key: OwnerKey, earlier: Claim, claim: Claim) -> "Held | None":
        """The earlier claim, if whoever held it is gone; None while he is at work."""
        if earlier.fingerprint != claim.fingerprint:
            raise KeyReused(REUSED)
        if earlier.sealed is not None:
            raise Answered(_opened(key, earlier.id, earlier.sealed))
        if earlier.lease_until > _now():
            return None
        ours = replace(earlier, token=claim.token, lease_until=_now() + self._lease)
        if not await self._store.take_over(earlier, ours.token, ours.lease_until):
            return None
        return Held(self._store, key, ours, Attempt(ours.seed, again=True))

    def _claim(self, owner_id: str, key: OwnerKey, sent: Idempotency) -> Claim:
        return Claim(
            id=_claim_id(owner_id, key, sent),
            owner_id=owner_id,
            fingerprint=key.digest(sent.fingerprint),
            seed=new_seed(),
            token=new_id("try"),
            lease_until=_now() + self._lease,
        )


REUSED = "This Idempotency-Key was used for another request. Choose a new one."


@dataclass(frozen=True)
class Held:
    """A request that is this process's to do."""

    store: AnswerStore
    key: OwnerKey
    claim: Claim
    attempt: Attempt

    async def keep(self, response: Response) -> Response:
        """Keep the answer, and tell which to send: that of another who was faster, if there is one."""
        if len(response.body) > LARGEST_ANSWER:
            await self._end_lease()
            return response
        sealed = self.key.seal_json(_plain(response), answer_place(self.claim.id))
        if await self.store.answer(self.claim, sealed):
            return response
        kept = await self.store.get(self.claim.owner_id, self.claim.id)
        return response if kept is None or kept.sealed is None else _opened(self.key, kept.id, kept.sealed)

    async def let_go(self, *, refused: bool) -> None:
        """The request failed. `refused`: nothing was done, so the key is free; else a repeat is to look at once."""
        with contextlib.suppress(PyMongoError):  # then the lease runs out; the client is told of the first error
            await (self.store.forget(self.claim) if refused else self._end_lease())

    async def _end_lease(self) -> None:
        await self.store.take_over(self.claim, new_id("try"), _now())


def _now() -> datetime:
    return datetime.now(UTC)


def _claim_id(owner_id: str, key: OwnerKey, sent: Idempotency) -> str:
    return f"{owner_id}:{key.digest(sent.key)}"


def _plain(response: Response) -> dict[str, Any]:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": bytes(response.body).decode()}


def _opened(key: OwnerKey, claim_id: str, sealed: bytes) -> Response:
    plain = key.open_json(sealed, answer_place(claim_id))
    headers = {**plain["headers"], "Idempotent-Replayed": "true"}
    return Response(plain["body"].encode(), status_code=plain["status"], headers=headers)
