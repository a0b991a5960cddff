"""That a phone is one's own: shown by a code sent to it. It verifies numbers, changes them, and resets passwords."""

import asyncio

import structlog

from redraft.accounts import phones
from redraft.accounts.audit import NOBODY, Audit
from redraft.accounts.codes import Codes
from redraft.accounts.gate import Origin
from redraft.accounts.models import Identity, NewPhone, Reset, User
from redraft.accounts.passwords import Passwords
from redraft.accounts.sessions import Sessions
from redraft.accounts.store import UserStore
from redraft.errors import FieldError, InvalidRequest, NotFound, Unavailable

log = structlog.get_logger()


class Ownership:
    """Codes by text message, and what they allow."""

    def __init__(
        self,
        users: UserStore,
        sessions: Sessions,
        codes: Codes,
        hashing: Passwords,
        audit: Audit,
        default_region: str,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._codes = codes
        self._hashing = hashing
        self._audit = audit
        self._default_region = default_region
        self._sending: set[asyncio.Task[None]] = set()

    async def offer_phone(self, caller: Identity, wish: NewPhone) -> None:
        """Text a code to a number, one's own or the one it shall be. That it is the owner who asks is proven before."""
        phone = phones.normal(wish.phone, self._default_region)
        await self._codes.allow(phone)
        await self._users.change(caller.user_id, {"phone_offered": phone})
        await self._codes.send(f"phone {caller.user_id}", phone)

    async def confirm_phone(self, caller: Identity, code: str) -> User:
        """Make the number that the code was sent to the account's, and verified. Raises `PhoneTaken`.

        Another number than before ends the other sessions.
        """
        phone = (await self._users.factors(caller.user_id)).get("phone_offered")
        if phone is None:
            raise InvalidRequest(errors=[FieldError("code", "was not asked for; POST /v1/me/phone sends one")])
        try:
            await self._codes.use(f"phone {caller.user_id}", phone, code)
        except InvalidRequest:
            await self._audit.note_often(caller.user_id, "proof_failed", session_id=caller.session_id, proof="code")
            raise
        before = await self._users.by_id(caller.user_id)
        await self._users.set_phone(caller.user_id, phone)
        account = await self._users.by_id(caller.user_id)
        if before is None or account is None:
            raise NotFound("This account was erased.")
        changed = before.phone != account.phone
        if changed:
            await self._sessions.end_all(caller.user_id, "phone_changed", but=caller.session_id)
        event = "phone_changed" if changed else "phone_verified"
        await self._audit.note(caller.user_id, event, session_id=caller.session_id)
        return account.shown()

    async def offer_reset(self, written: str) -> None:
        """Text a code to the number if it has an account; whether it has is told neither by the answer nor by time."""
        phone = phones.normal(written, self._default_region)
        await self._codes.allow(phone)
        if await self._users.by_phone(phone):
            task = asyncio.create_task(self._send_reset(phone))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def reset(self, wish: Reset, origin: Origin) -> None:
        """Set a new password by the code that was texted, and end every session. Raises `InvalidRequest`."""
        phone = phones.normal(wish.phone, self._default_region)
        self._hashing.acceptable(wish.new_password, phone, "new_password")
        account = await self._users.by_phone(phone)
        try:
            await self._codes.use("reset", phone, wish.code)
        except InvalidRequest:
            await self._audit.note_often(account.id if account else NOBODY, "proof_failed", origin, proof="code")
            raise
        hashed = await self._hashing.hash(wish.new_password)
        if account is None or not await self._users.change_password(account, hashed):
            raise InvalidRequest(errors=[FieldError("code", "is of an account that changed meanwhile")])
        await self._users.change(account.id, {"phone_verified": True})
        await self._sessions.end_all(account.id, "password_reset")
        await self._audit.note(account.id, "password_reset", proof="code")

    async def _send_reset(self, phone: str) -> None:
        try:
            await self._codes.send("reset", phone)
        except Unavailable:
            log.warning("a code for a new password was not sent")
