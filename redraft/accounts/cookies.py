"""The refresh token in a cookie, for browsers: no script can read it, and no other site can use it.

Asked for with `"cookie": true` at login. The cookie goes only to `/v1/auth`, only over TLS (or to localhost), and only
from our own site. A refresh by cookie also needs a header that a form cannot set, and an `Origin` that is ours
or on the allow-list.
"""

from urllib.parse import urlsplit

from fastapi import Request, Response

from redraft.accounts.models import SignedIn
from redraft.errors import Forbidden

# The prefix makes browsers refuse it unless it is Secure (RFC 6265bis, 4.1.3).
COOKIE = "__Secure-redraft-refresh"
DEVICE_COOKIE = "__Secure-redraft-device"
DEVICE_SECONDS = 365 * 86_400
PATH = "/v1/auth"
CSRF_HEADER = "X-Redraft-CSRF"


def move_to_cookie(signed_in: SignedIn, response: Response) -> SignedIn:
    """Send the refresh token and the device token as cookies of `response`, and take them out of the body."""
    assert signed_in.refresh_token is not None  # noqa: S101  they are moved once
    assert signed_in.device_token is not None  # noqa: S101
    for name, value, seconds in (
        (COOKIE, signed_in.refresh_token, signed_in.refresh_expires_in),
        (DEVICE_COOKIE, signed_in.device_token, DEVICE_SECONDS),
    ):
        response.set_cookie(name, value, max_age=seconds, path=PATH, secure=True, httponly=True, samesite="strict")
    return signed_in.model_copy(update={"refresh_token": None, "device_token": None})


def clear_cookie(response: Response) -> None:
    """Let the browser forget the refresh token; that the account was used there, it may know."""
    response.delete_cookie(COOKIE, path=PATH, secure=True, httponly=True, samesite="strict")


def from_cookie(request: Request, allowed_origins: list[str]) -> str | None:
    """The refresh token in the cookie, None without one. Raises `Forbidden` when another site may have sent it."""
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    if CSRF_HEADER not in request.headers:
        raise Forbidden(f"A refresh by cookie needs the header {CSRF_HEADER}, with any value.")
    origin = request.headers.get("origin")
    if origin and origin not in allowed_origins and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("This site is not on the list of origins (REDRAFT_CORS_ORIGINS).")
    return token
