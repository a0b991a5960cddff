"""The four agents with a real model: a small one, asked for little, judged by what any right answer must hold."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from redraft.embedded.model import EmbeddedModel
from tests.conftest import make_settings, serving
from tests.events import events_of
from tests.people import Person, somebody
from tests.scripted_model import ScriptedModel

CHAT = [
    {"role": "user", "content": "I write a newsletter for beekeepers in Kent. Always use British spelling."},
    {"role": "assistant", "content": "I will use British spelling."},
    {"role": "user", "content": "Let us open the spring issue with the storm of 1703."},
]
FACTS = ("beekeepers", "kent", "british", "spring", "storm", "1703")
TRIP = "# Trip 🏮\r\n\r\nThe trip starts in Hanoi.\r\n\r\n* keep   these bytes  \r\n"
PATIENCE = 300  # seconds: a slow machine is no failure


@pytest.fixture
async def answers(
    mongodb_url: str, model: ScriptedModel, real_model: EmbeddedModel, tmp_path: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, Person]]:
    """The app with the real model, and somebody who may ask it."""
    settings = make_settings(
        mongodb_url,
        model,
        tmp_path,
        embedded_model_url=real_model.url,
        embedded_model_key=SecretStr(real_model.key),
        model_first_token_seconds=PATIENCE,
        model_between_tokens_seconds=PATIENCE,
        model_max_output_tokens={"chat": 24, "summarize": 90, "reflect": 400},
    ).model_copy(update={"model": "embedded"})
    async with serving(settings) as url, httpx.AsyncClient(base_url=url, timeout=2 * PATIENCE) as client:
        yield client, await somebody(client)


async def posted(answers: tuple[httpx.AsyncClient, Person], path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the app answers; what it used is counted, and costs nothing."""
    client, ada = answers
    response = await client.post(path, json=body, headers=ada.headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    _counted(answer["usage"])
    return answer


def _counted(usage: dict[str, Any]) -> None:
    assert usage["input_tokens"] > 0
    assert usage["output_tokens"] > 0
    assert float(usage["cost"]) == 0


async def test_it_chats(answers: tuple[httpx.AsyncClient, Person]) -> None:
    client, ada = answers
    ask = {"messages": [{"role": "user", "content": "Say the word marigold and nothing else."}]}
    events = events_of((await client.post("/v1/chat", json=ask, headers=ada.headers)).text)
    assert events[-1].name == "done"
    written = "".join(event.data["text"] for event in events if event.name == "token")
    assert written.strip()
    assert events[-1].data["message"]["content"] == written
    _counted(next(event.data for event in events if event.name == "usage"))


async def test_it_sums_up(answers: tuple[httpx.AsyncClient, Person]) -> None:
    answer = await posted(answers, "/v1/summaries", {"messages": CHAT})
    summary = answer["summary"].lower()
    assert any(fact in summary for fact in FACTS), summary
    lines = [line for line in summary.splitlines() if line.strip()]
    assert len(lines) == len(set(lines)), "nothing is said twice"


async def test_it_learns(answers: tuple[httpx.AsyncClient, Person]) -> None:
    learned = await posted(answers, "/v1/reflections", {"messages": CHAT})
    items = learned["style"] + learned["facts"]
    assert items, "there was something to learn"
    for item in items:
        assert item["text"]
        assert set(item["message_ids"]) <= {"0", "2"}
        assert item["message_ids"]


async def test_it_edits_and_leaves_every_other_byte(answers: tuple[httpx.AsyncClient, Person]) -> None:
    document = {"original": TRIP, "editing": TRIP, "name": "trip.md"}
    ask = {"messages": [{"role": "user", "content": "Replace Hanoi by Hue."}], "document": document}
    proposal = await posted(answers, "/v1/edits", ask)
    assert proposal["document"] == TRIP.replace("Hanoi", "Hue")
