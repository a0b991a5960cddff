"""The examples of docs/conversations.md: sent in their order, each gets the answer that stands under it."""

import json
import re
from pathlib import Path
from typing import Any

import httpx

from tests.people import somebody
from tests.scripted_model import ScriptedModel

PAGE = Path(__file__).parent.parent / "docs/conversations.md"
EXAMPLE = re.compile(r"^```http\n(\w+) (\S+)\n(.*?)^```\n\n^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
STYLE = {
    "text": "Use British spelling.",
    "message_ids": ["m1"],
    "quote": "Always use British spelling",
    "about": "writer",
}


def seen(shown: Any, answered: Any) -> Any:
    """The answer as the page shows it: "…" for what the page leaves open, and without what it does not mention."""
    if shown == "…" and answered not in (None, ""):
        return "…"
    if isinstance(shown, dict) and isinstance(answered, dict):
        return {name: seen(shown[name], answered[name]) for name in shown if name in answered}
    if isinstance(shown, list) and isinstance(answered, list) and len(shown) == len(answered):
        return [seen(*pair) for pair in zip(shown, answered, strict=True)]
    return answered


async def test_every_example_gets_its_answer(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    ada = await somebody(client)
    model.says("It is in June.", "The festival is in June.", json.dumps({"style": [STYLE], "facts": []}))
    examples = EXAMPLE.findall(PAGE.read_text())
    assert len(examples) == PAGE.read_text().count("```http") == 7
    conversation = learned = ""
    for method, path, body, shown in examples:
        sent = body.replace("{id}", conversation)
        headers = {**ada.headers, "Content-Type": "application/json"}
        address = path.replace("{id}", learned if "reflections" in path else conversation)
        answer = await client.request(method, address, content=sent or None, headers=headers)
        assert answer.is_success, answer.text
        assert seen(json.loads(shown), answer.json()) == json.loads(shown), path
        conversation = conversation or answer.json()["id"]
        learned = answer.json()["style"][0]["id"] if answer.json().get("style") else learned
    assert model.asked[0]["messages"][-1]["content"].endswith("When is the festival?")
