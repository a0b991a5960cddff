"""The table in docs/asvs.md has every requirement of its chapters, and every test that it names exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
DOCS = TESTS.parent / "docs"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`([a-z_/]+\.py)::(test_[a-z0-9_]+)`")
LINK = re.compile(r"\]\(([a-z]+\.md)(?:#([a-z0-9-]+))?\)")

# Of ASVS 5.0.0, the requirements of level 1, then those that level 2 adds; section: numbers.
LEVEL_1 = {
    "1.2": "1-5", "1.3": "1 2", "1.5": "1", "2.1": "1", "2.2": "1 2", "2.3": "1", "6.1": "1", "6.2": "1-8",
    "6.3": "1 2", "6.4": "1 2", "7.2": "1-4", "7.4": "1 2", "8.1": "1", "8.2": "1 2", "8.3": "1", "9.1": "1-3",
    "9.2": "1", "14.2": "1", "14.3": "1",
}  # fmt: skip
LEVEL_2 = {
    "1.1": "1 2", "1.2": "6-9", "1.3": "3-11", "1.4": "1-3", "1.5": "2", "2.1": "2 3", "2.2": "3", "2.3": "2-4",
    "2.4": "1", "6.1": "2 3", "6.2": "9-12", "6.3": "3 4", "6.4": "3 4", "6.5": "1-5", "6.6": "1-3", "6.8": "1-4",
    "7.1": "1-3", "7.3": "1 2", "7.4": "3-5", "7.5": "1 2", "7.6": "1 2", "8.1": "2", "8.2": "3", "8.4": "1",
    "9.2": "2-4", "14.1": "1 2", "14.2": "2-4", "14.3": "2 3", "16.1": "1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3",
    "16.5": "1-3",
}  # fmt: skip


def numbered(sections: dict[str, str]) -> Iterator[str]:
    for section, numbers in sections.items():
        for part in numbers.split():
            first, _, last = part.partition("-")
            yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


def rows() -> list[tuple[str, str, str, str, str]]:
    """Number, level, what is asked, status, how."""
    return ROW.findall((DOCS / "asvs.md").read_text())


def names_of(path: str) -> set[str]:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(ast.parse((TESTS / path).read_text())) if isinstance(node, functions)}


def test_every_requirement_has_one_row_of_its_level() -> None:
    found = [(number, level) for number, level, *_ in rows()]
    wanted = [(number, "1") for number in numbered(LEVEL_1)] + [(number, "2") for number in numbered(LEVEL_2)]
    assert sorted(found) == sorted(wanted)


def test_what_is_met_names_its_test_or_its_page_and_the_rest_says_why() -> None:
    for number, _, _, status, how in rows():
        assert status in {"met", "not applicable", "open"}, number
        assert status != "met" or TEST.search(how) or LINK.search(how), number
        assert len(how) > 5, number


@pytest.mark.parametrize("page", ["asvs.md", "security.md"])
def test_every_test_that_is_named_exists(page: str) -> None:
    text = (DOCS / page).read_text()
    named = TEST.findall(text)
    assert named
    assert [(path, name) for path, name in named if name not in names_of(path)] == []
    files = re.findall(r"`([a-z_]+/test_[a-z_]+\.py)`", text)
    assert [path for path in files if not (TESTS / path).exists()] == []


def test_every_section_that_is_named_exists() -> None:
    for page, section in LINK.findall((DOCS / "asvs.md").read_text()):
        headings = re.findall(r"^#+ (.+)$", (DOCS / page).read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings}
        assert not section or section in anchors, f"{page}#{section}"
