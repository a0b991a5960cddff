"""The limits on whoever is not signed in yet: what a guesser, a bot or a crowd may try.

A stranger must not be able to lock a user out. So the failures that make a user wait are those of their own network
(a /24 or /48) on their own number; the limits that others can use up (of the number from anywhere, of an address,
of the whole deployment) do not count for a network from which the account was used before.

Others may be in that very network; behind a proxy that nobody told us of, everybody is. So in a known network a try
past the free ones waits for a moment and is then made, a hundred times a day; and a device that the account was used on
has limits of its own, wherever it is.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from redraft.accounts.codes import Asker
from redraft.accounts.throttle import Attempt, Bucket, Growing, Steady, Throttle
from redraft.accounts.turns import Turns
from redraft.config import Settings
from redraft.errors import TooManyRequests

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANYWHERE = "anywhere"
LONGEST_AT_HOME = timedelta(seconds=0.25)
"""That a try from a known network is kept waiting. What bounds guessing there is how many there may be in a day."""
WAITING_AT_HOME = 5
"""Such tries at once, for one number from one network; more are refused, so that each has its answer in time."""
WRONG_CODES_A_DAY = 50
"""For a new password: of strangers on one number, and of each known device or network. Of a million codes that is one
in 20,000 a day, so who guesses for a year gets in with a chance of 2 %, and the owner gets a text message each time."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from. `address` (of IPv6 the /64) is never kept; `network` and `device` are.

    `device_token` is what a login left there to show that the account was used on this device.
    """

    device: str | None
    address: str
    network: str
    device_token: str | None = None


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
        self._resets = Steady(settings.password_resets_per_network_hour, HOUR)
        self._codes = Steady(WRONG_CODES_A_DAY, DAY)
        self._registrations_address = Steady(settings.registrations_per_address_hour, HOUR)
        self._registrations = Steady(settings.registrations_per_hour, HOUR)

    async def registration(self, origin: Origin) -> None:
        """Let one more account be made from here, or raise `TooManyRequests`."""
        await self._throttle.take(self._registrations_address, "register", origin.address)
        await self._throttle.take(self._registrations, "register", ANYWHERE)

    @contextlib.asynccontextmanager
    async def login(
        self, phone: str, origin: Origin, device: str | None, known: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[Attempt]:
        """One try to log in; the caller says how it ended. Raises `TooManyRequests`.

        `device` is one that the account was used on, and shows it. `known` tells whether the account was used from this
        network before; it is asked only when that matters.
        """
        where = f"device {device}" if device else origin.network
        own = Bucket(self._own, ("login", phone, where), own=True)
        shared = [
            Bucket(self._number, ("login", phone)),
            Bucket(self._address, ("login", "address", origin.address)),
            Bucket(self._all, ("login", ANYWHERE)),
        ]
        async with contextlib.AsyncExitStack() as turns:
            # In turn: tries sent all at once must not all pass before the first has failed.
            await turns.enter_async_context(self._turns.turn(f"{phone} {where}"))
            try:
                attempt = await (self._throttle.attempt(own) if device else self._throttle.attempt(own, *shared))
            except TooManyRequests:
                if device or not await known():
                    raise
                await turns.aclose()
                attempt = await self._at_home(turns, phone, origin, own)
            yield attempt

    async def _at_home(self, turns: contextlib.AsyncExitStack, phone: str, origin: Origin, own: Bucket) -> Attempt:
        """A try past the free ones from a network that the account knows."""
        await turns.enter_async_context(self._turns.turn(f"at home {phone} {origin.network}", WAITING_AT_HOME))
        many = Bucket(self._number, ("login at home", phone, origin.network), own=True)
        return await self._throttle.patient(LONGEST_AT_HOME, own, many)

    async def ask_for_reset(self, origin: Origin) -> None:
        """Let a stranger ask for a code once more, or raise `TooManyRequests`."""
        await self._throttle.take(self._resets, "reset", origin.network)

    async def try_reset(self, phone: str, origin: Origin, asker: Asker) -> Attempt:
        """One try of a code that was sent for a new password. Raises `TooManyRequests`."""
        if asker.known:
            return await self._throttle.attempt(Bucket(self._codes, ("reset code", phone, asker.place)))
        return await self._throttle.attempt(
            Bucket(self._codes, ("reset code", phone)),
            Bucket(self._address, ("reset code", "address", origin.address)),
            Bucket(self._all, ("reset code", ANYWHERE)),
        )

    @contextlib.asynccontextmanager
    async def secret_of(self, user_id: str, what: str) -> AsyncIterator[Attempt]:
        """One try of a signed-in user to name their `what` (a password, say). Raises `TooManyRequests`."""
        async with self._turns.turn(f"{what} {user_id}"):
            yield await self._throttle.attempt(Bucket(self._own, (what, user_id), own=True))

    async def bad_token(self, origin: Origin) -> None:
        """Count a refresh token that was none against its address; raises `TooManyRequests` past the limit."""
        attempt = await self._throttle.attempt(Bucket(self._address, ("refresh", origin.address)))
        await attempt.failed()
