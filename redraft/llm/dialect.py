"""How one server and model want OpenAI's chat completions to be asked: mostly alike, and learned where not."""

import re
from typing import Any

from redraft.llm.ask import Ask
from redraft.llm.limits import is_output_too_large
from redraft.llm.templates import Form, formed, next_form

UNSUPPORTED = re.compile(
    r"unsupported|not support|unknown|unrecognized|unexpected|not permitted|extra inputs|invalid", re.IGNORECASE
)

LEARNED = ("stream_options", "response_format", "max_tokens", "temperature", "stop")


class Dialect:
    """The parameters, and the order of messages, that this server takes for this model.

    Starts with what nearly all take. When one is refused by name, the next way of saying the same is used from then on:
    newer OpenAI models call `max_tokens` otherwise and take no `temperature`; some servers know no schema; some
    models' templates want roles to take turns.
    """

    def __init__(self) -> None:
        self._limit = "max_tokens"
        self._left_out: set[str] = set()
        self._schema_ways = ["json_schema", "json_object", "none"]
        self._form: Form = "plain"

    def body(self, model: str, ask: Ask) -> dict[str, Any]:
        """The request's body; always asks for a stream, because only a stream can be cancelled at the server."""
        body: dict[str, Any] = {
            "model": model,
            "messages": formed(ask.messages, self._form),
            "stream": True,
            "stream_options": {"include_usage": True},
            self._limit: ask.max_tokens,
            "temperature": ask.temperature,
        }
        if ask.stop:
            body["stop"] = list(ask.stop)
        if ask.schema is not None and self._schema_ways[0] != "none":
            body["response_format"] = self._response_format(ask.schema)
        return {name: value for name, value in body.items() if name not in self._left_out}

    def learn(self, status: int, message: str, parameter: str | None, body: dict[str, Any]) -> bool:
        """Take in a refusal with this text; True when the next `body` says something else than the refused one did."""
        # llama.cpp says 500 where a template fails.
        if status in (400, 422, 500) and (form := next_form(self._form, message)):
            self._form = form
            return True
        if status not in (400, 422):
            return False
        refused = parameter or (_named(message, body) if UNSUPPORTED.search(message) else None)
        if refused == "max_tokens" and self._limit == "max_tokens" and not is_output_too_large(message, parameter):
            self._limit = "max_completion_tokens"
            return True
        if refused and refused.startswith("response_format") and len(self._schema_ways) > 1:
            del self._schema_ways[0]
            return True
        if refused in ("temperature", "stop", "stream_options") and refused not in self._left_out:
            self._left_out.add(refused)
            return True
        return False

    def _response_format(self, schema: dict[str, Any]) -> dict[str, Any]:
        if self._schema_ways[0] == "json_object":
            return {"type": "json_object"}
        named = {"name": "answer", "strict": is_strict(schema), "schema": schema}
        return {"type": "json_schema", "json_schema": named}


def _named(message: str, body: dict[str, Any]) -> str | None:
    if "json_schema" in message and "response_format" in body:
        return "response_format"
    return next((name for name in LEARNED if name in body and re.search(rf"\b{name}\b", message)), None)


def is_strict(schema: Any) -> bool:
    """Whether every object in `schema` requires all it names and allows nothing else, as OpenAI's strict mode wants."""
    if isinstance(schema, list):
        return all(is_strict(each) for each in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != set(schema.get("properties", ())):
            return False
    return all(is_strict(each) for each in schema.values())
