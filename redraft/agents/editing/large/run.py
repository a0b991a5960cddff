"""The path for large models: answers with operations until the request is done, within bounds."""

from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from redraft.agents.editing.asking import compact
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.large.operations import LOOK, Form, made, offered, schema
from redraft.agents.editing.large.partial import Operations
from redraft.agents.editing.large.prompt import Told, blocks, go_on, looked, mend, prompt, system, told
from redraft.agents.editing.large.taking import Show, Taking
from redraft.agents.editing.past import past
from redraft.agents.tools import AgentTools
from redraft.errors import ModelFailed, PromptTooLong
from redraft.llm import Ask, Message
from redraft.markdown import Operation

MOST_OUTPUT_TOKENS = 16_000
REMEMBERED = 80  # characters of each text that an earlier answer held, when the model is asked again

CUT = (
    "The model's answer was cut off at its limit, so this is not all of the change. What was complete is there: "
    "ask for the rest, or for less at once."
)
BROKE = "The model failed before all of the change was made. What was complete is there: ask for the rest."
NOT_JSON = "The model's answer is not JSON of the form that was asked for."


def is_part(problems: list[str]) -> bool:
    """Whether these problems say that the model did not come to the end of its operations."""
    return CUT in problems or BROKE in problems


class _Work:
    """One request in the hands of a large model: what it has answered, and what it was told."""

    def __init__(self, tools: AgentTools, draft: Draft, show: Show) -> None:
        self.tools, self.draft = tools, draft
        self.taking = Taking(draft, show)
        self.note = ""
        self.forms: dict[str, Form] = {}
        self._limit = min(MOST_OUTPUT_TOKENS, tools.context_tokens("edit") // 4)
        self._asked: list[Message] = []
        self._answered: list[dict[str, Any]] = []
        self._seen: list[str] = []

    async def begin(self) -> None:
        """Make the prompt, which looks at all of the draft, and at the chat."""
        known = await self.draft.in_thread_if_long(self._read)
        before = await past(self.tools, self.draft, known.room)
        self.draft.summary = before.summary
        self._asked = prompt(known, before)

    def _read(self) -> Told:
        selection, restore = self.draft.task.selection, bool(self.draft.changes)
        known = told(self.tools, self.draft, offered(restore=restore, selection=selection, whole=False), self._limit)
        self.forms = offered(restore=restore, selection=selection, whole=known.seen.is_whole)
        return replace(known, system=system(self.draft, self.forms))

    async def answer(self, said: str) -> tuple[str, bool]:
        """Ask, again where something is `said`; how the answer ended, and whether the model wants to see more."""
        messages, looks = list(self._asked), len(self._seen)
        if said:
            again = "\n\n".join([*self._seen, said])
            messages += [{"role": "assistant", "content": self._remembered()}, {"role": "user", "content": again}]
        answer = Operations()
        ask = Ask(messages, self._limit, schema=schema(self.forms))
        async with aclosing(cast("Any", self.tools.stream("edit", ask))) as pieces:
            async for piece in pieces:
                for each in answer.add(piece):
                    await self._take(each)
        await self.taking.settle()
        self._answered += answer.found
        ending, note = answer.ending()
        self.note = note or self.note
        return ending, len(self._seen) > looks

    async def _take(self, each: dict[str, Any]) -> None:
        if each.get("op") == LOOK and LOOK in self.forms:
            self._seen.append(blocks(self.tools, self.draft, [str(name) for name in each.get("blocks", ())]))
        else:
            await self.taking.add(made(each, self.forms, self.draft.task.selection))

    def _remembered(self) -> str:
        """All operations so far, their texts by their beginnings: whole ones would fill the context."""
        short = [
            {name: value[:REMEMBERED] if isinstance(value, str) else value for name, value in each.items()}
            for each in self._answered
        ]
        return compact({"operations": short, "note": self.note})


async def operations(
    tools: AgentTools, draft: Draft, show: Show, *, tries: int, answers: int
) -> tuple[list[Operation], str, list[str]]:
    """The operations that apply, the model's note, and what could not be done.

    `show` is called with all operations so far as they come. The model is told at most `tries - 1` times what did not
    apply. In all it answers at most `answers` times: what was cut off at its output limit is continued, and blocks that
    it was not shown can be looked at. Raises `ModelFailed` when there is not even a first answer.
    """
    work, said = _Work(tools, draft, show), ""
    await work.begin()
    taking = work.taking
    for left in range(answers - 1, -1, -1):
        before, taking.problems = len(taking.operations), []
        try:
            ending, wants_more = await work.answer(said)
        except (ModelFailed, PromptTooLong):
            if not said:
                raise
            return taking.operations, work.note, [BROKE]
        new = len(taking.operations) - before
        if ending == "unusable":
            taking.problems.append(NOT_JSON)
        tries -= bool(taking.problems)
        if ending == "cut":
            if not new or not left:
                return taking.operations, work.note, [*taking.problems, CUT]
            said = go_on(taking.problems)
        elif wants_more:
            said = looked(taking.problems)
        elif taking.problems and tries:
            said = mend(taking.problems)
        else:
            break
    return taking.operations, work.note, taking.problems
