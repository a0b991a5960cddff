"""Access tokens: signed, short-lived, checked without the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from redraft.accounts.keys import Keyring
from redraft.accounts.models import Identity
from redraft.errors import Unauthenticated

ISSUER = AUDIENCE = "redraft"
ALGORITHM = "EdDSA"
MAX_CHARACTERS = 2_000
"""Of a token as sent: ours have about 400, and a longer one is not worth decoding."""


@dataclass(frozen=True)
class Checked:
    """A token whose signature holds. `expires_at` is in seconds since 1970; `key_id` names the key that signed it."""

    identity: Identity
    expires_at: float
    key_id: str


class AccessTokens:
    """Makes and checks JSON Web Tokens of one issuer, one audience and one algorithm."""

    def __init__(self, keys: Keyring, lifetime: timedelta) -> None:
        self._keys = keys
        self.lifetime = lifetime

    def issue(self, identity: Identity, at: datetime, session_ends: datetime) -> tuple[str, int]:
        """A token of `identity` that begins `at`, and its seconds; the same again for the same moment and key.

        It never outlives its session.
        """
        key = self._keys.newest()
        issued, seconds = int(at.timestamp()), int(min(self.lifetime, session_ends - at).total_seconds())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": identity.user_id,
            "sid": identity.session_id,
            "adm": identity.is_admin,
            "phv": identity.phone_verified,
            "mfa": identity.second_factor,
            "iat": issued,
            "exp": issued + seconds,
        }
        return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.id, "typ": "at+jwt"}), seconds

    async def check(self, token: str) -> Checked:
        """What a token says that we signed and that has not expired. Raises `Unauthenticated`."""
        if len(token) > MAX_CHARACTERS:
            raise _refused()
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(str(header.get("kid")))
            if key is None or header.get("typ") != "at+jwt":
                raise _refused()
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "sub", "sid", "adm", "phv", "mfa"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The access token has expired: refresh it.") from None
        except (jwt.PyJWTError, ValueError, UnicodeError):
            raise _refused() from None
        identity = Identity(claims["sub"], claims["sid"], claims["adm"], claims["phv"], claims["mfa"])
        return Checked(identity, float(claims["exp"]), key.id)


def _refused() -> Unauthenticated:
    return Unauthenticated("This is not a valid access token: log in.")
