"""Agents with the tools a run would lend them, and the scripted model behind."""

from collections.abc import AsyncIterator

import pytest

from redraft.llm import Ask, Call, Cut, Models, Role
from tests.agents.house import house, nothing_else  # noqa: F401  fixtures
from tests.llm.conftest import models_of
from tests.scripted_model import ScriptedModel


class Lent:
    """`AgentTools` as a run has them; keeps what was shown and what was called."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.calls: list[Call] = []
        self.shown: list[str] = []
        self.cut: Cut | None = None

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        return self.models.stream(role, ask, self.calls.append)

    async def answer(self, role: Role, ask: Ask) -> str:
        self.cut = None
        return await self.models.answer(role, ask, self.calls.append, on_cut=self._note)

    def _note(self, cut: Cut) -> None:
        self.cut = cut

    def say(self, text: str) -> None:
        self.shown.append(text)

    def context_tokens(self, role: Role) -> int:
        return self.models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        return self.models.sees_images(role)

    @property
    def text(self) -> str:
        return "".join(self.shown)


@pytest.fixture
async def tools(model: ScriptedModel) -> AsyncIterator[Lent]:
    """A model whose context is 4,096 tokens."""
    async with models_of(model, model_context_tokens={"openai:gpt-4o-mini": 4_096}) as models:
        yield Lent(models)
