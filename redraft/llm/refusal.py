"""What an OpenAI-compatible server says when it refuses or breaks off, as a `Failure`."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from redraft.llm.counts import count
from redraft.llm.limits import context_limit
from redraft.llm.provider import Failure, Kind

MOST_CHARACTERS = 2_000
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|ContextWindowExceeded|maximum context length|model's context length"
    r"|exceeds? the (?:available |maximum |model's )?context|exceeds? (?:the )?context (?:limit|window|length)"
    r"|prompt is too long|prompt too long|too many (?:input )?tokens|input is too long|input length exceeds"
    r"|input token count .{0,20}exceeds|prompt contains \d+ tokens.{0,40}too large"
    r"|reduce the length of (?:the|your|either)"
    r"|max_new_tokens[`'\"]? must be <=|max(?:imum)?[ _]model[ _]len",
    re.IGNORECASE,
)
KINDS: dict[int, Kind] = {401: "key", 403: "key", 408: "overloaded", 409: "overloaded", 429: "overloaded"}


@dataclass(frozen=True)
class Refusal:
    """An error as told; every field may be missing. `code` is OpenAI's word or another server's number."""

    message: str
    code: str | int | None = None
    parameter: str | None = None
    context_tokens: int | None = None

    @classmethod
    def parse(cls, body: bytes) -> "Refusal":
        """From the body of an answer whose status is not 200, in any of the shapes that are about."""
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:
            return cls(body[:MOST_CHARACTERS].decode(errors="replace"))
        if isinstance(told, list) and told:
            told = told[0]
        return cls.of(told.get("error") or told if isinstance(told, dict) else told)

    @classmethod
    def of(cls, error: Any) -> "Refusal":
        """From the `error` member of a body, or of a chunk in mid-stream."""
        if not isinstance(error, dict):
            return cls(str(error)[:MOST_CHARACTERS])
        message = error.get("message") or error.get("detail") or error.get("type") or "no reason given"
        if isinstance(metadata := error.get("metadata"), dict) and metadata.get("raw"):
            message = f"{message}: {metadata['raw']}"  # OpenRouter: what the provider behind it said
        code, kind = error.get("code"), error.get("type")
        return cls(
            message=str(message)[:MOST_CHARACTERS],
            code=kind if isinstance(kind, str) and TOO_LONG.search(kind) else _code(code),
            parameter=error.get("param") if isinstance(error.get("param"), str) else None,
            context_tokens=count(error.get("n_ctx")),
        )

    def failure(self, status: int | None, retry_after: float | None = None) -> Failure:
        """What it means; `status` is None in mid-stream, where 200 has been said."""
        detail = f"{status or 'in mid-answer'}: {self.message[:500]}"
        if self.is_too_long():
            return Failure("too_long", detail, context_tokens=self.context_limit())
        if status is None:
            status = self.code if isinstance(self.code, int) and 400 <= self.code < 600 else 500
            return Failure(kind_of(status), detail, charged=True)
        if self.code == "insufficient_quota":
            return Failure("key", detail)
        if self.code == "content_filter":
            return Failure("filtered", detail)
        return Failure(kind_of(status), detail, retry_after=retry_after)

    def is_too_long(self) -> bool:
        """Whether input and output together do not fit into the context."""
        return bool(TOO_LONG.search(f"{self.code} {self.message}"))

    def context_limit(self) -> int | None:
        """The context that it names."""
        return self.context_tokens or context_limit(self.message)


def _code(code: object) -> str | int | None:
    if isinstance(code, str):
        return int(code) if code.isascii() and code.isdigit() and len(code) < 5 else code
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def kind_of(status: int) -> Kind:
    """What an HTTP status of 400 or above means."""
    return KINDS.get(status, "server_error" if status >= 500 else "refused")
