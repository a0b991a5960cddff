"""The embedded model answers whoever has its key, and comes back when it dies."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from redraft.embedded.asking import post
from redraft.embedded.llama import BATCH_TOKENS
from redraft.embedded.model import EmbeddedModel
from redraft.embedded.reading import PIECE_TOKENS, SLOT, tokens_of
from tests.clients import PATIENCE_SECONDS
from tests.embedded_model import running_model

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}


async def ask(model: EmbeddedModel, key: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as http:
        bearer = {"Authorization": f"Bearer {key}"}
        response = await http.post(f"{model.url}/chat/completions", json=HELLO, headers=bearer)
        await response.read()
        return response


async def test_it_answers_in_the_format_of_chat_completions(tiny_model: EmbeddedModel) -> None:
    answer = await (await ask(tiny_model, tiny_model.key)).json()
    assert answer["choices"][0]["message"]["content"]
    assert answer["model"] == "smollm2-135m"
    assert answer["usage"]["completion_tokens"] <= 8


async def test_without_its_key_it_answers_nobody(tiny_model: EmbeddedModel) -> None:
    assert (await ask(tiny_model, "guess")).status == 401


def rules(name: str, count: int) -> dict[str, str]:
    """A prompt of some 12 tokens a rule; one of another name shares nothing with it that could have been read."""
    return {"role": "system", "content": " ".join(f"{name} {n} is about the number {n * n}." for n in range(count))}


async def test_what_it_has_read_it_does_not_read_again(tiny_model: EmbeddedModel) -> None:
    others = {"role": "system", "content": "Something else."}
    pieces = [tokens async for tokens in tiny_model.read([[rules("Rule", 20)], [others]])]
    usage = (await answer(tiny_model, [rules("Rule", 20), *HELLO["messages"]]))["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] > 200
    assert usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"] < 30
    assert max(pieces) <= PIECE_TOKENS


async def test_what_it_has_read_it_knows_when_it_is_started_again(tmp_path: Path) -> None:
    chats = [[rules("Rule", 20)], [rules("Custom", 30)]]
    async with running_model("135m", tmp_path) as model:
        assert [tokens async for tokens in model.read(chats)]
        await answer(model, [rules("Secret", 40)])
    kept = sorted((tmp_path / "cache").iterdir())
    assert [file.stat().st_mode & 0o077 for file in kept] == [0, 0]
    async with running_model("135m", tmp_path) as model:
        assert [tokens async for tokens in model.read(chats)] == []
        for chat in chats:
            usage = (await answer(model, [*chat, *HELLO["messages"]]))["usage"]
            assert usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"] < 30
        assert [tokens async for tokens in model.read(chats[1:])] == []
    assert len(list((tmp_path / "cache").iterdir())) == 1, "what no prompt begins with any more is deleted"


async def test_of_a_damaged_file_it_does_not_die(tmp_path: Path) -> None:
    chat = [rules("Rule", 20)]
    async with running_model("135m", tmp_path) as model:
        whole = [tokens async for tokens in model.read([chat])]
        kept = next((tmp_path / "cache").iterdir())
    with kept.open("r+b") as file:
        file.seek(kept.stat().st_size // 2)
        file.write(bytes(64))
    async with running_model("135m", tmp_path) as model:
        pid = model.server.pid
        assert [tokens async for tokens in model.read([chat])] == whole
        assert model.server.pid == pid


async def test_what_a_user_wrote_is_not_kept(tiny_model: EmbeddedModel) -> None:
    memory = tiny_model.memory
    assert memory
    async with tiny_model.http() as http:
        tokens = await tokens_of(http, [rules("Paper", 20)])
        for asked_meanwhile in ([*tokens, *tokens[-9:]], tokens[::-1]):
            await post(http, "completion", {"prompt": asked_meanwhile, "n_predict": 0, "id_slot": SLOT})
            await memory.keep(http, tokens)
            assert not await memory.recall(http, tokens)
    assert list(memory.directory.glob("new-*")) == []


async def test_it_reads_nothing_ahead_while_somebody_is_answered(tiny_model: EmbeddedModel) -> None:
    happened = []

    async def read_on() -> None:
        happened.append(f"read {await anext(pieces)}")

    chat = [rules("Law", 20)]
    async with contextlib.aclosing(tiny_model.read([chat])) as pieces, writing(tiny_model, 12) as words:
        await anext(words)
        reading = asyncio.create_task(read_on())
        async for word in words:
            happened.append(word)
        await reading
        assert happened.index(f"read {PIECE_TOKENS}") > happened.index("[DONE]")
        await anext(pieces)
        usage = (await answer(tiny_model, chat))["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] >= 2 * PIECE_TOKENS, "what was read before was kept"


async def test_an_answer_goes_on_while_a_long_prompt_is_read(tiny_model: EmbeddedModel) -> None:
    async with writing(tiny_model, 2_000) as words:
        await anext(words)
        other = asyncio.create_task(answer(tiny_model, [rules("Custom", 40)]))
        written = 0
        async for _ in words:
            written += 1
            if other.done():
                break
        usage = (await other)["usage"]
    read = usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"]
    assert read > 400
    assert written > read / BATCH_TOKENS / 2


async def answer(model: EmbeddedModel, messages: list[dict[str, str]]) -> dict[str, Any]:
    """The answer of one token."""
    async with asked(model, {"messages": messages, "max_tokens": 1}) as response:
        said: dict[str, Any] = await response.json()
        return said


@contextlib.asynccontextmanager
async def writing(model: EmbeddedModel, tokens: int) -> AsyncIterator[AsyncIterator[str]]:
    """The data of the events of an answer of so many tokens, while it is written."""
    question = {**HELLO, "max_tokens": tokens, "ignore_eos": True, "stream": True}
    async with asked(model, question) as response:
        yield (line.decode()[6:].strip() async for line in response.content if line.startswith(b"data: "))


@contextlib.asynccontextmanager
async def asked(model: EmbeddedModel, question: dict[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
    bearer = {"Authorization": f"Bearer {model.key}"}
    async with (
        aiohttp.ClientSession(headers=bearer) as http,
        http.post(f"{model.url}/chat/completions", json=question, raise_for_status=True) as response,
    ):
        yield response


async def test_a_killed_model_comes_back_at_its_address(tiny_model: EmbeddedModel) -> None:
    assert tiny_model.server.pid is not None
    os.kill(tiny_model.server.pid, signal.SIGKILL)
    with pytest.raises(aiohttp.ClientError):
        await ask(tiny_model, tiny_model.key)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await wait_until_it_answers(tiny_model)
    assert (await ask(tiny_model, tiny_model.key)).status == 200


async def wait_until_it_answers(model: EmbeddedModel) -> None:
    while True:
        try:
            if (await ask(model, model.key)).status == 200:
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
