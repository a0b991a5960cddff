"""Errors leave as problem+json, whatever raised them."""

import httpx


async def test_an_unknown_path_is_a_problem_with_a_request_id(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/nothing-here")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
    assert response.json()["request_id"] == response.headers["x-request-id"]


async def test_the_clients_own_request_id_is_kept(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz", headers={"X-Request-ID": "from-the-client"})
    assert response.headers["x-request-id"] == "from-the-client"


async def test_ready_means_that_the_database_answers(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    assert response.status_code == 200
