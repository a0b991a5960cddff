"""Whether an access token opens the door, as cheaply as every request deserves."""

import hashlib
import time
from collections import OrderedDict

from redraft.accounts.keys import Keyring
from redraft.accounts.models import Identity
from redraft.accounts.revocations import Revocations
from redraft.accounts.sessions import Sessions
from redraft.accounts.tokens import AccessTokens, Checked
from redraft.errors import Unauthenticated

CACHED_TOKENS = 20_000


class Access:
    """Checks a token's signature once and then knows it; whether its session has ended is looked at every time."""

    def __init__(self, tokens: AccessTokens, keys: Keyring, sessions: Sessions, revocations: Revocations) -> None:
        self._tokens = tokens
        self._keys = keys
        self._sessions = sessions
        self._revocations = revocations
        self._known: OrderedDict[bytes, Checked] = OrderedDict()

    async def who(self, access_token: str) -> Identity:
        """Whose access token this is. Raises `Unauthenticated`."""
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
        return identity

    async def _still_live(self, identity: Identity) -> bool:
        return self._revocations.current or await self._sessions.live(identity.user_id, identity.session_id)
