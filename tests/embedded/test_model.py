"""The embedded model answers whoever has its key, and comes back when it dies."""

import asyncio
import os
import signal

import aiohttp
import pytest

from redraft.embedded.model import EmbeddedModel
from tests.clients import PATIENCE_SECONDS

HELLO = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}


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


async def test_what_it_has_read_it_does_not_read_again(tiny_model: EmbeddedModel) -> None:
    rules = {"role": "system", "content": " ".join(f"Rule {n} is about the number {n * n}." for n in range(40))}
    await tiny_model.read([[rules], [{"role": "system", "content": "Something else."}]])
    ask = {"messages": [rules, {"role": "user", "content": "Say hello."}], "max_tokens": 1}
    async with aiohttp.ClientSession() as http:
        bearer = {"Authorization": f"Bearer {tiny_model.key}"}
        response = await http.post(f"{tiny_model.url}/chat/completions", json=ask, headers=bearer)
        usage = (await response.json())["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] > 400
    assert usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"] < 30


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
