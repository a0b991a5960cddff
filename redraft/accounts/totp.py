"""Time-based one-time passwords (RFC 6238): the second factor, and the recovery codes for when the phone is lost."""

import base64
import hmac
import secrets
import struct
import time
from urllib.parse import quote, urlencode

DIGITS, PERIOD_SECONDS = 6, 30
STEPS_AROUND = 1
"""A code of the step before or after counts: clocks differ (RFC 6238, 5.2)."""
RECOVERY_CODES = 10


def new_secret() -> str:
    """160 random bits in base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address(secret: str, account: str) -> str:
    """The `otpauth:` address that apps scan as a QR code."""
    query = urlencode({"secret": secret, "issuer": "redraft", "digits": DIGITS, "period": PERIOD_SECONDS})
    return f"otpauth://totp/{quote(f'redraft:{account}')}?{query}"


def code_at(secret: str, step: int) -> str:
    """The code of one time step (RFC 4226, 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, code: str, seconds: float | None = None) -> int | None:
    """The time step that `code` belongs to, around now; None when it is no code of now."""
    current = int((time.time() if seconds is None else seconds) // PERIOD_SECONDS)
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes of 123 random bits, five groups of five characters, each for one login.

    So many that a plain hash of them is enough to keep (ASVS 6.5.2).
    """
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return [
        "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(5)) for _ in range(RECOVERY_CODES)
    ]
