"""Have every case edited by a model, and say how it went: `make eval`, or `python -m evals.edits --help`.

The model is the one the settings name (`REDRAFT_MODEL`, `REDRAFT_MODEL_BASE_URL`, ...), or `--model`.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import platform
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from evals.edits.cases import SETS, Case, cases
from evals.edits.report import Answer, failures, read, score, table
from redraft.agents.editing import EditTask, propose
from redraft.cli.parts import model_part, prepare_weights, wants_embedded_model
from redraft.config import Settings
from redraft.errors import RedraftError
from redraft.llm import Ask, Call, Models, Role

_SHOWN_OF_A_PROMPT = 400
"""Characters kept of the end of each prompt."""


@dataclass
class Tools:
    """What a run lends the agent, without a run."""

    models: Models
    calls: list[Call] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        return self.models.stream(role, ask, self.calls.append)

    async def answer(self, role: Role, ask: Ask) -> str:
        answer = await self.models.answer(role, ask, self.calls.append)
        self.asked.append((str(ask.messages[-1]["content"])[-_SHOWN_OF_A_PROMPT:], answer))
        return answer

    def say(self, text: str) -> None:
        """Nobody watches."""

    def context_tokens(self, role: Role) -> int:
        return self.models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        return self.models.sees_images(role)


async def run(models: Models, case: Case) -> Answer:
    """Have one case edited. A model that fails leaves the draft as it was."""
    tools, start = Tools(models), time.perf_counter()
    selection = case.get("selection")
    span = (selection["start"], selection["end"]) if selection else None
    try:
        proposal = await propose(tools, EditTask(case["messages"], case["original"], case["editing"], span))
        document, note = proposal.document, proposal.note
    except RedraftError as error:
        document, note = case["editing"], f"failed: {error.detail}"
    return Answer(
        id=case["id"],
        document=document,
        output_tokens=sum(call.output_tokens or 0 for call in tools.calls),
        prompt_tokens=sum(call.input_tokens or 0 for call in tools.calls),
        cached_tokens=sum(call.cached_tokens or 0 for call in tools.calls),
        seconds=round(time.perf_counter() - start, 2),
        note=note,
        asked=tools.asked,
    )


@contextlib.asynccontextmanager
async def models(settings: Settings) -> AsyncIterator[Models]:
    """The models of the settings; the embedded one is started when it is wanted and nobody runs it."""
    weights = prepare_weights(settings) if wants_embedded_model(settings) else None
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with model_part(settings, weights) as (ready, embedded):
        if embedded is not None:
            await embedded.loaded()
        async with Models.opened(ready) as opened:
            yield opened


async def answer_all(settings: Settings, some: list[Case], answers: dict[str, Answer], keep: Path | None) -> None:
    """Have the cases edited that are not among `answers`; each goes there, and to the end of the file `keep`."""
    async with models(settings) as opened:
        for at, case in enumerate(some, 1):
            if case["id"] in answers:
                continue
            answer = answers[case["id"]] = await run(opened, case)
            if keep:
                with keep.open("a", encoding="utf-8", newline="\n") as file:
                    # A line that an interruption cut short must not swallow this one.
                    file.write(("\n" if file.tell() else "") + json.dumps(dataclasses.asdict(answer)) + "\n")
            passed = sum(each.verdict.passed for each in score(some, answers))
            print(f"\r{at} of {len(some)}, {passed} passed  ", end="", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="provider:name, or embedded; without it, as the settings say")
    parser.add_argument("--size", choices=["1.5b", "0.5b"], help="of the embedded model")
    parser.add_argument("--set", default="public", choices=SETS)
    parser.add_argument("--category", default="", help="only cases of this kind, such as table")
    parser.add_argument("--limit", type=int, help="so many cases at most, spread over the set")
    parser.add_argument("--answers", type=Path, help="keep each answer in this file, and do not ask again for those")
    parser.add_argument("--score", action="store_true", help="ask no model: score the file of --answers")
    parser.add_argument("--failures", type=Path, help="write what failed, and how, to this file")
    return parser.parse_args()


async def main() -> None:
    """Run, and print the table."""
    options = arguments()
    named = {"model": options.model, "embedded_model_size": options.size}
    settings = Settings(**{name: value for name, value in named.items() if value})
    some = cases(options.set, options.category, options.limit)
    answers = read(options.answers) if options.answers else {}
    if not options.score:
        await answer_all(settings, some, answers, options.answers)
        name = settings.embedded_model_size if settings.model == "embedded" else None
        print(f"\n{name or settings.model} on {platform.machine()}, {os.cpu_count()} cores\n")
    results = score(some, answers)
    print(table(results))
    if options.failures:
        options.failures.write_text(failures(results), "utf-8")


asyncio.run(main())
