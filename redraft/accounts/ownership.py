"""That a phone is one's own: shown by a code sent to it. It verifies numbers, changes them, and resets passwords."""

import asyncio

from redraft.accounts import phones
from redraft.accounts.audit import NOBODY, Audit
from redraft.accounts.codes import RESET, Asker, Codes
from redraft.accounts.devices import Devices
from redraft.accounts.gate import Gate, Origin
from redraft.accounts.models import Account, Identity, NewPhone, Reset, ResetAsked, User
from redraft.accounts.numbers import Numbers
from redraft.accounts.passwords import Passwords
from redraft.accounts.sessions import Sessions
from redraft.accounts.store import UserStore
from redraft.db import now
from redraft.errors import FieldError, InvalidRequest, NotFound
from redraft.ids import new_id


class Ownership:
    """Codes by text message, and what they allow."""

    def __init__(
        self,
        users: UserStore,
        sessions: Sessions,
        codes: Codes,
        numbers: Numbers,
        devices: Devices,
        gate: Gate,
        hashing: Passwords,
        audit: Audit,
        default_region: str,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._codes = codes
        self._numbers = numbers
        self._devices = devices
        self._gate = gate
        self._hashing = hashing
        self._audit = audit
        self._default_region = default_region
        self._sending: set[asyncio.Task[None]] = set()

    async def offer_phone(self, caller: Identity, wish: NewPhone) -> None:
        """Text a code to a number, one's own or the one it shall be. That it is the owner who asks is proven before."""
        phone = phones.normal(wish.phone, self._default_region)
        account = await self._users.by_id(caller.user_id)
        await self._codes.allow(phone, "own" if account and account.phone == phone else "another's")
        await self._users.offer_phone(caller.user_id, phone)
        await self._codes.send(f"phone {caller.user_id}", phone)

    async def confirm_phone(self, caller: Identity, code: str) -> User:
        """Make the number that the code was sent to the account's, and verified. Raises `PhoneTaken`.

        An account that has the number and never proved it loses it. Another number than before ends the other sessions.
        """
        phone = await self._users.offered_phone(caller.user_id)
        if phone is None:
            raise InvalidRequest(errors=[FieldError("code", "was not asked for; POST /v1/me/phone sends one")])
        try:
            await self._codes.use(f"phone {caller.user_id}", phone, code)
        except InvalidRequest:
            await self._audit.note_often(caller.user_id, "proof_failed", session_id=caller.session_id, proof="code")
            raise
        before = await self._users.by_id(caller.user_id)
        holder = await self._users.by_phone(phone)
        if holder is not None and holder.id != caller.user_id and not holder.phone_verified:
            await self._numbers.free(holder)
        await self._users.set_phone(caller.user_id, phone)
        account = await self._users.by_id(caller.user_id)
        if before is None or account is None:
            raise NotFound("This account was erased.")
        changed = before.phone != account.phone
        if changed:
            await self._sessions.end_all(caller.user_id, "phone_changed", but=caller.session_id)
        event = "phone_changed" if changed else "phone_verified"
        await self._audit.note(caller.user_id, event, session_id=caller.session_id)
        return await self._users.shown(account)

    async def offer_reset(self, wish: ResetAsked, origin: Origin) -> None:
        """Text a code to the number if it has an account; whether it has is told neither by the answer nor by time.

        However often strangers ask, the owner has a code: the one that is alive is sent again, or is there already.
        Raises `TooManyRequests` for a network that asks too often and that the account does not know.
        """
        phone = phones.normal(wish.phone, self._default_region)
        account = await self._users.by_phone(phone)
        owner_id = account.id if account else NOBODY
        asker, _ = await self._asker(owner_id, wish.device_token, origin)
        if not asker.known:
            await self._gate.ask_for_reset(origin)
        await self._audit.note_often(owner_id, "password_reset_asked", origin)
        if account:
            # Those with a verified number have a share of all messages that strangers cannot use up.
            proven = Asker(asker.place, asker.known and account.phone_verified)
            task = asyncio.create_task(self._codes.send_for_reset(phone, proven))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def reset(self, wish: Reset, origin: Origin) -> None:
        """Set a new password by the code that was texted, and end every session. Raises `InvalidRequest`.

        The code shows whose the number is, not whose the account is: one that never proved the number keeps what is in
        it and loses the number, which gets an account of its own. Unless a device asks that the account was used on.
        """
        phone = phones.normal(wish.phone, self._default_region)
        self._hashing.acceptable(wish.new_password, phone, "new_password")
        account = await self._users.by_phone(phone)
        owner_id = account.id if account else NOBODY
        asker, device = await self._asker(owner_id, wish.device_token, origin)
        attempt = await self._gate.try_reset(phone, origin, asker)
        try:
            await self._codes.use(RESET, phone, wish.code, asker)
        except InvalidRequest:
            await attempt.failed()
            await self._audit.note_often(owner_id, "proof_failed", origin, proof="code")
            raise
        hashed = await self._hashing.hash(wish.new_password)
        if account and not account.phone_verified and not device:
            await self._begin_anew(account, hashed, origin)
            return
        if account is None or not await self._users.change_password(account, hashed):
            raise _changed()
        await self._users.change(account.id, {"phone_verified": True})
        await self._sessions.end_all(account.id, "password_reset")
        await self._audit.note(account.id, "password_reset", origin, proof="code")

    async def _begin_anew(self, account: Account, password_hash: str, origin: Origin) -> None:
        """Give the number of `account`, which never proved it, an account of its own."""
        if not await self._numbers.free(account):
            raise _changed()
        fresh = Account(
            id=new_id("usr"),
            phone=account.phone,
            password_hash=password_hash,
            is_admin=False,
            generation=0,
            created_at=now(),
            phone_verified=True,
        )
        await self._users.add(fresh, None)
        await self._audit.note(fresh.id, "registered", origin, proof="code")

    async def _asker(self, owner_id: str, device_token: str | None, origin: Origin) -> tuple[Asker, str | None]:
        """Who asks about an account, and the device that they show; the same work for one that is not there."""
        device = self._devices.known(owner_id, device_token or origin.device_token)
        at_home = await self._sessions.knows(owner_id, origin.network)
        return Asker(f"device {device}" if device else origin.network, bool(device) or at_home), device


def _changed() -> InvalidRequest:
    return InvalidRequest(errors=[FieldError("code", "is of an account that changed meanwhile")])
