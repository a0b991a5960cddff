"""Accounts: made, entered and left."""

from redraft.accounts import passwords, phones
from redraft.accounts.models import Account, Identity, Login, Registration, SignedIn, User
from redraft.accounts.passwords import Passwords
from redraft.accounts.sessions import Grant, Sessions
from redraft.accounts.store import UserStore, now
from redraft.accounts.tokens import AccessTokens
from redraft.errors import NotFound, PhoneTaken, Unauthenticated, WrongCredentials
from redraft.ids import new_id


class Accounts:
    """What a person can do with an account."""

    def __init__(
        self,
        users: UserStore,
        sessions: Sessions,
        tokens: AccessTokens,
        hashing: Passwords,
        default_region: str,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._tokens = tokens
        self._hashing = hashing
        self._default_region = default_region

    async def register(self, wish: Registration, device: str | None, address: str | None) -> SignedIn:
        """Make an account and log it in. Raises `InvalidRequest` or `PhoneTaken`."""
        phone = phones.normal(wish.phone, self._default_region)
        passwords.acceptable(wish.password, phone)
        if await self._users.by_phone(phone):
            raise PhoneTaken("This phone number already has an account: log in instead.")
        account = Account(
            id=new_id("usr"),
            phone=phone,
            name=wish.name,
            password_hash=await self._hashing.hash(wish.password),
            is_admin=False,
            generation=0,
            created_at=now(),
        )
        await self._users.add(account)
        return await self._open(account, device, address)

    async def login(self, wish: Login, device: str | None, address: str | None) -> SignedIn:
        """Begin a session. Raises `WrongCredentials`, the same for a number that nobody has."""
        phone = phones.normal(wish.phone, self._default_region)
        account = await self._users.by_phone(phone)
        matches, renewed = await self._hashing.check(wish.password, account.password_hash if account else None)
        if account is None or not matches:
            raise WrongCredentials("The phone number or the password is wrong.")
        if renewed:
            await self._users.change(account.id, {"password_hash": renewed})
        return await self._open(account, wish.device or device, address)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """The next tokens of a session. Raises `Unauthenticated`."""
        grant = await self._sessions.refresh(refresh_token)
        account = await self._users.by_id(grant.owner_id)
        if account is None or account.generation != grant.generation:
            raise Unauthenticated("This session has ended. Log in again.")
        return self._signed_in(account, grant)

    async def logout(self, caller: Identity) -> None:
        """End this session."""
        await self._sessions.end(caller.user_id, caller.session_id, "logout")

    async def logout_all(self, caller: Identity) -> None:
        """End every session of this user."""
        await self._sessions.end_all(caller.user_id, "logout_all")

    async def who(self, access_token: str) -> Identity:
        """Whose access token this is. Raises `Unauthenticated`."""
        identity, _ = await self._tokens.check(access_token)
        if not await self._sessions.live(identity.user_id, identity.session_id):
            raise Unauthenticated("This session has ended: log in.")
        return identity

    async def me(self, caller: Identity) -> User:
        """The caller's account."""
        account = await self._users.by_id(caller.user_id)
        if account is None:
            raise NotFound
        return account.shown()

    async def is_admin(self, user_id: str) -> bool:
        """Whether the user is an admin at this moment."""
        account = await self._users.by_id(user_id)
        return account is not None and account.is_admin

    async def grant_admin(self, phone: str) -> User:
        """Make the account of `phone`, in any spelling, an admin. Raises `NotFound` when there is none."""
        account = await self._users.by_phone(phones.normal(phone, self._default_region))
        if account is None or not await self._users.change(account.id, {"is_admin": True}):
            raise NotFound("No account has this phone number.")
        return account.shown().model_copy(update={"is_admin": True})

    async def _open(self, account: Account, device: str | None, address: str | None) -> SignedIn:
        grant = await self._sessions.open(account.id, account.generation, device, address)
        return self._signed_in(account, grant)

    def _signed_in(self, account: Account, grant: Grant) -> SignedIn:
        identity = Identity(account.id, grant.session_id, account.is_admin)
        return SignedIn(
            user=account.shown(),
            access_token=self._tokens.issue(identity, grant.at),
            expires_in=int(self._tokens.lifetime.total_seconds()),
            refresh_token=grant.refresh_token,
            refresh_expires_in=int((grant.expires_at - grant.at).total_seconds()),
        )
