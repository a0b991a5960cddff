"""The calls about other proofs than the password: codes by text message, and the second factor."""

from typing import Annotated

from fastapi import Depends

from redraft.accounts.caller import Caller
from redraft.accounts.models import (
    Confirmation,
    NewPhone,
    OfferedFactor,
    Proof,
    RecoveryCodes,
    Reset,
    ResetAsked,
    User,
)
from redraft.accounts.origins import From
from redraft.accounts.ownership import Ownership
from redraft.accounts.service import Accounts
from redraft.repeats import Once
from redraft.web.openapi import problems
from redraft.web.provide import provided
from redraft.web.routing import api_router

reset = api_router("/auth/password-reset", "auth")
account = api_router("/me", "account")
Owning = Annotated[Ownership, Depends(provided(Ownership))]
Provided = Annotated[Accounts, Depends(provided(Accounts))]


@reset.post("", status_code=202, responses=problems(429))
async def ask_for_reset(wish: ResetAsked, owning: Owning, origin: From) -> None:
    """Send a code to a number whose password was forgotten. The answer is the same for a number without an account.

    Asked again while a code is alive, it sends the same one, a few times an hour; what it does not send is there.
    """
    await owning.offer_reset(wish, origin)


@reset.post("/confirm", status_code=204, responses=problems(429))
async def reset_password(wish: Reset, owning: Owning, origin: From) -> None:
    """Set a new password by the code. Every session ends; log in with the new password.

    Where the account never proved its number, the number gets a new, empty account with this password, unless the
    device token is one of the account's: then it is the account's password that is set.
    """
    await owning.reset(wish, origin)


@account.post("/phone", status_code=202, responses=problems(429))
async def offer_phone(wish: NewPhone, caller: Caller, once: Once, accounts: Provided, owning: Owning) -> None:
    """Send a code to a number: the account's, to verify it, or the one it shall have."""
    await accounts.prove(caller, wish.current_password)
    await owning.offer_phone(caller, wish)


@account.post("/phone/confirm", responses=problems(409))
async def confirm_phone(wish: Confirmation, caller: Caller, once: Once, owning: Owning) -> User:
    """Verify the number by the code. Refresh the access token afterwards where verified numbers are wanted."""
    return await owning.confirm_phone(caller, wish.code)


@account.post("/second-factor", responses=problems(403, 409, 429))
async def offer_factor(wish: Proof, caller: Caller, accounts: Provided) -> OfferedFactor:
    """Begin a second factor: show the address as a QR code to an authenticator app, then confirm."""
    return await accounts.offer_factor(caller, wish.current_password)


@account.post("/second-factor/confirm", responses=problems(403, 409, 429))
async def confirm_factor(wish: Confirmation, caller: Caller, accounts: Provided) -> RecoveryCodes:
    """Ask for a code at every login from now on."""
    return RecoveryCodes(recovery_codes=await accounts.confirm_factor(caller, wish.code))


@account.post("/second-factor/remove", status_code=204, responses=problems(429))
async def remove_factor(wish: Proof, caller: Caller, accounts: Provided) -> None:
    """Ask for no code any more."""
    await accounts.remove_factor(caller, wish.current_password)
