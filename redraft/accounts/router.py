"""`/v1/auth`, `/v1/me` and the public signing keys."""

import ipaddress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request

from redraft.accounts.caller import Caller
from redraft.accounts.keys import Keyring
from redraft.accounts.models import Login, Refresh, Registration, SignedIn, User
from redraft.accounts.service import Accounts
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = APIRouter()
auth = api_router("/auth", "auth")
account = api_router("/me", "account")
Provided = Annotated[Accounts, Depends(provided(Accounts))]
UserAgent = Annotated[str | None, Header(alias="User-Agent", include_in_schema=False)]


def _address_prefix(request: Request) -> str | None:
    """The caller's network, not his machine: /24 of IPv4, /48 of IPv6."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


AddressPrefix = Annotated[str | None, Depends(_address_prefix)]


@auth.post("/register", status_code=201, responses=problems(409))
async def register(wish: Registration, accounts: Provided, address: AddressPrefix, agent: UserAgent = None) -> SignedIn:
    """Make an account for a phone number and log it in. The same number in another spelling is a 409."""
    return await accounts.register(wish, agent and agent[:200], address)


@auth.post("/login", responses=problems(401))
async def login(wish: Login, accounts: Provided, address: AddressPrefix, agent: UserAgent = None) -> SignedIn:
    """Log in. A number that nobody has and a wrong password get the same answer."""
    return await accounts.login(wish, agent and agent[:200], address)


@auth.post("/refresh", responses=problems(401))
async def refresh(wish: Refresh, accounts: Provided) -> SignedIn:
    """Get the next access and refresh token. Sent again within seconds, the spent one gets the same pair."""
    return await accounts.refresh(wish.refresh_token)


@auth.post("/logout", status_code=204)
async def logout(caller: Caller, accounts: Provided) -> None:
    """End this session."""
    await accounts.logout(caller)


@auth.post("/logout-all", status_code=204)
async def logout_all(caller: Caller, accounts: Provided) -> None:
    """End every session of this account."""
    await accounts.logout_all(caller)


@account.get("")
async def me(caller: Caller, accounts: Provided) -> User:
    """The account."""
    return await accounts.me(caller)


@router.get("/.well-known/jwks.json", tags=["operations"])
async def public_keys(keys: Annotated[Keyring, Depends(provided(Keyring))]) -> dict[str, list[dict[str, Any]]]:
    """The keys that access tokens are checked with (RFC 7517)."""
    return {"keys": keys.published()}


router.include_router(auth)
router.include_router(account)
