"""`/v1/auth`, `/v1/me` and the public signing keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from redraft.accounts import proofs
from redraft.accounts.caller import Caller
from redraft.accounts.cookies import clear_cookie, from_cookie, move_to_cookie
from redraft.accounts.keys import Keyring
from redraft.accounts.models import (
    Erasure,
    Invite,
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
from redraft.accounts.origins import From
from redraft.accounts.personal import PersonalData
from redraft.accounts.service import Accounts
from redraft.config import Settings
from redraft.errors import Unauthenticated
from redraft.web.openapi import problems
from redraft.web.pages import Cursor, Limit, Page, decode_cursor, encode_cursor
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = APIRouter()
auth = api_router("/auth", "auth")
account = api_router("/me", "account")
admin = api_router("/admin", "account")
Personal = Annotated[PersonalData, Depends(provided(PersonalData))]
Provided = Annotated[Accounts, Depends(provided(Accounts))]
Config = Annotated[Settings, Depends(provided(Settings))]


def _answer(signed_in: SignedIn, cookie: bool, response: Response) -> SignedIn:
    return move_to_cookie(signed_in, response) if cookie else signed_in


@auth.post("/register", status_code=201, responses=problems(403, 409, 429))
async def register(wish: Registration, accounts: Provided, origin: From, response: Response) -> SignedIn:
    """Make an account for a phone number and log it in. The same number in another spelling is a 409.

    Where REDRAFT_REGISTRATION is `invite` or `closed`, a 403 says so.
    """
    return _answer(await accounts.register(wish, origin), wish.cookie, response)


@auth.post("/login", responses=problems(401, 429))
async def login(wish: Login, accounts: Provided, origin: From, response: Response) -> SignedIn:
    """Log in. A number that nobody has and a wrong password get the same answer."""
    return _answer(await accounts.login(wish, origin), wish.cookie, response)


@auth.post("/refresh", responses=problems(401, 403, 429))
async def refresh(
    accounts: Provided,
    origin: From,
    settings: Config,
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
async def security_events(
    caller: Caller, accounts: Provided, settings: Config, cursor: Cursor = None, limit: Limit = None
) -> Page[SecurityEvent]:
    """The logins, failed logins and changes of this account, the newest first."""
    place = decode_cursor(cursor) if cursor else None
    events, further = await accounts.security_events(caller, limit or settings.page_size, place)
    return Page(items=events, next_cursor=None if further is None else encode_cursor(further))


@account.get("/export", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def export(caller: Caller, personal: Personal) -> StreamingResponse:
    """Everything kept of this account, in one JSON file."""
    archive = await personal.export(caller)
    headers = {"Content-Disposition": 'attachment; filename="redraft-export.json"', "Cache-Control": "no-store"}
    return StreamingResponse(archive, media_type="application/json", headers=headers)


@admin.post("/invites", status_code=201, responses=problems(403))
async def invite(
    caller: Caller,
    accounts: Provided,
    days: Annotated[float, Query(gt=0, le=365, description="How long it is good for")] = 7,
) -> Invite:
    """Make an invite, with which one person can register where REDRAFT_REGISTRATION is `invite`. For admins."""
    return await accounts.invite(caller, days)


@router.get("/.well-known/jwks.json", tags=["operations"])
async def public_keys(keys: Annotated[Keyring, Depends(provided(Keyring))]) -> dict[str, list[dict[str, Any]]]:
    """The keys that access tokens are checked with (RFC 7517)."""
    return {"keys": keys.published()}


router.include_router(auth)
router.include_router(account)
router.include_router(admin)
router.include_router(proofs.reset)
router.include_router(proofs.account)
