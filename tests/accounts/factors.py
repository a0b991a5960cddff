"""A second factor for a test's user."""

import time

import httpx

from redraft.accounts import totp
from tests.people import Person


async def add_factor(client: httpx.AsyncClient, ada: Person) -> tuple[str, list[str]]:
    """Give the user a second factor. Answers its secret, and the recovery codes."""
    offered = await client.post("/v1/me/second-factor", json={"current_password": ada.password}, headers=ada.headers)
    secret = offered.json()["secret"]
    # The code of the step before counts too, and leaves the current one for the test.
    code = totp.code_at(secret, int(time.time() // 30) - 1)
    confirmed = await client.post("/v1/me/second-factor/confirm", json={"code": code}, headers=ada.headers)
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]
