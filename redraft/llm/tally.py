"""One call as it goes: what came, when, and what it costs in the end."""

import time
from collections.abc import Mapping

from redraft.config import ModelPrice
from redraft.llm.ask import Ask, Call, CallOutcome, Role
from redraft.llm.names import Target
from redraft.llm.prices import cost_of
from redraft.llm.provider import Ending, Failure
from redraft.llm.tokens import estimate, estimate_messages


class Tally:
    """The record of one call while it is made."""

    def __init__(self, role: Role, target: Target, ask: Ask) -> None:
        self.ask = ask
        self.pieces: list[str] = []
        self.thoughts: list[str] = []
        self.characters = 0
        self.ending = Ending("none")
        self.failure: Failure | None = None
        self._role = role
        self._target = target
        self._started = time.perf_counter()
        self._first: float | None = None

    def add(self, piece: str) -> None:
        """Note a piece of the answer."""
        if self._first is None:
            self._first = time.perf_counter() - self._started
        self.pieces.append(piece)
        self.characters += len(piece)

    def think(self, thought: str) -> None:
        """Note what the model thought aloud: it is paid for, too."""
        if thought:
            self.thoughts.append(thought)
            self.characters += len(thought)

    def call(self, outcome: CallOutcome, prices: Mapping[str, ModelPrice]) -> Call:
        """The finished record; `prices` are the operator's own, by `provider:name`."""
        ending, estimated = self._counted(outcome)
        cost, currency = cost_of(self._target, ending, prices)
        return Call(
            role=self._role,
            provider=self._target.provider,
            model=self._target.model,
            input_tokens=ending.input_tokens,
            cached_tokens=ending.cached_tokens,
            output_tokens=ending.output_tokens,
            time_to_first_token=self._first,
            duration=time.perf_counter() - self._started,
            cost=cost,
            currency=currency,
            outcome=outcome,
            failure=self.failure.kind if self.failure else None,
            estimated=estimated,
        )

    def _counted(self, outcome: CallOutcome) -> tuple[Ending, bool]:
        """The ending with its tokens, and whether they are estimated because the call never came to an end."""
        if outcome == "ok" or self.ending.input_tokens is not None:
            return self.ending, False
        if self.failure is not None and not self.failure.charged:
            return Ending("none", input_tokens=0, cached_tokens=0, output_tokens=0), False
        written = "".join([*self.thoughts, *self.pieces])
        output = estimate(written) if written else 0
        return Ending("none", input_tokens=estimate_messages(self.ask.messages), output_tokens=output), True
