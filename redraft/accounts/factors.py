"""The second factor of accounts that have one."""

from typing import Any

from redraft.accounts import totp
from redraft.accounts.store import USERS, UserStore
from redraft.errors import Conflict, FieldError, InvalidRequest
from redraft.vault import Place, Vault


class SecondFactor:
    """A secret shared with an authenticator app, sealed; and recovery codes, hashed. Each code counts once."""

    def __init__(self, users: UserStore, vault: Vault) -> None:
        self._users = users
        self._vault = vault

    async def begin(self, user_id: str) -> str:
        """A new secret, of no effect until `confirm`. Raises `Conflict` when the account has a second factor."""
        secret = totp.new_secret()
        key = await self._vault.key(user_id)
        if not await self._users.change_if(
            user_id, {"totp": None}, {"totp_offered": key.seal(secret, _offered(user_id))}
        ):
            raise Conflict("This account has a second factor: take it away first.")
        return secret

    async def confirm(self, user_id: str, code: str) -> list[str]:
        """Ask for codes from now on, as `code` shows that the app has the secret. Answers the recovery codes."""
        factors = await self._users.factors(user_id)
        key = await self._vault.key(user_id)
        offered = factors.get("totp_offered")
        secret = key.open(offered, _offered(user_id)) if offered else None
        step = totp.step_of(secret, code) if secret else None
        if secret is None or step is None:
            raise InvalidRequest(errors=[FieldError("code", "is not the code that the app shows now")])
        recovery = totp.new_recovery_codes()
        sealed = key.seal(secret, _secret(user_id))
        kept = {"secret": sealed, "last_step": step, "recovery": [key.digest(each) for each in recovery]}
        if not await self._users.change_if(
            user_id, {"totp": None, "totp_offered": offered}, {"totp": kept, "totp_offered": None}
        ):
            raise Conflict("This account has a second factor by now.")
        return recovery

    async def remove(self, user_id: str) -> None:
        """Ask for no codes any more."""
        await self._users.change(user_id, {"totp": None, "totp_offered": None})

    async def wanted(self, user_id: str) -> dict[str, Any] | None:
        """What the account's second factor is checked against; None when it has none."""
        found: dict[str, Any] | None = (await self._users.factors(user_id)).get("totp")
        return found

    async def passes(self, user_id: str, kept: dict[str, Any], code: str) -> str | None:
        """What `code` is, `totp` or `recovery_code`, if it is of now and was not used before. Spends it."""
        key = await self._vault.key(user_id)
        step = totp.step_of(key.open(kept["secret"], _secret(user_id)), code)
        if step is not None:
            unused = {"totp.last_step": {"$lt": step}}
            return "totp" if await self._users.change_if(user_id, unused, {"totp.last_step": step}) else None
        spent = await self._users.take_recovery_code(user_id, key.digest(code.strip().lower()))
        return "recovery_code" if spent else None


def _offered(user_id: str) -> Place:
    return Place(USERS.collection, "totp_offered", user_id)


def _secret(user_id: str) -> Place:
    return Place(USERS.collection, "totp.secret", user_id)
