"""One call as it goes: what came, when, and what it costs in the end."""

import time
from collections.abc import Mapping
from dataclasses import replace

from redraft.config import ModelPrice
from redraft.llm.ask import Ask, Call, CallOutcome, Role
from redraft.llm.believed import believed
from redraft.llm.names import Target
from redraft.llm.prices import cost_of
from redraft.llm.provider import Ending, Failure
from redraft.llm.tokens import estimate, estimate_ask


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
        ending, doubtful = believed(self.ending, self.ask, self.characters)
        ending, estimated = self._counted(ending)
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
            doubtful=doubtful,
        )

    def _counted(self, told: Ending) -> tuple[Ending, bool]:
        """The ending with its tokens, and whether any of them is estimated because nobody, or nobody credible, told."""
        if told.input_tokens is not None and told.output_tokens is not None:
            return told, False
        if self.failure is not None and not self.failure.charged:
            return Ending("none", input_tokens=0, cached_tokens=0, output_tokens=0), False
        read, wrote = told.input_tokens, told.output_tokens
        if read is None:
            read = estimate_ask(self.ask.messages, self.ask.schema)
        if wrote is None:
            written = "".join([*self.thoughts, *self.pieces])
            wrote = estimate(written) if written else 0
        return replace(told, input_tokens=read, output_tokens=wrote), True
