"""How the model is asked: a fixed beginning, which a server's prompt cache pays for once, and then one small thing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redraft.agents.tools import Answers
from redraft.llm import Ask, Message

MOST_CHOSEN = 500


@dataclass(frozen=True)
class Prompt:
    """The same in every request: what to do, and examples as turns. Small models follow turns far better than lists."""

    rules: str
    examples: Sequence[tuple[str, Any]]

    def messages(self) -> list[Message]:
        """As a chat that the next question continues."""
        turns: list[Message] = [{"role": "system", "content": self.rules}]
        for said, answered in self.examples:
            content = answered if isinstance(answered, str) else compact(answered)
            turns += [{"role": "user", "content": said}, {"role": "assistant", "content": content}]
        return turns


def compact(value: Any) -> str:
    """JSON as the models are shown it and answer it: no spaces that cost tokens, no escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Dialog:
    """One conversation; every question continues it, so that only what is new has to be read by the model."""

    def __init__(self, tools: Answers, prompt: Prompt, temperature: float = 0.0) -> None:
        self._tools = tools
        self._temperature = temperature
        self._messages = prompt.messages()

    async def choose(self, said: str, schema: dict[str, Any], max_tokens: int = MOST_CHOSEN) -> dict[str, Any]:
        """An answer that follows the schema; `{}` when it is not an object.

        The schema bounds every string, so `max_tokens` is what the longest answer takes, not what is expected.
        """
        answer = await self._ask(said, max_tokens, schema, ())
        try:
            chosen = json.loads(answer)
        except ValueError:
            return {}
        return chosen if isinstance(chosen, dict) else {}

    async def write(self, said: str, max_tokens: int, stop: Sequence[str] = ()) -> str:
        """An answer in plain text."""
        return await self._ask(said, max_tokens, None, tuple(stop))

    async def _ask(self, said: str, max_tokens: int, schema: dict[str, Any] | None, stop: tuple[str, ...]) -> str:
        self._messages.append({"role": "user", "content": said})
        ask = Ask(list(self._messages), max_tokens, schema=schema, temperature=self._temperature, stop=stop)
        answer = await self._tools.answer("edit", ask)
        self._messages.append({"role": "assistant", "content": answer})
        return answer


def record(**properties: Any) -> dict[str, Any]:
    """A JSON schema for an object with exactly these properties, in this order."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def one_of(*choices: str) -> dict[str, Any]:
    """A JSON schema for one of these strings."""
    return {"type": "string", "enum": list(dict.fromkeys(choices))}


def text(limit: int = 200) -> dict[str, Any]:
    """A JSON schema for a string of at most `limit` characters."""
    return {"type": "string", "maxLength": limit}


def many(item: dict[str, Any], least: int = 1, most: int = 4) -> dict[str, Any]:
    """A JSON schema for a list."""
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}
