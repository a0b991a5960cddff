"""Models of the scripted server, and the calls they put on record."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import SecretStr

from redraft.config import Settings
from redraft.llm import Ask, Call, Models
from tests.scripted_model import ScriptedModel

HELLO = Ask([{"role": "user", "content": "Hello"}], max_tokens=50)


@contextlib.asynccontextmanager
async def models_of(scripted: ScriptedModel, **changed: object) -> AsyncIterator[Models]:
    """`Models` whose every server is the scripted one, with short waits."""
    values: dict[str, object] = {
        "mongodb_url": SecretStr("mongodb://127.0.0.1:1"),
        "data_dir": Path("unused"),
        "model": "openai:gpt-4o-mini",
        "model_base_url": scripted.base_url,
        "model_api_key": SecretStr("scripted"),
        "model_retries": 2,
        **changed,
    }
    async with Models.opened(Settings.model_validate(values)) as models:
        yield models


async def collect(models: Models, calls: list[Call], ask: Ask = HELLO, *, shown: list[str] | None = None) -> list[str]:
    """The pieces of one streamed answer; `shown` has them also when it fails."""
    pieces = [] if shown is None else shown
    async for piece in models.stream("chat", ask, calls.append):
        pieces.append(piece)
    return pieces
