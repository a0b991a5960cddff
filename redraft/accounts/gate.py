"""The limits on whoever is not signed in yet: what a guesser, a bot or a crowd may try.

A stranger must not be able to lock a user out. So the failures that make a user wait are those of his own network
(a /24 or /48) on his own number; the limits that others can use up (of the number from anywhere, of an address,
of the whole deployment) do not count for a network from which the account was used before.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from redraft.accounts.throttle import Attempt, Bucket, Growing, Steady, Throttle
from redraft.accounts.turns import Turns
from redraft.config import Settings
from redraft.errors import TooManyRequests

HOUR = timedelta(hours=1)
ANYWHERE = "anywhere"


@dataclass(frozen=True)
class Origin:
    """Where a request comes from. `address` (of IPv6 the /64) is never kept; `network` and `device` are."""

    device: str | None
    address: str
    network: str


class Gate:
    """What may be tried how often, by number, by address, and in all."""

    def __init__(self, throttle: Throttle, settings: Settings) -> None:
        longest = timedelta(seconds=settings.login_longest_wait_seconds)
        self._throttle = throttle
        self._turns = Turns()
        self._own = Growing(settings.login_free_failures, longest)
        self._number = Growing(settings.login_free_failures_per_number, longest)
        self._address = Steady(settings.login_failures_per_address_hour, HOUR)
        self._all = Steady(settings.login_failures_per_hour, HOUR)
        self._registrations_address = Steady(settings.registrations_per_address_hour, HOUR)
        self._registrations = Steady(settings.registrations_per_hour, HOUR)

    async def registration(self, origin: Origin) -> None:
        """Let one more account be made from here, or raise `TooManyRequests`."""
        await self._throttle.take(self._registrations_address, "register", origin.address)
        await self._throttle.take(self._registrations, "register", ANYWHERE)

    @contextlib.asynccontextmanager
    async def login(self, phone: str, origin: Origin, known: Callable[[], Awaitable[bool]]) -> AsyncIterator[Attempt]:
        """One try to log in; the caller says how it ended. Raises `TooManyRequests`.

        `known` tells whether the account was used from this network before; it is asked only when that matters.
        """
        own = Bucket(self._own, ("login", phone, origin.network))
        shared = [
            Bucket(self._number, ("login", phone)),
            Bucket(self._address, ("login", "address", origin.address)),
            Bucket(self._all, ("login", ANYWHERE)),
        ]
        # In turn: tries sent all at once must not all pass before the first has failed.
        async with self._turns.turn(f"{phone} {origin.network}"):
            try:
                attempt = await self._throttle.attempt(own, *shared)
            except TooManyRequests:
                if not await known():
                    raise
                attempt = await self._throttle.attempt(own)
            yield attempt

    @contextlib.asynccontextmanager
    async def secret_of(self, user_id: str, what: str) -> AsyncIterator[Attempt]:
        """One try of a signed-in user to name his `what` (his password, say). Raises `TooManyRequests`."""
        async with self._turns.turn(f"{what} {user_id}"):
            yield await self._throttle.attempt(Bucket(self._own, (what, user_id)))

    async def bad_token(self, origin: Origin) -> None:
        """Count a refresh token that was none against its address; raises `TooManyRequests` past the limit."""
        attempt = await self._throttle.attempt(Bucket(self._address, ("refresh", origin.address)))
        await attempt.failed()
