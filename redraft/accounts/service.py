"""Accounts: made, entered, left and changed."""

import dataclasses
from datetime import timedelta

from redraft.accounts import phones, totp
from redraft.accounts.audit import NOBODY, Audit
from redraft.accounts.devices import Devices
from redraft.accounts.factors import SecondFactor
from redraft.accounts.gate import Gate, Origin
from redraft.accounts.invites import Invites
from redraft.accounts.models import (
    Account,
    Identity,
    Invite,
    Login,
    OfferedFactor,
    PasswordChange,
    ProfileChange,
    Registration,
    SecurityEvent,
    Session,
    SignedIn,
    User,
)
from redraft.accounts.numbers import Numbers
from redraft.accounts.opening import Opening
from redraft.accounts.passwords import Passwords
from redraft.accounts.sessions import Grant, Sessions
from redraft.accounts.store import TAKEN, UserStore
from redraft.accounts.throttle import Attempt
from redraft.accounts.tokens import AccessTokens
from redraft.config import Settings
from redraft.db import now
from redraft.errors import (
    FactorRequired,
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    PhoneTaken,
    PhoneUnverified,
    ProofNeeded,
    SecondFactorNeeded,
    TokenOutdated,
    TokenReused,
    Unauthenticated,
    WrongCredentials,
)
from redraft.ids import new_id


