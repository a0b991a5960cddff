"""What the rest of the package needs of a provider: text in pieces, an ending, and failures it can tell apart."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from redraft.llm.ask import Ask
from redraft.llm.endings import Cut, cut_of

Kind = Literal[
    "unreachable",
    "slow",
    "overloaded",
    "server_error",
    "broken",
    "refused",
    "key",
    "too_long",
    "filtered",
    "cut",
    "unusable",
    "empty",
]

AGAIN: frozenset[Kind] = frozenset({"unreachable", "slow", "overloaded", "server_error", "broken", "unusable", "empty"})
"""Failures that the same call, made again a little later, may not meet."""


@dataclass(frozen=True)
class Ending:
    """How an answer ended. Tokens as the server counted them, None where it did not tell.

    `finish_reason` is the server's word as `plain_reason` has it. `refusal` is what the model said where it refused to
    answer.
    """

    finish_reason: str
    refusal: str = ""
    input_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def cut(self) -> Cut | None:
        """Why the answer is not all; None where it is complete."""
        return cut_of(self.finish_reason)


@dataclass(frozen=True)
class Thought:
    """What a model thought aloud before or while it answered: never shown, and counted."""

    text: str


Piece = str | Thought | Ending


class Failure(Exception):
    """One call of a provider failed.

    `detail` may hold what the server said, and with that what the user wrote: no log has it. `retry_after` is the
    server's wish, in seconds. `context_tokens` is the model's context where a `too_long` told it. `charged` is whether
    the provider may have begun to answer, so that the call may cost something.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        retry_after: float | None = None,
        context_tokens: int | None = None,
        charged: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail
        self.retry_after = retry_after
        self.context_tokens = context_tokens
        self.charged = charged


class Provider(Protocol):
    """One model at one server."""

    def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """The answer's text and thoughts in pieces, then one `Ending`. Raises `Failure`; no ending is one too.

        Closing the generator, or cancelling the task that reads it, ends the call at the server at once.
        """
        ...


@dataclass(frozen=True)
class Timeouts:
    """How long each part of a call may take, in seconds."""

    connect: float
    first_token: float
    between_tokens: float
    call: float
