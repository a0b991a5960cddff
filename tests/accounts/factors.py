"""A second factor for a test's user."""

import time

import httpx

from redraft.accounts import totp
from tests.people import Person


async def add_factor(client: httpx.AsyncClient, ada: Person) -> tuple[str, list[str]]:
    """Give the user a second factor. Answers its secret, and the recovery codes."""
    offered = await client.post("/v1/me/second-factor", json={"current_password": ada.password}, headers=ada.headers)
    secret = offered.json()["secret"]
    code = totp.code_at(secret, int(time.time() // totp.PERIOD_SECONDS))
    confirmed = await client.post("/v1/me/second-factor/confirm", json={"code": code}, headers=ada.headers)
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]


def next_code(secret: str) -> str:
    """The code of the next half minute: it is good for at least 30 seconds, and was not used when it was set up."""
    return totp.code_at(secret, int(time.time() // totp.PERIOD_SECONDS) + 1)