class Accounts:
    """What a person can do with an account."""

    def __init__(
        self,
        users: UserStore,
        sessions: Sessions,
        opening: Opening,
        tokens: AccessTokens,
        hashing: Passwords,
        factors: SecondFactor,
        numbers: Numbers,
        devices: Devices,
        gate: Gate,
        invites: Invites,
        audit: Audit,
        settings: Settings,
    ) -> None:
        self._gate = gate
        self._invites = invites
        self._numbers = numbers
        self._devices = devices
        self._factors = factors
        self._audit = audit
        self._users = users
        self._sessions = sessions
        self._opening = opening
        self._tokens = tokens
        self._hashing = hashing
        self._default_region = settings.default_region
        self._fresh = timedelta(minutes=settings.fresh_login_minutes)
        self._texts = settings.sms_sender in {"webhook", "twilio"}
        self._admins_need_factor = settings.require_second_factor != "nobody"

    async def register(self, wish: Registration, origin: Origin) -> SignedIn:
        """Make an account and log it in. Raises `InvalidRequest`, `PhoneTaken`, and as `Invites.admit` does."""
        phone = phones.normal(wish.phone, self._default_region)
        self._hashing.acceptable(wish.password, phone)
        await self._gate.registration(origin)
        await self._invites.admit(wish.invite, phone)
        if await self._users.by_phone(phone):
            raise PhoneTaken(TAKEN)
        account = Account(
            id=new_id("usr"),
            phone=phone,
            password_hash=await self._hashing.hash(wish.password),
            is_admin=False,
            generation=0,
            created_at=now(),
        )
        await self._invites.spend(wish.invite, phone)
        account = await self._users.add(account, wish.name)
        return await self._open(account, origin, "registered")

    async def login(self, wish: Login, origin: Origin) -> SignedIn:
        """Begin a session. Raises `WrongCredentials`, the same for a number that nobody has."""
        phone = phones.normal(wish.phone, self._default_region)
        account = await (self._numbers.former(phone) if wish.former else self._users.by_phone(phone))
        owner_id = account.id if account else NOBODY
        device = self._devices.known(owner_id, wish.device_token or origin.device_token)
        number = f"former {phone}" if wish.former else phone

        async def known() -> bool:
            return await self._sessions.knows(owner_id, origin.network)

        async with self._gate.login(number, origin, device, known) as attempt:
            matches, renewed = await self._hashing.check(wish.password, account.password_hash if account else None)
            if account is None or not matches:
                await attempt.failed()
                await self._audit.note_often(owner_id, "login_failed", origin, proof="password")
                raise WrongCredentials("The phone number or the password is wrong.")
            proof = await self._second(account, wish.code, attempt, origin) if account.second_factor else "password"
            await attempt.succeeded()
        if renewed:
            await self._users.change(account.id, {"password_hash": renewed})
        origin = dataclasses.replace(origin, device=wish.device or origin.device)
        return await self._open(account, origin, "login", proof)

    async def refresh(self, refresh_token: str, origin: Origin) -> SignedIn:
        """The next tokens of a session. Raises `Unauthenticated`."""
        try:
            grant = await self._sessions.refresh(refresh_token, origin.network)
        except TokenOutdated as late:
            await self._audit.note_often(late.owner_id, "refresh_token_outdated", origin, late.session_id)
            await self._gate.bad_token(origin)
            raise
        except TokenReused as theft:
            await self._audit.note(theft.owner_id, "refresh_token_reused", origin, theft.session_id)
            await self._gate.bad_token(origin)
            raise
        except Unauthenticated:
            await self._gate.bad_token(origin)
            raise
        account = await self._users.by_id(grant.owner_id)
        if account is None or account.generation != grant.generation:
            raise Unauthenticated("This session has ended. Log in again.")
        if grant.elsewhere:
            await self._audit.note_often(grant.owner_id, "refresh_repeated_elsewhere", origin, grant.session_id)
        return await self._signed_in(account, grant)

    async def logout(self, caller: Identity) -> None:
        """End this session."""
        await self._sessions.end(caller.user_id, caller.session_id, "logout")
        await self._audit.note(caller.user_id, "logout", session_id=caller.session_id)

    async def logout_all(self, caller: Identity) -> None:
        """End every session of this user, also those that begin at this moment."""
        await self._users.next_generation(caller.user_id)
        await self._sessions.end_all(caller.user_id, "logout_all")
        await self._audit.note(caller.user_id, "logout_all", session_id=caller.session_id)

    async def me(self, caller: Identity) -> User:
        """The caller's account."""
        return await self._users.shown(await self._account(caller))

    async def change_profile(self, caller: Identity, wish: ProfileChange) -> User:
        """Change what `wish` names."""
        if "name" in wish.model_fields_set and not await self._users.rename(caller.user_id, wish.name):
            raise NotFound
        return await self.me(caller)

    async def change_password(self, caller: Identity, wish: PasswordChange, origin: Origin) -> SignedIn:
        """Set a new password and end every session; the caller gets a new one. Raises `InvalidRequest`."""
        account = await self._account(caller)
        await self._prove(account, wish.current_password, "current_password")
        self._hashing.acceptable(wish.new_password, account.phone, "new_password")
        hashed = await self._hashing.hash(wish.new_password)
        if not await self._users.change_password(account, hashed):
            raise InvalidRequest(errors=[FieldError("current_password", "was changed at this moment")])
        await self._sessions.end_all(account.id, "password_changed")
        changed = dataclasses.replace(account, generation=account.generation + 1)
        return await self._open(changed, origin, "password_changed")

    async def sessions(self, caller: Identity, limit: int) -> list[Session]:
        """The newest sessions of this user, the ended ones with the reason."""
        found = (await self._sessions.of(caller.user_id))[:limit]
        return [each.model_copy(update={"current": each.id == caller.session_id}) for each in found]

    async def end_session(self, caller: Identity, session_id: str) -> None:
        """End one session of this user. Raises `NotFound`."""
        if not await self._sessions.end(caller.user_id, session_id, "ended_by_owner"):
            raise NotFound("No such session goes on.")
        await self._audit.note(caller.user_id, "session_ended", session_id=session_id)

    async def security_events(
        self, caller: Identity, limit: int, after: int | None
    ) -> tuple[list[SecurityEvent], int | None]:
        """A page of this account's security events, the newest first, and the place where the next one begins."""
        return await self._audit.page(caller.user_id, limit, after)

    async def invite(self, caller: Identity, days: float) -> Invite:
        """A new invite. Raises `Forbidden` unless the caller is an admin."""
        await self.admit_admin(caller)
        invite = await self._invites.make(days)
        await self._audit.note(caller.user_id, "invite_made", session_id=caller.session_id)
        return invite

    async def admit_admin(self, caller: Identity) -> None:
        """Raise `Forbidden` unless the caller is an admin at this moment, whatever the access token says."""
        account = await self._users.by_id(caller.user_id)
        if account is None or not account.is_admin:
            raise Forbidden("This is for admins; `redraft admin grant PHONE` makes one.")
        if self._admins_need_factor and not account.second_factor:
            raise FactorRequired("Admins need a second factor here: POST /v1/me/second-factor sets one up.")

    async def _account(self, caller: Identity) -> Account:
        account = await self._users.by_id(caller.user_id)
        if account is None:
            raise NotFound("This account was erased.")
        return account

    async def offer_factor(self, caller: Identity, password: str) -> OfferedFactor:
        """Begin a second factor. Raises `InvalidRequest`, `PhoneUnverified`, or `Conflict` when there is one."""
        account = await self._account(caller)
        self._check_verified(account)
        await self._prove(account, password, "current_password")
        secret = await self._factors.begin(account.id)
        return OfferedFactor(secret=secret, uri=totp.address(secret, account.phone))

    async def confirm_factor(self, caller: Identity, code: str) -> list[str]:
        """Want the second factor at every login from now on, and end the other sessions. Answers the recovery codes."""
        self._check_verified(await self._account(caller))
        async with self._gate.secret_of(caller.user_id, "second factor") as attempt:
            try:
                codes = await self._factors.confirm(caller.user_id, code)
            except InvalidRequest:
                await attempt.failed()
                await self._audit.note_often(caller.user_id, "proof_failed", session_id=caller.session_id, proof="totp")
                raise
        await self._sessions.end_all(caller.user_id, "second_factor_added", but=caller.session_id)
        await self._audit.note(caller.user_id, "second_factor_added", session_id=caller.session_id)
        return codes

    async def remove_factor(self, caller: Identity, password: str) -> None:
        """Want no second factor any more, and end the other sessions. Raises `InvalidRequest`."""
        await self._prove(await self._account(caller), password, "current_password")
        await self._factors.remove(caller.user_id)
        await self._sessions.end_all(caller.user_id, "second_factor_removed", but=caller.session_id)
        await self._audit.note(caller.user_id, "second_factor_removed", session_id=caller.session_id)

    async def prove(self, caller: Identity, password: str) -> None:
        """Raise `InvalidRequest` unless it is the owner who asks."""
        await self._prove(await self._account(caller), password, "current_password")

    async def prove_or_fresh(self, caller: Identity, password: str | None) -> None:
        """The same, but a login of a moment ago will do as well. Raises `ProofNeeded` without either."""
        if password is not None:
            await self.prove(caller, password)
            return
        began = await self._sessions.began(caller.user_id, caller.session_id)
        if began is None or now() - began > self._fresh:
            raise ProofNeeded("This login is too long ago. Send your password as `current_password`, or log in again.")

    def _check_verified(self, account: Account) -> None:
        """Raise `PhoneUnverified` where codes could be sent and the number was never proved: it may be another's."""
        if self._texts and not account.phone_verified:
            raise PhoneUnverified("Verify your phone number first (POST /v1/me/phone).")

    async def _second(self, account: Account, code: str | None, attempt: Attempt, origin: Origin) -> str:
        """What `code` is. Raises `SecondFactorNeeded` unless it passes; a wrong one counts as a wrong password does."""
        kept = await self._factors.wanted(account.id)
        if kept is None:
            return "password"
        if code and (proof := await self._factors.passes(account.id, kept, code)):
            return proof
        if code:
            await attempt.failed()
            await self._audit.note_often(account.id, "login_failed", origin, proof="code")
        raise SecondFactorNeeded("Send the code of your authenticator app, or a recovery code, as `code`.")

    async def _prove(self, account: Account, password: str, field: str) -> None:
        """Raise `InvalidRequest`, naming `field`, unless this is the account's password."""
        async with self._gate.secret_of(account.id, "password") as attempt:
            matches, _ = await self._hashing.check(password, account.password_hash)
            if not matches:
                await attempt.failed()
                await self._audit.note_often(account.id, "proof_failed", proof="password")
                raise InvalidRequest(errors=[FieldError(field, "is not your password")])
            await attempt.succeeded()

    async def _open(self, account: Account, origin: Origin, event: str, proof: str = "password") -> SignedIn:
        return await self._signed_in(account, await self._opening.open(account, origin, event, proof))

    async def _signed_in(self, account: Account, grant: Grant) -> SignedIn:
        identity = Identity(
            account.id, grant.session_id, account.is_admin, account.phone_verified, account.second_factor
        )
        access_token, seconds = self._tokens.issue(identity, grant.at, grant.expires_at)
        return SignedIn(
            user=await self._users.shown(account),
            access_token=access_token,
            expires_in=seconds,
            refresh_token=grant.refresh_token,
            refresh_expires_in=int((grant.expires_at - grant.at).total_seconds()),
            device_token=self._devices.proof(account.id, grant.session_id),
        )
