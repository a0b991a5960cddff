"""The edit agent with a scripted model of small or large context, and nothing else of the app."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from redraft.agents.editing import EditTask, Proposal, propose
from redraft.config import Settings
from redraft.llm import Ask, Call, Cut, Models, Role
from redraft.markdown import Hunk
from tests.scripted_model import ScriptedModel


@dataclass
class Tools:
    """What a run lends the agent."""

    models: Models
    calls: list[Call] = field(default_factory=list)
    cut: Cut | None = None

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        """See `AgentTools.stream`."""
        return self.models.stream(role, ask, self.calls.append)

    async def answer(self, role: Role, ask: Ask) -> str:
        """See `AgentTools.answer`."""
        return await self.models.answer(role, ask, self.calls.append)

    def say(self, text: str) -> None:
        """Nobody watches."""

    def context_tokens(self, role: Role) -> int:
        """See `AgentTools.context_tokens`."""
        return self.models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        """See `AgentTools.sees_images`."""
        return self.models.sees_images(role)


@dataclass
class Agent:
    """Edits a draft as a model's scripted answers say."""

    tools: Tools
    model: ScriptedModel

    async def edits(
        self,
        draft: str,
        says: str,
        *answers: Any,
        saved: str | None = None,
        shown: Callable[[list[Hunk]], None] = lambda hunks: None,
        selection: tuple[int, int] | None = None,
        chat: tuple[str, ...] = (),
    ) -> Proposal:
        """The proposal for the instruction `says`; `answers` are the model's, one a question."""
        self.model.says(*(each if isinstance(each, str) else json.dumps(each) for each in answers))
        roles = ("user", "assistant")
        messages = [{"role": roles[at % 2], "content": said} for at, said in enumerate((*chat, says))]
        task = EditTask(messages, saved if saved is not None else draft, draft, selection)
        proposal = await propose(self.tools, task, shown)
        assert not self.model._script, "the model was asked less than the test expects"
        return proposal


@pytest.fixture
async def small(settings: Settings, model: ScriptedModel) -> AsyncIterator[Agent]:
    """With a model of 8,192 tokens of context."""
    async with Models.opened(settings.model_copy(update={"model_context_tokens": {settings.model: 8_192}})) as models:
        yield Agent(Tools(models), model)


@pytest.fixture
async def large(settings: Settings, model: ScriptedModel) -> AsyncIterator[Agent]:
    """With a model of 128,000 tokens of context."""
    async with Models.opened(settings.model_copy(update={"model_context_tokens": {settings.model: 128_000}})) as models:
        yield Agent(Tools(models), model)
