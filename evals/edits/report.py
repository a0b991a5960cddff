"""What was answered, scored: a table of figures, and a page of what went wrong."""

import difflib
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.edits.cases import Case
from evals.edits.check import Verdict, judge


@dataclass(frozen=True)
class Answer:
    """What came back for one case, and what it cost over all calls of the model."""

    id: str
    document: str
    output_tokens: int
    prompt_tokens: int
    cached_tokens: int
    seconds: float
    note: str
    asked: list[tuple[str, str]]
    """The end of each prompt, and the model's answer to it."""


@dataclass(frozen=True)
class Scored:
    """An answer with its verdict. `wrong`: it failed, and the document is another than the draft."""

    case: Case
    answer: Answer
    verdict: Verdict
    wrong: bool


def read(path: Path) -> dict[str, Answer]:
    """The answers kept in a file, by the id of their case; a line cut off by an interruption does not count."""
    kept: dict[str, Answer] = {}
    for line in path.read_text("utf-8").split("\n") if path.exists() else []:
        try:
            answer = Answer(**json.loads(line))
        except ValueError:
            continue
        kept[answer.id] = answer
    return kept


def score(cases: Iterable[Case], answers: dict[str, Answer]) -> list[Scored]:
    """The cases that were answered, judged."""
    scored = []
    for case in cases:
        if answer := answers.get(case["id"]):
            verdict = judge(case, answer.document)
            wrong = not verdict.passed and answer.document != case["editing"]
            scored.append(Scored(case, answer, verdict, wrong))
    return scored


def table(results: list[Scored]) -> str:
    """The figures by category and of all, as a Markdown table."""
    by = defaultdict(list)
    for each in results:
        by[each.case["category"]].append(each)
    lines = [
        "| category | cases | passed | wrong change | changed nothing | bytes outside | output tokens "
        "| prompt tokens (new) | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join(lines + [_row(name, some) for name, some in [*sorted(by.items()), ("all", results)] if some])


def _row(name: str, some: list[Scored]) -> str:
    answers = [each.answer for each in some]
    passed, wrong = sum(each.verdict.passed for each in some), sum(each.wrong for each in some)
    figures: list[Any] = [
        name,
        len(some),
        f"{passed / len(some):.0%}",
        f"{wrong / len(some):.0%}",
        f"{(len(some) - passed - wrong) / len(some):.0%}",
        sum(each.verdict.outside for each in some),
        f"{statistics.mean(each.output_tokens for each in answers):.0f}",
        f"{statistics.mean(each.prompt_tokens for each in answers):.0f} "
        f"({statistics.mean(each.prompt_tokens - each.cached_tokens for each in answers):.0f})",
        f"{statistics.mean(each.seconds for each in answers):.1f}",
    ]
    return f"| {' | '.join(map(str, figures))} |"


def failures(results: list[Scored]) -> str:
    """A page with each case that failed: what was said, what was changed, what was wanted, what was asked."""
    return "\n".join(_page(each) for each in results if not each.verdict.passed)


def _page(failed: Scored) -> str:
    case, answer = failed.case, failed.answer
    said = "\n".join(f"{turn['role']}: {turn['content']}" for turn in case["messages"])
    asked = "\n".join(f"> {prompt!r}\n< {text!r}" for prompt, text in answer.asked)
    kind = "wrong change" if failed.wrong else "changed nothing"
    return (
        f"===== {case['id']}: {kind}: {failed.verdict.reason}\n{said}\n{answer.note}\n"
        f"----- changed\n{_diff(case['editing'], answer.document)}\n"
        f"----- wanted: {_conditions(case)}\n{_diff(case['editing'], case['reference'])}\n"
        f"----- asked\n{asked}\n"
    )


def _diff(old: str, new: str) -> str:
    pair = (old.splitlines(), new.splitlines())
    return "\n".join(line for line in difflib.unified_diff(*pair, lineterm="", n=1) if line[:3] not in ("---", "+++"))


def _conditions(case: Case) -> str:
    if case["check"]["type"] == "exact":
        return f"one of {len(case['check']['expected'])} exact documents, such as"
    return json.dumps(case["check"]["regions"], ensure_ascii=False) + ", such as"
