"""Which devices an account was used on: each login leaves a proof there that outlives its session.

Whoever shows it has limits of their own, so that no stranger in the same network uses them up (OWASP's device cookies).
It opens nothing by itself. Nothing of it is kept: it is the session's id with a keyed hash of it and of the account.
"""

import hmac

from redraft.vault import OwnerKey


class Devices:
    """Makes and checks the proofs."""

    def __init__(self, secret: OwnerKey) -> None:
        self._secret = secret

    def proof(self, user_id: str, session_id: str) -> str:
        """What the device of this session shows from now on."""
        return f"{session_id}.{self._digest(user_id, session_id)}"

    def known(self, user_id: str, proof: str | None) -> str | None:
        """The device that `proof` is of, if it is one of this account; None for any other."""
        device, _, digest = (proof or "").partition(".")
        expected = self._digest(user_id, device)
        return device if hmac.compare_digest(digest.encode(), expected.encode()) else None

    def _digest(self, user_id: str, device: str) -> str:
        return self._secret.digest(f"device\0{user_id}\0{device}")
