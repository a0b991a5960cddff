"""Long texts are worked on beside the event loop, which goes on serving everybody else."""

import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from redraft.agents.editing import EditTask, propose
from redraft.agents.history import fit
from redraft.agents.learning import Chat, Knowledge, learn
from redraft.agents.memory import Reflections
from redraft.agents.summarize import summarize
from redraft.llm import Ask, Cut, Role
from redraft.markdown import Hunk
from tests.beats import beats

SECTION = "## Part {n}\n\nThe quick fox of part {n} jumps over the lazy dog. It rests.\n\n- one {n}\n- two {n}\n\n"
LONG = "".join(SECTION.format(n=n) for n in range(1_500))

KINDS: list[dict[str, Any]] = [
    {"ask": "replace"},
    {"ask": "rename", "to": "Part A"},
    {"ask": "add", "text": "three", "place": "last", "of": "part 700"},
    {"ask": "add section", "title": "Cats", "place": "after", "of": "part 700"},
    {"ask": "remove"},
    {"ask": "move", "place": "before", "of": "part 7"},
    {"ask": "rewrite"},
    {"ask": "tick", "what": ["go"]},
    {"ask": "undo"},
]


class Instant:
    """Tools whose model answers at once, so that only an agent that leaves the loop lets others run."""

    def __init__(self, context: int, *answers: str) -> None:
        self._context = context
        self._answers = list(answers)
        self.shown: list[str] = []
        self.cut: Cut | None = None

    async def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        for piece in (await self.answer(role, ask)).partition("}"):
            yield piece

    async def answer(self, role: Role, ask: Ask) -> str:
        return self._answers.pop(0) if self._answers else "{}"

    def say(self, text: str) -> None:
        self.shown.append(text)

    def context_tokens(self, role: Role) -> int:
        return self._context

    def sees_images(self, role: Role) -> bool:
        return False


async def test_a_small_models_edit_of_a_long_draft_leaves_the_loop_free() -> None:
    tools = Instant(8_192, json.dumps({"ask": "remove", "target": "part 700"}))
    task = EditTask([{"role": "user", "content": "Remove the list of part 700."}], LONG, LONG)
    assert await beats(lambda: propose(tools, task)) > 20


@pytest.mark.parametrize("ask", KINDS)
async def test_no_step_of_a_small_models_edit_of_a_long_draft_is_done_in_the_loop(ask: dict[str, Any]) -> None:
    tools = Instant(8_192, json.dumps({"what": "part 700", **ask}))
    task = EditTask([{"role": "user", "content": "In part 700 it is a cat, not a fox."}], LONG, LONG + "- [ ] go\n")
    seen: set[str] = set()

    def look(frame: FrameType, event: str, argument: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and "small" in path.parts and path.name != "run.py":
            seen.add(f"{path.stem}.{frame.f_code.co_name}")

    sys.setprofile(look)  # of this thread alone
    try:
        await propose(tools, task)
    finally:
        sys.setprofile(None)
    assert not seen


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
    assert await beats(lambda: fit(Instant(10_000_000), history, 10_000_000, None)) > 0


async def test_a_very_long_chat_is_summed_up_and_learned_from_beside_the_loop() -> None:
    chat = [{"role": "user", "content": "历史记录 words " * 10_000} for _ in range(20)]
    assert await beats(lambda: summarize(Instant(10_000_000, "They talked."), chat)) > 1
    ids = [str(place) for place in range(len(chat))]
    now = datetime.now(UTC)
    claim = {"message_ids": ["m1"], "quote": "words 历史记录 words", "text": "Keeps words."}
    answer = json.dumps({"style": [claim] * 20, "facts": []})
    knowledge = Knowledge(Reflections(), (), ["r1"], now)
    given = Chat(chat, ids, [None] * len(chat), now)
    assert await beats(lambda: learn(Instant(10_000_000, answer), given, knowledge)) > 1
    assert knowledge.reflections
