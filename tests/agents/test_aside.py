"""Long texts are worked on beside the event loop, which goes on serving everybody else."""

import json
from collections.abc import AsyncIterator
from typing import Any

from redraft.agents.editing import EditTask, propose
from redraft.agents.history import fit
from redraft.llm import Ask, Role
from redraft.markdown import Hunk
from tests.beats import beats

SECTION = "## Part {n}\n\nThe quick fox of part {n} jumps over the lazy dog. It rests.\n\n- one {n}\n- two {n}\n\n"
LONG = "".join(SECTION.format(n=n) for n in range(1_500))


class Instant:
    """Tools whose model answers at once, so that only an agent that leaves the loop lets others run."""

    def __init__(self, context: int, *answers: str) -> None:
        self._context = context
        self._answers = list(answers)
        self.shown: list[str] = []

    async def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        for piece in (await self.answer(role, ask)).partition("}"):
            yield piece

    async def answer(self, role: Role, ask: Ask) -> str:
        return self._answers.pop(0) if self._answers else "{}"

    def emit(self, event: str, data: dict[str, Any]) -> None:
        self.shown.append(event)

    def context_tokens(self, role: Role) -> int:
        return self._context

    def sees_images(self, role: Role) -> bool:
        return False


async def test_a_small_models_edit_of_a_long_draft_leaves_the_loop_free() -> None:
    tools = Instant(8_192, json.dumps({"ask": "remove", "target": "part 700"}))
    task = EditTask([{"role": "user", "content": "Remove the list of part 700."}], LONG, LONG)
    assert await beats(lambda: propose(tools, task)) > 20


async def test_a_large_models_edit_of_a_long_draft_leaves_the_loop_free() -> None:
    change = {"op": "replace_phrase", "find": "fox of part 7 ", "text": "cat of part 7 ", "everywhere": False}
    tools = Instant(100_000, json.dumps({"operations": [{**change, "reason": ""}], "note": "Done."}))
    task = EditTask([{"role": "user", "content": "A cat in part 7."}], LONG, LONG)
    hunks: list[list[Hunk]] = []

    async def work() -> None:
        proposal = await propose(tools, task, hunks.append)
        assert proposal.document == LONG.replace("fox of part 7 ", "cat of part 7 ")
        assert hunks == [proposal.hunks]

    assert await beats(work) > 20


async def test_a_very_long_history_is_fitted_beside_the_loop() -> None:
    history = [{"role": "user", "content": "历史记录 🏮 words " * 1_000} for _ in range(200)]
    assert await beats(lambda: fit(Instant(10_000_000), history, 10_000_000, None)) > 5
