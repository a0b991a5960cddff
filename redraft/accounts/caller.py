"""Who is asking: the dependencies that every route but a few has in its signature."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from redraft.accounts.access import Access
from redraft.accounts.models import Identity
from redraft.accounts.service import Accounts
from redraft.config import Settings
from redraft.errors import Forbidden, PhoneUnverified, Unauthenticated
from redraft.web.provide import provided

OWN = ("/v1/me", "/v1/auth/")
"""What an account with an unverified number can do where verified ones are wanted: see to itself."""
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="`access_token` of a login.")


async def _caller(
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    access: Annotated[Access, Depends(provided(Access))],
    settings: Annotated[Settings, Depends(provided(Settings))],
    request: Request,
) -> Identity:
    if sent is None:
        raise Unauthenticated("Send an access token: `Authorization: Bearer …`.")
    caller = await access.who(sent.credentials)
    if settings.require_verified_phone and not caller.phone_verified and not request.url.path.startswith(OWN):
        raise PhoneUnverified("Verify your phone number (POST /v1/me/phone), then refresh the access token.")
    return caller


Caller = Annotated[Identity, Depends(_caller)]
"""The signed-in user, or a 401."""


async def _admin(caller: Caller, accounts: Annotated[Accounts, Depends(provided(Accounts))]) -> Identity:
    # Asked of the database, because a token still says what was so when it was made.
    if not await accounts.is_admin(caller.user_id):
        raise Forbidden("This is for admins; `redraft admin grant PHONE` makes one.")
    return caller


Admin = Annotated[Identity, Depends(_admin)]
"""The signed-in user if he is an admin now, or a 401 or a 403."""
