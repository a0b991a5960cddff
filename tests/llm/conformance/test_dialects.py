"""Each dialect through chat, edit, summary, reflection and budget, over HTTP."""

import json
from pathlib import Path

import pytest

from tests.clients import client_of
from tests.conftest import make_settings, serving
from tests.llm.conformance.dialects import DIALECTS, Dialect
from tests.people import somebody
from tests.scripted_model import ScriptedModel

TWICE = [{"role": "user", "content": "Hello."}, {"role": "user", "content": "Are you there?"}]
LATER = [*TWICE, {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Well?"}]
DRAFT = {"original": "A red house.\n", "editing": "A red house.\n"}
CHANGE = {"op": "replace_phrase", "find": "red", "text": "blue", "everywhere": False, "reason": None}
LEARNED: dict[str, list[str]] = {"style": [], "facts": []}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
async def test_a_dialect_is_spoken(dialect: Dialect, mongodb_url: str, model: ScriptedModel, tmp_path: Path) -> None:
    known = {"model_context_tokens": {"openai:gpt-4o-mini": 64_000}, "monthly_tokens": 1_000_000, **dialect.settings}
    settings = make_settings(mongodb_url, model, tmp_path, model_retries=0, **known)
    text = ""
    model.otherwise = lambda ask: dialect.reply(ask, text)
    async with serving(settings) as url, client_of(url) as http:
        http.headers.update((await somebody(http)).headers)

        text = "Yes 🌞, I am."
        said = await http.post("/v1/chat", json={"messages": LATER, "stream": False})
        assert said.status_code == 200, said.text
        assert said.json()["message"]["content"] == text
        assert said.json()["message"]["status"] == "complete"

        text = json.dumps({"operations": [CHANGE], "note": None})
        edit = await http.post("/v1/edits", json={"messages": TWICE, "document": DRAFT})
        assert edit.status_code == 200, edit.text
        assert edit.json()["document"] == "A blue house.\n"
        assert "None" not in str([edit.json()["note"], *(hunk["reason"] for hunk in edit.json()["hunks"])])

        text = "They met."
        summary = await http.post("/v1/summaries", json={"messages": TWICE, "previous": "They wrote."})
        assert summary.status_code == 200, summary.text
        assert summary.json()["summary"] == text

        text = json.dumps(LEARNED)
        learned = await http.post("/v1/reflections", json={"messages": TWICE})
        assert learned.status_code == 200, learned.text

        usage = (await http.get("/v1/me/usage")).json()
        told, written = dialect.counted
        assert (usage["month"]["input_tokens"], usage["month"]["output_tokens"]) == (4 * told, 4 * written)
        assert usage["budget"]["tokens_left"] == 1_000_000 - 4 * (told + written)

        refused = len(model.asked)
        text = "Yes."
        assert (await http.post("/v1/chat", json={"messages": LATER, "stream": False})).status_code == 200
        assert len(model.asked) == refused + 1, "what was learned is kept"
