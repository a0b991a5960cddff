"""What a run lends the agent that works for it: its capability. An agent has no other way to anything."""

from collections.abc import AsyncIterator
from typing import Protocol

from redraft.llm import Ask, Cut, Role


class Answers(Protocol):
    """Models to ask for whole answers. Every call is metered and charged to the run."""

    async def answer(self, role: Role, ask: Ask) -> str:
        """The whole answer; for an `ask` with a schema, text that is JSON and follows it. Raises `ModelFailed`."""
        ...

    def context_tokens(self, role: Role) -> int:
        """How many tokens, input and output together, the role's model takes."""
        ...


class WholeAnswers(Answers, Protocol):
    """Models to ask for whole answers, where the caller has to know whether an answer was cut off."""

    @property
    def cut(self) -> Cut | None:
        """Why the answer that was asked for last is not all of it; None where it is complete."""
        ...


class AgentTools(WholeAnswers, Protocol):
    """Models to ask, also for answers as they are written, and a place to show what is done."""

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        """The answer in pieces, as the model writes them. Raises `ModelFailed` after retries and fallbacks.

        A fallback after the first piece is not tried here: the run restarts, because pieces were shown.
        """
        ...

    def say(self, text: str) -> None:
        """Show the next words of the answer to whoever reads the run. Never waits."""
        ...

    def sees_images(self, role: Role) -> bool:
        """Whether the role's model takes image parts."""
        ...
