"""Who is asking: the dependencies that every route but a few has in its signature."""

import functools
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from redraft.accounts.access import Access
from redraft.accounts.models import Identity
from redraft.accounts.service import Accounts
from redraft.config import Settings
from redraft.errors import FactorRequired, PhoneUnverified, Unauthenticated
from redraft.web.endings import ENDING
from redraft.web.provide import provided
from redraft.web.requests import USER_ID

OWN = ("/v1/me", "/v1/auth/")
"""What an account can do that lacks what is wanted here (a verified number, a second factor): see to itself."""
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="`access_token` of a login.")


async def _caller(
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    access: Annotated[Access, Depends(provided(Access))],
    settings: Annotated[Settings, Depends(provided(Settings))],
    request: Request,
) -> Identity:
    if sent is None:
        raise Unauthenticated("Send an access token: `Authorization: Bearer …`.")
    admitted = await access.admit(sent.credentials)
    caller = admitted.identity
    request.scope[ENDING] = functools.partial(access.ended, admitted)
    request.scope[USER_ID] = caller.user_id
    if not request.url.path.startswith(OWN):
        if settings.require_verified_phone and not caller.phone_verified:
            raise PhoneUnverified("Verify your phone number (POST /v1/me/phone), then refresh the access token.")
        if settings.require_second_factor == "everybody" and not caller.second_factor:
            raise FactorRequired("Set up a second factor (POST /v1/me/second-factor), then refresh the access token.")
    return caller


Caller = Annotated[Identity, Depends(_caller)]
"""The signed-in user, or a 401."""


async def _admin(caller: Caller, accounts: Annotated[Accounts, Depends(provided(Accounts))]) -> Identity:
    await accounts.admit_admin(caller)
    return caller


Admin = Annotated[Identity, Depends(_admin)]
"""The signed-in user if they are an admin now, or a 401 or a 403."""
