"""Have every case edited by a model, and say how it went: `make eval`, or `python -m evals.edits --help`.

The model is the one the settings name (`REDRAFT_MODEL`, `REDRAFT_MODEL_BASE_URL`, ...), or `--model`.
"""

import argparse
import asyncio
import contextlib
import json
import lzma
import os
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.edits import own
from evals.edits.check import Verdict, judge
from redraft.agents.editing import EditTask, propose
from redraft.cli.parts import model_part, prepare_weights, wants_embedded_model
from redraft.config import Settings
from redraft.errors import RedraftError
from redraft.llm import Ask, Call, Models, Role

PUBLIC = Path(__file__).with_name("public.jsonl.xz")


@dataclass
class Tools:
    """What a run lends the agent, without a run."""

    models: Models
    calls: list[Call] = field(default_factory=list)
    asked: list[tuple[Ask, str]] = field(default_factory=list)

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        return self.models.stream(role, ask, self.calls.append)

    async def answer(self, role: Role, ask: Ask) -> str:
        answer = await self.models.answer(role, ask, self.calls.append)
        self.asked.append((ask, answer))
        return answer

    def emit(self, event: str, data: dict[str, Any]) -> None:
        """Nobody watches."""

    def context_tokens(self, role: Role) -> int:
        return self.models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        return self.models.sees_images(role)


@dataclass(frozen=True)
class Result:
    """One case with its verdict and what it cost."""

    case: dict[str, Any]
    verdict: Verdict
    wrong: bool
    note: str
    output: int
    prompt: int
    cached: int
    seconds: float
    asked: list[tuple[Ask, str]]


def cases(which: str) -> list[dict[str, Any]]:
    """`public`, `own`, their halves (`public-even`, `public-odd`), or `all`."""
    with lzma.open(PUBLIC, "rt", encoding="utf-8", newline="\n") as lines:
        public = [json.loads(line) for line in lines]
    sets = {"public": public, "own": own.cases(), "public-even": public[::2], "public-odd": public[1::2]}
    return [*public, *sets["own"]] if which == "all" else sets[which]


async def run(models: Models, case: dict[str, Any]) -> Result:
    """Have one case edited. A model that fails leaves the draft as it was."""
    tools, start = Tools(models), time.perf_counter()
    selection = case.get("selection")
    span = (selection["start"], selection["end"]) if selection else None
    try:
        proposal = await propose(tools, EditTask(case["messages"], case["original"], case["editing"], span))
        document, note = proposal.document, proposal.note
    except RedraftError as error:
        document, note = case["editing"], f"failed: {error.detail}"
    verdict = judge(case, document)
    return Result(
        case=case,
        verdict=verdict,
        wrong=not verdict.passed and document != case["editing"],
        note=note,
        output=sum(call.output_tokens or 0 for call in tools.calls),
        prompt=sum(call.input_tokens or 0 for call in tools.calls),
        cached=sum(call.cached_tokens or 0 for call in tools.calls),
        seconds=time.perf_counter() - start,
        asked=tools.asked,
    )


def table(results: list[Result]) -> str:
    """The figures by category and of all, as a Markdown table."""
    by = defaultdict(list)
    for each in results:
        by[each.case["category"]].append(each)
    lines = [
        "| category | cases | passed | wrong change | bytes outside | output tokens | prompt tokens (new) | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, some in [*sorted(by.items()), ("all", results)]:
        passed, wrong = sum(each.verdict.passed for each in some), sum(each.wrong for each in some)
        prompt = statistics.mean(each.prompt for each in some)
        anew = statistics.mean(each.prompt - each.cached for each in some)
        lines.append(
            f"| {name} | {len(some)} | {passed / len(some):.0%} | {wrong / len(some):.0%} "
            f"| {sum(each.verdict.outside for each in some)} | {statistics.mean(each.output for each in some):.0f} "
            f"| {prompt:.0f} ({anew:.0f}) | {statistics.mean(each.seconds for each in some):.1f} |"
        )
    return "\n".join(lines)


def show(result: Result) -> None:
    """A case that failed, with all that was asked."""
    print(f"\n{result.case['id']}: {result.verdict.reason} {'(changed)' if result.wrong else ''} {result.note}")
    print(f"  user: {result.case['messages'][-1]['content']}")
    for ask, answer in result.asked:
        print(f"  > {ask.messages[-1]['content'][-400:]!r}\n  < {answer[:400]}")


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


async def main() -> None:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="provider:name, or embedded; without it, as the settings say")
    parser.add_argument("--size", choices=["1.5b", "0.5b"], help="of the embedded model")
    parser.add_argument("--set", default="all", choices=["all", "public", "own", "public-even", "public-odd"])
    parser.add_argument("--only", default="", help="cases whose id contains this")
    parser.add_argument("--show", action="store_true", help="print each case that fails, with all that was asked")
    options = parser.parse_args()
    named = {"model": options.model, "embedded_model_size": options.size}
    settings = Settings(**{name: value for name, value in named.items() if value})
    results = []
    async with models(settings) as opened:
        for case in cases(options.set):
            if options.only in case["id"]:
                results.append(await run(opened, case))
                if options.show and not results[-1].verdict.passed:
                    show(results[-1])
    name = settings.embedded_model_size if settings.model == "embedded" else None
    print(f"\n{name or settings.model} on {platform.machine()}, {os.cpu_count()} cores\n\n{table(results)}")


asyncio.run(main())
