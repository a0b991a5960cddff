"""What an OpenAI-compatible server says when it refuses or breaks off, as a `Failure`."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from redraft.llm.provider import Failure, Kind

CONTEXT_OF = re.compile(r"(?:maximum context length|context (?:size|window|length))\D{0,20}(\d{3,})", re.IGNORECASE)
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|exceeds the available context"
    r"|prompt is too long|too many (?:input )?tokens|input is too long",
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
            return cls(body[:500].decode(errors="replace"))
        if isinstance(told, list) and told:
            told = told[0]
        return cls.of(told.get("error", told) if isinstance(told, dict) else told)

    @classmethod
    def of(cls, error: Any) -> "Refusal":
        """From the `error` member of a body, or of a chunk in mid-stream."""
        if not isinstance(error, dict):
            return cls(str(error)[:500])
        message = error.get("message") or error.get("detail") or error.get("type") or "no reason given"
        code, kind, context = error.get("code"), error.get("type"), error.get("n_ctx")
        return cls(
            message=str(message)[:500],
            code=kind if isinstance(kind, str) and TOO_LONG.search(kind) else code,
            parameter=error.get("param") if isinstance(error.get("param"), str) else None,
            context_tokens=context if isinstance(context, int) else None,
        )

    def failure(self, status: int | None, retry_after: float | None = None) -> Failure:
        """What it means; `status` is None in mid-stream, where 200 has been said."""
        detail = f"{status or 'in mid-answer'}: {self.message}"
        if self._is_too_long():
            found = CONTEXT_OF.search(self.message)
            context = self.context_tokens or (int(found[1]) if found else None)
            return Failure("too_long", detail, context_tokens=context)
        if status is None:
            status = self.code if isinstance(self.code, int) else 500
            return Failure(kind_of(status), detail, charged=True)
        if self.code == "insufficient_quota":
            return Failure("key", detail)
        return Failure(kind_of(status), detail, retry_after=retry_after)

    def _is_too_long(self) -> bool:
        return bool(TOO_LONG.search(f"{self.code} {self.message}"))


def kind_of(status: int) -> Kind:
    """What an HTTP status of 400 or above means."""
    return KINDS.get(status, "server_error" if status >= 500 else "refused")
