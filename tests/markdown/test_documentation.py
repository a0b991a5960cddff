"""The examples of docs/markdown.md do what they show."""

import doctest
from pathlib import Path


def test_the_documented_examples_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "markdown.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert tried > 10
