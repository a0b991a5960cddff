"""What a model is asked, and the record of having asked it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from redraft.config import ModelRole

Role = ModelRole
ROLES: tuple[Role, ...] = get_args(Role)
Message = dict[str, Any]
"""`{"role": "system" | "user" | "assistant", "content": str | [parts]}`, as OpenAI's chat completions take it."""


@dataclass(frozen=True)
class Ask:
    """One question to a model.

    `schema` is a JSON schema the answer must follow; the decoder enforces it where the model's server can, and the
    answer is checked either way. `max_tokens` bounds the output. `stop` ends the answer before any of these strings.
    With `partial`, JSON that was cut off at the limit counts as far as it is whole.
    """

    messages: list[Message]
    max_tokens: int
    schema: dict[str, Any] | None = None
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    partial: bool = False


CallOutcome = Literal["ok", "cancelled", "failed", "lost"]


@dataclass(frozen=True)
class Call:
    """One call of a model's server, whatever became of it.

    Tokens are None only on record of older versions. `cached_tokens` are part of `input_tokens`. Seconds for times;
    `time_to_first_token` is None when no token came. `cost` is in `currency`, None when the price is unknown, never
    then 0. A call that was cancelled or broke off has its tokens and cost estimated from its texts (`estimated`):
    servers count only what they finish. So has one whose server does not count, or told what cannot be true
    (`doubtful`). One that was refused has none of both. One that is `lost` was under way when its process died: its
    input is estimated, and of its output only what had come when it was first put on record. `attempt` is the run's,
    counted from 1.
    """

    role: Role
    provider: str
    model: str
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    time_to_first_token: float | None
    duration: float
    cost: Decimal | None
    currency: str
    outcome: CallOutcome
    failure: str | None = None
    estimated: bool = False
    doubtful: bool = False
    attempt: int = 1


OnCall = Callable[[Call], None]
OnBegin = Callable[[Callable[[], Call]], None]
"""Called when a call begins, with what makes its record if this process dies before it ends."""

CostOf = Callable[[int, int], tuple[Decimal | None, str]]
"""What so many input tokens and so many output tokens cost, and the currency; None when the price is not known."""
Allow = Callable[[Ask, CostOf], Awaitable[Ask]]
"""Called before each call, with what it asks and what that costs: the same, for as much output as may be paid for.

Raises where not even a small answer may."""
