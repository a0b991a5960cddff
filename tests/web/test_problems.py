"""Errors leave as problem+json, whatever raised them."""

import httpx

from tests.people import somebody


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


async def test_a_balancer_may_ask_for_the_head_alone(client: httpx.AsyncClient) -> None:
    for address in ("/healthz", "/readyz"):
        answer = await client.head(address)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_a_refusal_says_what_would_be_right(client: httpx.AsyncClient) -> None:
    ada = await somebody(client)
    for method, address, status, told in (
        ("POST", "/healthz", 405, "This address takes GET, HEAD."),
        ("GET", "/v1/me/", 404, "None ends in a slash."),
        ("POST", "/v1/me", 405, "This address takes GET, PATCH, DELETE."),
        (
            "GET",
            "/v1/documents?cursor=x",
            422,
            "query.cursor: is no cursor of this list; leave it out to start over",
        ),
        ("GET", "/v1/documents?limit=0", 422, "query.limit: must be at least 1"),
        ("GET", "/v1/runs/run_1/events", 422, "header.Last-Event-ID: must be at least 0"),
    ):
        answer = await client.request(method, address, headers={**ada.headers, "Last-Event-ID": "-1"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert told in answer.json()["detail"]
        fields = [each["field"] for each in answer.json().get("errors", [])]
        assert fields == ([told.partition(":")[0]] if status == 422 else [])
