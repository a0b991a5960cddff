"""The dialects of OpenAI's chat completions that servers speak. A new quirk is a line of data here."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.scripted_model import Ask, Reply

Chunk = dict[str, Any]
Refuse = Callable[[Ask], Reply | None]
"""A quirk by which a server refuses what it is asked; None where it has nothing against it."""


def asked(ask: Ask) -> int:
    """The limit on the output."""
    return int(ask.get("max_tokens") or ask.get("max_completion_tokens") or 0)


def output(most: int, message: str, **error: Any) -> Refuse:
    """Allows `most` tokens of output; `{asked}` and `{most}` stand in its message."""

    def refuse(ask: Ask) -> Reply | None:
        told = message.format(asked=asked(ask), most=most)
        return Reply(status=400, error={"message": told, **error}) if asked(ask) > most else None

    return refuse


def context(most: int, message: str, **error: Any) -> Refuse:
    """Allows `most` tokens together, of which it counts four letters as one; `{input}` stands in its message."""

    def refuse(ask: Ask) -> Reply | None:
        used = len(json.dumps(ask["messages"])) // 4
        told = message.format(asked=asked(ask), most=most, input=used, total=used + asked(ask))
        return Reply(status=400, error={"message": told, **error}) if used + asked(ask) > most else None

    return refuse


def without(name: str, message: str) -> Refuse:
    """Does not know a parameter."""
    return lambda ask: Reply(status=400, error={"message": message, "param": None}) if name in ask else None


def turns(message: str, *, system: bool = True, status: int = 400) -> Refuse:
    """Wants roles to take turns, the user to be last, and system first or, not `system`, nowhere."""

    def refuse(ask: Ask) -> Reply | None:
        roles = [each["role"] for each in ask["messages"]]
        if system and roles[0] == "system":
            roles = roles[1:]
        good = all(role == ("user", "assistant")[at % 2] for at, role in enumerate(roles)) and roles[-1] == "user"
        return None if good else Reply(status=status, error={"message": message})

    return refuse


def delta(text: str) -> Chunk:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def odd(told: Chunk) -> Chunk:
    return {"choices": [{"index": 0, "delta": told}]}


def end(reason: str = "stop") -> Chunk:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


USAGE = {"prompt_tokens": 100, "completion_tokens": 10}
COUNTED: Chunk = {"choices": [], "usage": USAGE}


@dataclass(frozen=True)
class Dialect:
    """One server: what it refuses, and how it says a text. `tail` ends an answer; `counted` are its tokens, if told."""

    name: str
    refuses: tuple[Refuse, ...] = ()
    head: tuple[Chunk, ...] = ()
    says: Callable[[str], Chunk] = delta
    before: str = ""
    tail: tuple[Chunk, ...] = (end(), COUNTED)
    counted: tuple[int, int] = (100, 10)
    is_json: bool = False
    line: str = "\n\n"
    done: str = "data: [DONE]\n\n"
    settings: dict[str, Any] = field(default_factory=dict)

    def reply(self, ask: Ask, text: str) -> Reply:
        """What this server answers to `ask`, when its model has `text` to say."""
        refused = next((reply for refuse in self.refuses if (reply := refuse(ask)) is not None), None)
        if refused is not None:
            return refused
        text = self.before + text
        half = len(text) // 2
        chunks = [*self.head, self.says(text[:half]), self.says(text[half:]), *self.tail]
        if self.is_json:
            message = {"role": "assistant", "content": text, "refusal": None}
            body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
            return Reply(raw=[json.dumps(body).encode()])
        sent = "".join(f"data: {json.dumps(chunk)}{self.line}" for chunk in chunks) + self.done
        return Reply(raw=[sent.encode()])


ROLE = odd({"role": "assistant", "content": ""})

DIALECTS = (
    Dialect(
        "openai",
        refuses=(
            without("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use another."),
            output(4_096, "max_tokens is too large: {asked}. This model supports at most {most} completion tokens."),
        ),
        head=(odd({"role": "assistant", "content": "", "refusal": None}),),
    ),
    Dialect(
        "vllm",
        refuses=(
            turns("Conversation roles must alternate user/assistant/user/assistant/..."),
            context(
                30_000,
                "'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum context length is "
                "{most} tokens and your request has {input} input tokens ({asked} > {most} - {input}).",
            ),
        ),
        head=(ROLE, odd({"reasoning": "hm"})),
        settings={"model_context_tokens": {"openai:gpt-4o-mini": 128_000}},
    ),
    Dialect(
        "llama.cpp",
        refuses=(turns("Error: Jinja Exception: System role not supported", system=False, status=500),),
        tail=(end(), {"choices": [], "usage": USAGE, "timings": {"cache_n": 4}}),
        done="",
    ),
    Dialect(
        "deepseek",
        refuses=(output(8_192, "Invalid max_tokens value, the valid range of max_tokens is [1, {most}]", param=None),),
        head=(odd({"role": "assistant", "content": None, "reasoning_content": '{"operations": []}'}),),
        tail=({**end(), "usage": {**USAGE, "prompt_cache_hit_tokens": 64}},),
    ),
    Dialect(
        "groq",
        refuses=(output(8_192, "`max_tokens` must be less than or equal to `{most}`, the maximum value for it"),),
        tail=({**end(), "x_groq": {"usage": USAGE}},),
    ),
    Dialect(
        "mistral",
        refuses=(turns("Unexpected role 'system' after role 'user'"),),
        head=(odd({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}),),
        says=lambda text: odd({"content": [{"type": "text", "text": text}]}),
        tail=({**end(), "usage": {"prompt_tokens": "100", "completion_tokens": "10"}},),
    ),
    Dialect("ollama", before='<think>\n{"operations": []}\n</think>\n\n', line="\r\n\r\n"),
    Dialect(
        "azure",
        head=({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}, ROLE),
        refuses=(without("stream_options", "Unknown parameter: 'stream_options'."),),
        tail=(end(), {"choices": [{"index": 0, "delta": {"content": None}, "finish_reason": None}], "usage": USAGE}),
    ),
    Dialect(
        "openrouter",
        head=(odd({"role": "assistant", "content": "", "reasoning": "hm", "reasoning_details": [{"text": "hm"}]}),),
        refuses=(
            context(
                30_000,
                "This endpoint's maximum context length is {most} tokens. However, you requested about {total} tokens "
                "({input} of text input, {asked} in the output). Please reduce the length of either one.",
                code=400,
            ),
        ),
        line="\n\n: OPENROUTER PROCESSING\n\n",
        tail=({**end(), "native_finish_reason": "STOP"}, {**end(), "usage": {**USAGE, "cost": 0.1}}),
        settings={"model_context_tokens": {"openai:gpt-4o-mini": 128_000}},
    ),
    Dialect("litellm", is_json=True),
)
