"""Whether an access token opens the door, as cheaply as every request deserves."""

import asyncio
import hashlib
import time
from collections import OrderedDict

from pymongo.errors import PyMongoError

from redraft.accounts.keys import Keyring
from redraft.accounts.models import Identity
from redraft.accounts.revocations import Revocations
from redraft.accounts.sessions import Sessions
from redraft.accounts.tokens import AccessTokens, Checked
from redraft.errors import Unauthenticated

CACHED_TOKENS = 20_000
RETRY_SECONDS = 1.0
"""Between two looks at a session while the database is away."""


class Access:
    """Checks a token's signature once and then knows it; whether its session has ended is looked at every time."""

    def __init__(self, tokens: AccessTokens, keys: Keyring, sessions: Sessions, revocations: Revocations) -> None:
        self._tokens = tokens
        self._keys = keys
        self._sessions = sessions
        self._revocations = revocations
        self._known: OrderedDict[bytes, Checked] = OrderedDict()

    async def admit(self, access_token: str) -> Checked:
        """Whose access token this is, and until when. Raises `Unauthenticated`."""
        digest = hashlib.sha256(access_token.encode(errors="replace")).digest()
        known = self._known.get(digest)
        if known is None or known.expires_at <= time.time() or known.key_id not in self._keys:
            self._known.pop(digest, None)
            known = self._known[digest] = await self._tokens.check(access_token)
            if len(self._known) > CACHED_TOKENS:
                self._known.popitem(last=False)
        identity = known.identity
        if identity.session_id in self._revocations or not await self._still_live(identity):
            raise Unauthenticated("This session has ended: log in.")
        return known

    async def ended(self, admitted: Checked) -> None:
        """Return once the session of an admitted token has ended: within a second, whoever ended it, or by its age.

        A session outlives its access tokens, so nobody need look at it before this one has expired.
        """
        identity, until = admitted.identity, admitted.expires_at
        with self._revocations.awaited(identity.session_id, identity.user_id) as ended:
            while not ended.done():
                await asyncio.wait({ended}, timeout=max(0.0, until - time.time()))
                if ended.done():
                    return
                try:
                    ends = await self._sessions.ends_at(identity.user_id, identity.session_id)
                except PyMongoError:
                    until = time.time() + RETRY_SECONDS
                    continue
                if ends is None:
                    return
                until = ends.timestamp()

    async def _still_live(self, identity: Identity) -> bool:
        return self._revocations.current or await self._sessions.live(identity.user_id, identity.session_id)
