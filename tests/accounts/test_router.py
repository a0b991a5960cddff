"""An account, from registering to logging out."""

import httpx
import pytest

from tests.people import PASSWORD, new_phone, somebody


async def test_registering_signs_in(client: httpx.AsyncClient) -> None:
    ada = await somebody(client, name="Ada")
    response = await client.get("/v1/me", headers=ada.headers)
    assert response.status_code == 200
    assert response.json() == ada.signed_in["user"]
    assert response.json()["phone"] == ada.phone
    assert ada.signed_in["token_type"] == "bearer"
    assert ada.signed_in["expires_in"] == 600
    assert ada.signed_in["refresh_expires_in"] == 30 * 86_400


async def test_the_same_number_in_another_spelling_is_taken(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    spelled = f"{ada.phone[:3]} (0) {ada.phone[3:6]}-{ada.phone[6:]}"
    response = await client.post("/v1/auth/register", json={"phone": spelled, "password": PASSWORD})
    assert response.status_code == 409
    assert response.json()["code"] == "phone_taken"


@pytest.mark.parametrize("phone", ["", "0", "hello", "+84", "+1-800-FLOWERS", "+999123456789", "+84912345678 ext. 3"])
async def test_what_is_no_number_is_refused(client: httpx.AsyncClient, phone: str) -> None:
    response = await client.post("/v1/auth/register", json={"phone": phone, "password": PASSWORD})
    assert response.status_code == 422
    assert [each["field"] for each in response.json()["errors"]] == ["phone"]


@pytest.mark.parametrize("password", ["sh0rt", "iloveyou", "PASSWORD1", "x" * 1025])
async def test_short_common_and_endless_passwords_are_refused(client: httpx.AsyncClient, password: str) -> None:
    response = await client.post("/v1/auth/register", json={"phone": new_phone(), "password": password})
    assert response.status_code == 422
    assert [each["field"] for each in response.json()["errors"]] == ["password"]
    assert password not in response.text


async def test_ones_own_number_is_no_password(client: httpx.AsyncClient) -> None:
    phone = new_phone()
    response = await client.post("/v1/auth/register", json={"phone": phone, "password": phone.replace("+84", "0")})
    assert response.status_code == 422


@pytest.mark.parametrize("password", ["x" * 8 + "q", "y" * 1024, "пароль для Ады", "🔑🔑🔑🔑🔑🔑🔑🔑"])
async def test_a_password_of_any_characters_logs_in_again(client: httpx.AsyncClient, password: str) -> None:
    ada = await somebody(client, password=password)
    response = await client.post("/v1/auth/login", json={"phone": ada.phone, "password": password})
    assert response.status_code == 200


async def test_a_wrong_password_and_an_unknown_number_get_one_answer(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    wrong = await client.post("/v1/auth/login", json={"phone": ada.phone, "password": "not the password"})
    unknown = await client.post("/v1/auth/login", json={"phone": new_phone(), "password": "not the password"})
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


async def test_refreshing_answers_tokens_that_work(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    response = await client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token})
    assert response.status_code == 200
    assert response.json()["refresh_token"] != ada.refresh_token
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    assert (await client.get("/v1/me", headers=headers)).status_code == 200


async def test_logging_out_ends_the_session_and_no_other(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    login = await client.post("/v1/auth/login", json={"phone": ada.phone, "password": ada.password})
    other = {"Authorization": f"Bearer {login.json()['access_token']}"}
    assert (await client.post("/v1/auth/logout", headers=ada.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=ada.headers)).status_code == 401
    spent = await client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token})
    assert spent.status_code == 401
    assert (await client.get("/v1/me", headers=other)).status_code == 200
    assert (await client.post("/v1/auth/logout-all", headers=other)).status_code == 204
    assert (await client.get("/v1/me", headers=other)).status_code == 401


async def test_without_a_token_there_is_no_account(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/me")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthenticated"
