"""Users for tests, each with an account of their own, made over HTTP as a frontend would."""

import itertools
import os
from dataclasses import dataclass
from typing import Any

import httpx

PASSWORD = "a rather good passphrase"
# Of this process: two runs against one database must not meet.
_next_number = itertools.count(int.from_bytes(os.urandom(3)) * 100)


@dataclass
class Person:
    """A registered user. `headers` sign them in; `signed_in` is what registering answered."""

    id: str
    phone: str
    password: str
    refresh_token: str
    headers: dict[str, str]
    signed_in: dict[str, Any]


def new_phone() -> str:
    """A number that nobody in this run has, as E.164."""
    return f"+8490{next(_next_number) % 10_000_000:07d}"


async def somebody(client: httpx.AsyncClient, name: str = "Ada", password: str = PASSWORD) -> Person:
    """A new user with a session."""
    phone = new_phone()
    response = await client.post("/v1/auth/register", json={"phone": phone, "password": password, "name": name})
    assert response.status_code == 201, response.text
    return person(response.json(), password)


def person(signed_in: dict[str, Any], password: str = PASSWORD) -> Person:
    """The user that a login or registration answered."""
    user = signed_in["user"]
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    return Person(user["id"], user["phone"], password, signed_in["refresh_token"], headers, signed_in)
