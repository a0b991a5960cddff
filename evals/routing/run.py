"""Measures the route of a chat turn: `python -m evals.routing.run`, with a model chosen by REDRAFT_MODEL… settings.

Prints, for each half of the cases, how many messages went the right way, and those that did not. The rules and examples
in `redraft/agents/route.py` were shaped on the first half; the second was looked at only to count.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from redraft.agents.route import route
from redraft.config import Settings
from redraft.llm import Ask, Call, Models, Role

CASES = Path(__file__).with_name("cases.jsonl")
AT_ONCE = 2


class Tools:
    """What the route needs of `AgentTools`."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.calls: list[Call] = []

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        return self._models.stream(role, ask, self.calls.append)

    async def answer(self, role: Role, ask: Ask) -> str:
        return await self._models.answer(role, ask, self.calls.append)

    def say(self, text: str) -> None:
        print(text)

    def context_tokens(self, role: Role) -> int:
        return self._models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        return self._models.sees_images(role)


async def main() -> None:
    cases = [json.loads(line) for line in CASES.read_text().splitlines()]
    async with Models.opened(Settings()) as models:
        tools = Tools(models)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(case: dict[str, Any]) -> str:
            async with gate:
                return await route(tools, case["messages"])

        started = time.perf_counter()
        answers = await asyncio.gather(*(one(case) for case in cases))
        seconds = time.perf_counter() - started
    print(f"model {models.names()['route']}, {len(cases)} cases, {seconds / len(cases):.2f} s each")
    for half in ("shaping", "held_out"):
        report(half, [(case, answer) for case, answer in zip(cases, answers, strict=True) if case["half"] == half])


def report(half: str, answered: list[tuple[dict[str, Any], str]]) -> None:
    right = Counter(case["agent"] for case, answer in answered if case["agent"] == answer)
    of = Counter(case["agent"] for case, _ in answered)
    share = right.total() / len(answered)
    print(f"{half}: {share:.1%} right (edit {right['edit']} of {of['edit']}, talk {right['talk']} of {of['talk']})")
    for case, answer in answered:
        if case["agent"] != answer:
            print(f"  {case['id']}: {answer}, for {case['messages'][-1]['content']!r}")


if __name__ == "__main__":
    asyncio.run(main())
