"""A server that answers as every kind of provider does, and keeps what each was sent."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import SecretStr

from redraft.config import ModelServer

PROVIDERS = {
    "openai": "openai:gpt-4o-mini",
    "anthropic": "anthropic:claude-haiku-4-5",
    "google_genai": "google_genai:gemini-2.5-flash",
    "ollama": "ollama:llava",
}
FETCHING = {"openai", "anthropic"}
"""Those that fetch images on their own side."""

_URL_SAFE = str.maketrans("-_", "+/")
_USAGE = {"input_tokens": 7, "output_tokens": 1}
_ANTHROPIC: list[dict[str, Any]] = [
    {"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": _USAGE}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Seen."}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": _USAGE},
    {"type": "message_stop"},
]  # fmt: skip
_OPENAI = [
    {"choices": [{"index": 0, "delta": {"content": "Seen."}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
_GOOGLE = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Seen."}]}, "finishReason": "STOP"}]}
_OLLAMA = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": "Seen."}}


@dataclass
class AnyProvider:
    """Where it listens, and the body of every request, oldest first. `elsewhere` counts those that no model gets."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: int = 0

    def settings(self, provider: str) -> dict[str, Any]:
        """What has redraft ask this server as `provider`."""
        base_url = f"{self.url}/v1" if provider == "openai" else self.url
        server = ModelServer(base_url=base_url, api_key=None if provider == "ollama" else SecretStr("scripted"))
        return {
            "model": PROVIDERS[provider],
            "model_base_url": None,
            "model_api_key": None,
            "model_servers": {provider: server},
        }

    async def answer(self, request: web.Request) -> web.Response:
        """Say "Seen." in the protocol that the path belongs to."""
        if request.method != "POST":
            self.elsewhere += 1
            return web.Response(status=404)
        self.asked.append(await request.json())
        stream = "text/event-stream"
        if request.path.endswith("/chat/completions"):
            body = "".join(f"data: {json.dumps(each)}\n\n" for each in _OPENAI) + "data: [DONE]\n\n"
        elif request.path.endswith("/messages"):
            body = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in _ANTHROPIC)
        elif request.path.endswith("/api/chat"):
            body, stream = json.dumps(_OLLAMA | {"done": True, "done_reason": "stop"}) + "\n", "application/x-ndjson"
        else:
            body = f"data: {json.dumps(_GOOGLE)}\n\n"
        return web.Response(text=body, content_type=stream)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["AnyProvider"]:
        """A server on a free port of 127.0.0.1."""
        made, app = cls(), web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/{path:.*}", made.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield made
        finally:
            await runner.cleanup()


def images_in(sent: Any) -> list[str]:
    """Every image of a request's body, in any provider's words, as a `data:` URL or an address.

    Ollama is told no type. A string where no image should be is one, so that nothing is overlooked.
    """
    if isinstance(sent, list):
        return [found for each in sent for found in images_in(each)]
    if not isinstance(sent, dict):
        return []
    found = [f"data:;base64,{each}" for each in sent.get("images") or ()]
    if sent.get("type") == "image_url":
        found.append(sent["image_url"]["url"])
    elif sent.get("type") == "image":
        source = sent["source"]
        found.append(source.get("url") or f"data:{source['media_type']};base64,{source['data']}")
    elif inline := sent.get("inlineData") or sent.get("inline_data"):
        found.append(
            f"data:{inline.get('mimeType') or inline.get('mime_type')};base64,{inline['data'].translate(_URL_SAFE)}"
        )
    elif file := sent.get("fileData") or sent.get("file_data"):
        found.append(str(file))
    return found + [each for value in sent.values() for each in images_in(value)]
