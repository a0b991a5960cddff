"""The cases of evals/edits are worth scoring with: the right answer passes, and every damaged one fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from evals.edits.cases import cases
from evals.edits.check import fault

Case = dict[str, Any]
LEFT_ALONE = ("no_edit", "impossible")
"""The kinds where the draft as it is is the right answer."""
WRITES_BLOCKS = ("delete_section", "insert_section", "code_fence")
"""The kinds where a check leaves open how many empty lines stay in a gap, or stand inside what was written."""


@pytest.fixture(scope="module")
def every_case() -> list[Case]:
    return cases("all")


def test_every_reference_passes(every_case: list[Case]) -> None:
    assert {case["id"]: why for case in every_case if (why := fault(case, case["reference"]))} == {}


def test_the_untouched_draft_passes_only_where_nothing_is_to_be_changed(every_case: list[Case]) -> None:
    passed = {case["id"] for case in every_case if fault(case, case["editing"]) is None}
    assert passed == {case["id"] for case in every_case if case["category"] in LEFT_ALONE}


def test_every_damaged_answer_fails(every_case: list[Case]) -> None:
    passed = [
        f"{case['id']}: {kind}"
        for case in every_case
        for kind, document in damaged(case)
        if document != case["reference"] and fault(case, document) is None
    ]
    assert passed == []


def test_a_second_empty_line_fails_beside_the_place_too(every_case: list[Case]) -> None:
    passed = {
        case["id"]
        for case in every_case
        if case["check"]["type"] == "regions" and case["category"] not in WRITES_BLOCKS
        for document in _with_one_more_empty_line(case["reference"])
        if fault(case, document) is None
    }
    assert passed == set()


@pytest.mark.parametrize("names", [("develop", "held"), ("fresh-develop", "fresh-held"), ("blind-a", "blind-b")])
def test_the_halves_share_no_case_and_cover_every_kind(names: tuple[str, str]) -> None:
    one, other = (cases(name) for name in names)
    assert not {case["id"] for case in one} & {case["id"] for case in other}
    assert len({case["category"] for case in one}) == len({case["category"] for case in other}) == 16


def damaged(case: Case) -> Iterator[tuple[str, str]]:
    """The right answer with one thing wrong, as models get it wrong."""
    right, draft = case["reference"], case["editing"]
    yield "empty", ""
    yield "truncated", right[: len(right) * 2 // 3]
    yield "without its last line", "".join(right.splitlines(True)[:-1])
    yield "in a fence", f"```markdown\n{right}```\n"
    yield "with a greeting", f"Here is the document:\n\n{right}"
    yield "twice", right + right
    yield "with other line ends", right.replace("\r\n", "\n") if "\r\n" in right else right.replace("\n", "\r\n")
    if case["original"] != draft:
        yield "without the unsaved changes", case["original"]
    for at, line in _untouched(case):
        rest = right[at + len(line) :]
        yield "another line lost", right[:at] + rest
        yield "another line twice", right[:at] + line + line + rest
        yield "another line changed", right[:at] + line.replace(line.strip()[-1], "#", 1) + rest
        yield "a space after another line", right[:at] + line.rstrip("\r\n") + " \n" + rest


def _with_one_more_empty_line(document: str) -> Iterator[str]:
    """The document with each of its empty lines doubled in turn."""
    at = 0
    for line in document.splitlines(True):
        if not line.strip():
            yield document[:at] + line + document[at:]
        at += len(line)


def _untouched(case: Case) -> list[tuple[int, str]]:
    """A few lines, with their offsets in the right answer, outside the places that the case lets change."""
    lines, at, draft = [], 0, case["editing"]
    given = draft.splitlines(True)
    for line in case["reference"].splitlines(True):
        if given.count(line) == 1 and len(line.strip()) > 3 and not _in_a_region(case, draft.index(line)):
            lines.append((at, line))
        at += len(line)
    return [lines[0], lines[len(lines) // 2], lines[-1]]


def _in_a_region(case: Case, at: int) -> bool:
    return any(region["start"] <= at < region["end"] for region in case["check"].get("regions", []))
