"""`/v1/auth`, `/v1/me` and the public signing keys."""

import ipaddress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from redraft.accounts import proofs
from redraft.accounts.caller import Caller
from redraft.accounts.cookies import clear_cookie, from_cookie, move_to_cookie
from redraft.accounts.gate import Origin
from redraft.accounts.keys import Keyring
from redraft.accounts.models import (
    Erasure,
    Login,
    PasswordChange,
    ProfileChange,
    Refresh,
    Registration,
    SecurityEvent,
    Session,
    SignedIn,
    User,
)
from redraft.accounts.personal import PersonalData
from redraft.accounts.service import Accounts
from redraft.config import Settings
from redraft.errors import Unauthenticated
from redraft.web.openapi import problems
from redraft.web.pages import Limit, Page
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = APIRouter()
auth = api_router("/auth", "auth")
account = api_router("/me", "account")
Personal = Annotated[PersonalData, Depends(provided(PersonalData))]
Provided = Annotated[Accounts, Depends(provided(Accounts))]
UserAgent = Annotated[str | None, Header(alias="User-Agent", include_in_schema=False)]


async def _origin(request: Request, agent: UserAgent = None) -> Origin:
    """Where a login comes from; a client without an address (a Unix socket) is one of 0.0.0.0."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        address = ipaddress.IPv4Address(0)
    machine, network = (32, 24) if address.version == 4 else (64, 48)
    return Origin(
        device=agent[:200] if agent else None,
        address=str(ipaddress.ip_network((address, machine), strict=False)),
        network=str(ipaddress.ip_network((address, network), strict=False)),
    )


From = Annotated[Origin, Depends(_origin)]


def _answer(signed_in: SignedIn, cookie: bool, response: Response) -> SignedIn:
    return move_to_cookie(signed_in, response) if cookie else signed_in


@auth.post("/register", status_code=201, responses=problems(409, 429))
async def register(wish: Registration, accounts: Provided, origin: From, response: Response) -> SignedIn:
    """Make an account for a phone number and log it in. The same number in another spelling is a 409."""
    return _answer(await accounts.register(wish, origin), wish.cookie, response)


@auth.post("/login", responses=problems(401, 429))
async def login(wish: Login, accounts: Provided, origin: From, response: Response) -> SignedIn:
    """Log in. A number that nobody has and a wrong password get the same answer."""
    return _answer(await accounts.login(wish, origin), wish.cookie, response)


@auth.post("/refresh", responses=problems(401, 403, 429))
async def refresh(
    accounts: Provided,
    origin: From,
    settings: Annotated[Settings, Depends(provided(Settings))],
    request: Request,
    response: Response,
    wish: Refresh | None = None,
) -> SignedIn:
    """Get the next access and refresh token. Sent again within seconds, the spent one gets the same pair.

    Without a token in the body, the one in the cookie counts, and the header `X-Redraft-CSRF` must be there.
    """
    sent = wish.refresh_token if wish else None
    token = sent or from_cookie(request, settings.allowed_origins)
    if token is None:
        raise Unauthenticated("Send a refresh token: in the body, or in the cookie.")
    return _answer(await accounts.refresh(token, origin), sent is None, response)


@auth.post("/logout", status_code=204)
async def logout(caller: Caller, accounts: Provided, response: Response) -> None:
    """End this session. Its access token opens nothing any more, on every replica, within two seconds."""
    await accounts.logout(caller)
    clear_cookie(response)


@auth.post("/logout-all", status_code=204)
async def logout_all(caller: Caller, accounts: Provided, response: Response) -> None:
    """End every session of this account."""
    await accounts.logout_all(caller)
    clear_cookie(response)


@account.get("")
async def me(caller: Caller, accounts: Provided) -> User:
    """The account."""
    return await accounts.me(caller)


@account.patch("")
async def change_profile(wish: ProfileChange, caller: Caller, accounts: Provided) -> User:
    """Change the name; null takes it away."""
    return await accounts.change_profile(caller, wish)


@account.delete("", status_code=204, responses=problems(403, 429))
async def erase(caller: Caller, accounts: Provided, personal: Personal, wish: Erasure | None = None) -> None:
    """Erase the account and everything kept of it, at once and for good. A login long ago needs the password too."""
    await accounts.prove_or_fresh(caller, wish.current_password if wish else None)
    await personal.erase(caller)


@account.post("/password", responses=problems(429))
async def change_password(
    wish: PasswordChange, caller: Caller, accounts: Provided, origin: From, response: Response
) -> SignedIn:
    """Set a new password. Every session ends, also this one; the answer holds the tokens of a new one."""
    return _answer(await accounts.change_password(caller, wish, origin), wish.cookie, response)


@account.get("/sessions")
async def sessions(caller: Caller, accounts: Provided, limit: Limit = None) -> Page[Session]:
    """The newest logins of this account; those that ended in the last 30 days say why."""
    return Page(items=await accounts.sessions(caller, limit or 100))


@account.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: str, caller: Caller, accounts: Provided) -> None:
    """End one session."""
    await accounts.end_session(caller, session_id)


@account.get("/security-events")
async def security_events(caller: Caller, accounts: Provided, limit: Limit = None) -> Page[SecurityEvent]:
    """The newest logins, failed logins and changes of this account."""
    return Page(items=await accounts.security_events(caller, limit or 100))


@account.get("/export", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def export(caller: Caller, personal: Personal) -> StreamingResponse:
    """Everything kept of this account, in one JSON file."""
    archive = await personal.export(caller)
    headers = {"Content-Disposition": 'attachment; filename="redraft-export.json"', "Cache-Control": "no-store"}
    return StreamingResponse(archive, media_type="application/json", headers=headers)


@router.get("/.well-known/jwks.json", tags=["operations"])
async def public_keys(keys: Annotated[Keyring, Depends(provided(Keyring))]) -> dict[str, list[dict[str, Any]]]:
    """The keys that access tokens are checked with (RFC 7517)."""
    return {"keys": keys.published()}


router.include_router(auth)
router.include_router(account)
router.include_router(proofs.reset)
router.include_router(proofs.account)
