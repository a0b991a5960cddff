"""What stands at `/docs` works when it is pasted: every example of a body, sent by somebody who is signed in."""

import json
from typing import Any

import httpx

from tests.accounts.test_strangers import a_reflection, belongings
from tests.people import Person, new_phone, somebody
from tests.scripted_model import Reply, ScriptedModel, words

NEEDS_A_CODE = {
    "post /v1/auth/password-reset/confirm",
    "post /v1/me/phone/confirm",
    "post /v1/me/second-factor/confirm",
}
"""Nobody can paste what a text message or an app would say."""
ANSWERS = {
    "/v1/edits": {"operations": [], "note": "Nothing to do."},
    "/v1/reflections": {"style": [], "facts": []},
}
"""What the model has to say to these calls."""


def example_of(schema: dict[str, Any], shapes: dict[str, Any]) -> Any:
    """The first example of a body: its shape's own, or those of its fields that must be there."""
    for choice in schema.get("anyOf", [schema]):
        shape = shapes.get(choice.get("$ref", "").rpartition("/")[2], choice)
        if shape.get("examples"):
            return shape["examples"][0]
        if fields := shape.get("properties"):
            return {name: fields[name]["examples"][0] for name in shape.get("required", [])}
    raise LookupError(schema)


def own(example: Any, ada: Person, ids: dict[str, str]) -> Any:
    """The example with what is Ada's in the place of what stands for it."""
    owned = {
        "run_id": ids["run_id"],
        "current_password": ada.password,
        "refresh_token": ada.refresh_token,
        "phone": ada.phone,
    }
    return {name: owned.get(name, value) for name, value in example.items()}


async def test_every_example_is_taken(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    spec = (await client.get("/openapi.json")).json()
    ada = await somebody(client)
    ids = await belongings(client, ada, model)
    tried = set()
    for path, calls in spec["paths"].items():
        for method, call in calls.items():
            if "requestBody" not in call or f"{method} {path}" in NEEDS_A_CODE:
                continue
            ends_sessions = path.startswith(("/v1/me", "/v1/auth"))
            person = await somebody(client) if ends_sessions else ada
            schema = call["requestBody"]["content"]["application/json"]["schema"]
            body = own(example_of(schema, spec["components"]["schemas"]), person, ids)
            if path == "/v1/auth/register":
                body["phone"] = new_phone()
            if path == "/v1/auth/login":
                body["password"] = person.password
            if "{reflection_id}" in path:
                ids["reflection_id"] = await a_reflection(client, ada)  # the example before has rewritten them all
            if path in ANSWERS:
                model.says(Reply(words(json.dumps(ANSWERS[path]))))
            answer = await client.request(method, path.format(**ids), json=body, headers=person.headers)
            assert answer.is_success, f"{method} {path} {body}: {answer.text}"
            tried.add(f"{method} {path}")
    assert len(tried) > 20
