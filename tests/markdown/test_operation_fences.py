"""A fence stays on code; only a wrapper around a model's whole answer comes off."""

import string

import pytest

from redraft.markdown import apply, cut
from redraft.markdown.operations import (
    AddItem,
    Insert,
    InsertIntoSection,
    Operation,
    RenameHeading,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceRange,
    ReplaceSection,
    SetCell,
)

SETUP = "# Setup\n\nold\n\n# Next\n\nend\n"
CODE = "text\n\n```py\na = 1\n```\n\nend\n"
INNER = "Run:\n\n```bash\nnpm ci\n```\n\nDone."
NO_LETTERS = str.maketrans("", "", string.ascii_letters)
BARE = "Run:\n\n```\nnpm ci\n```\n\nDone."


def done(text: str, operation: Operation) -> str:
    """The text after an operation that applies, with nothing after the change in a fence that stays open."""
    applied = apply(text, [operation])
    assert applied.problems == []
    return applied.document


@pytest.mark.parametrize("fence", ["```", "~~~", "`````", "```sh", "```text", "~~~ python"])
@pytest.mark.parametrize(
    "code", ["# install first\nnpm ci", "- a: 1\n- b: 2", "x", "a\n\n\n\nb", "| a |\n|---|", "> x"]
)
def test_code_that_is_written_keeps_its_fence(fence: str, code: str) -> None:
    text = f"{fence}\n{code}\n{fence.split(' ')[0].translate(NO_LETTERS)}"
    assert done(SETUP, Insert("b2", text)) == SETUP.replace("old", f"old\n\n{text}")
    assert done(SETUP, InsertIntoSection("b1", text)) == SETUP.replace("old", f"old\n\n{text}")
    assert done(SETUP, ReplaceSection("b1", text)) == SETUP.replace("old", text)
    assert done(SETUP, ReplaceBlock("b2", text)) == SETUP.replace("old", text)
    assert done(SETUP, Insert(None, text)) == f"{SETUP[:-1]}\n\n{text}\n"
    assert done(SETUP, ReplaceRange(9, 12, text)) == SETUP.replace("old", text)


@pytest.mark.parametrize("body", [INNER, BARE, "new", "# A\n\n- b\n", "```py\nx\n```", "~~~\nx\n~~~\n\nend"])
@pytest.mark.parametrize("mark", ["```", "````", "~~~~"])
@pytest.mark.parametrize("label", ["markdown", "md", " Markdown"])
def test_a_wrapper_comes_off_as_a_whole(body: str, mark: str, label: str) -> None:
    text = f"{mark}{label}\n{body}\n{mark}"
    new = body.strip("\n")
    assert done(SETUP, ReplaceSection("b1", text)) == SETUP.replace("old", new)
    assert done(SETUP, ReplaceBlock("b2", text)) == SETUP.replace("old", new)
    assert done(SETUP, ReplaceRange(9, 12, text)) == SETUP.replace("old", new)
    assert done(SETUP, InsertIntoSection("b1", text)) == SETUP.replace("old", f"old\n\n{new}")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (f"```\n{INNER}\n```", INNER),  # no code of its own could hold this
        ("```\n# Setup\n\nnew *text*\n```", "new *text*"),  # the heading that it was to be written under
        ("```markdown\nnew\n\ntext", "new\n\ntext"),
        (f"```markdown\n{INNER}", INNER),
        (f"Here is the new section:\n\n```markdown\n{INNER}\n```", INNER),
        (f"Sure! Here's the updated text:\n```md\n{INNER}\n```\n\nLet me know what you think.", INNER),
        (f"  ```markdown\n  {INNER.replace(chr(10), chr(10) + '  ')}\n  ```", INNER),
        (f"An example:\n\n```markdown\n{INNER}\n```\n\nEnd.", f"An example:\n\n````markdown\n{INNER}\n````\n\nEnd."),
        ("```markdown\nx\n```\n\nWords.\n\n```\ncode\n```", "```markdown\nx\n```\n\nWords.\n\n```\ncode\n```"),
        ("An example:\n\n```markdown\nx\n```", "An example:\n\n```markdown\nx\n```"),
    ],
)
def test_what_is_a_wrapper_and_what_is_none(text: str, new: str) -> None:
    assert done(SETUP, ReplaceSection("b1", text)) == SETUP.replace("old", new)
    assert cut(done(SETUP, ReplaceSection("b1", text))).blocks[-1].kind == "paragraph"


def test_an_unlabelled_wrapper_around_what_it_replaces_comes_off() -> None:
    text = "# A\n\nSome words.\n\n- one\n- two\n\n# B\n"
    assert done(text, ReplaceSection("b1", "```\nSome words.\n\n- one\n- 2\n```")) == text.replace("two", "2")
    assert done(text, ReplaceBlock("b3", "```\n- one\n- two\n- three\n```")) == text.replace("two\n", "two\n- three\n")
    as_code = "```\n- one\n- two\n```"
    assert done(text, ReplaceBlock("b3", as_code)) == text.replace("- one\n- two", as_code)  # only the fence is new


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("b", "```py\nb\n```"),
        ("```\nb\n```", "```py\nb\n```"),
        ("```js\nb\n```", "```js\nb\n```"),
        ("~~~\nb\n~~~", "~~~py\nb\n~~~"),
        ("````\nb\n````", "````py\nb\n````"),
        ("  ```py\n  b\n    c\n  ```", "```py\nb\n  c\n```"),
        ("```py\nb", "```py\nb\n```"),
        ("```markdown\n```py\nb\n```\n```", "```py\nb\n```"),
        ("````\n```py\nb\n```\n````", "```py\nb\n```"),
        ("Words:\n\n```py\nb\n```", "Words:\n\n```py\nb\n```"),
        ("b\n```\nc", "````py\nb\n```\nc\n````"),
        ("# b\n\n\n- c", "```py\n# b\n\n\n- c\n```"),
    ],
)
def test_a_block_of_code_stays_one_and_its_fence_is_not_doubled(text: str, block: str) -> None:
    assert done(CODE, ReplaceBlock("b2", text)) == CODE.replace("```py\na = 1\n```", block)
    assert done(CODE, ReplaceRange(6, 23, text)) == CODE.replace("```py\na = 1\n```", block)
    for mark in ("> ", "  "):
        lines = [mark + line if line or mark == "> " else line for line in CODE.split("\n")[:-1]]
        inside = "\n".join(["- x", *lines] if mark == "  " else lines).replace("> \n", ">\n") + "\n"
        name = "b1.1.2" if mark == "  " else "b1.2"
        after = done(inside, ReplaceBlock(name, text))
        plain = "\n".join(line.removeprefix(mark).removeprefix(">") for line in after.split("\n"))
        assert plain.removeprefix("- x\n") == CODE.replace("```py\na = 1\n```", block)


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("b\n  c", "    b\n      c"),
        ("```\nb\n```", "    b"),
        ("~~~\nb\n\nc\n~~~", "    b\n\n    c"),
        ("```js\nb\n```", "```js\nb\n```"),
    ],
)
def test_indented_code_stays_code(text: str, block: str) -> None:
    assert done("x\n\n    a\n\ny\n", ReplaceBlock("b2", text)) == f"x\n\n{block}\n\ny\n"


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        ("```md\n# x\n```\n\nt\n", Insert("b2", "```md\n# y\n```"), "```md\n# x\n```\n\nt\n\n```md\n# y\n```\n"),
        ("```md\n# x\n```\n", ReplaceBlock("b1", "```md\n# y\n```"), "```md\n# y\n```\n"),
        ("```md\n# x\n```\n", ReplaceBlock("b1", "a\n\n```\nb\n```"), "````md\na\n\n```\nb\n```\n````\n"),
        ("---\na: b\n---\n\nx\n", ReplaceBlock("b1", "```yaml\na: c\n```"), "---\na: c\n---\n\nx\n"),
        ("<p>\nx\n</p>\n", ReplaceBlock("b1", "```html\n<p>\ny\n</p>\n```"), "<p>\ny\n</p>\n"),
        ("# A\n", RenameHeading("b1", "```\nB\n```"), "# B\n"),
        ("| a |\n|---|\n| 1 |\n", SetCell("b1", 1, 1, "```\n2\n```"), "| a |\n|---|\n| 2 |\n"),
        ("- a\n- b\n", AddItem("b1.1", "```\nnpm ci\n```"), "- a\n- ```\n  npm ci\n  ```\n- b\n"),
        ("- a\n- b\n", AddItem("b1.1", "```\n- x\n- y\n```"), "- a\n- x\n- y\n- b\n"),
        ("- a\n- b\n", AddItem("b1.1", "- x\n  ```\n- q\n  ```\n- z"), "- a\n- x\n  ```\n  - q\n  ```\n- z\n- b\n"),
        ("- a\n", Insert("b1", "```\n- x: 1\n```"), "- a\n\n```\n- x: 1\n```\n"),
        (CODE, ReplacePhrase("a = 1", "```py\nb\nc\n```"), CODE.replace("a = 1", "b\nc")),
        (CODE, ReplaceRange(12, 17, "```\nb\n```"), CODE.replace("a = 1", "b")),
    ],
)
def test_fences_in_other_places(text: str, operation: Operation, expected: str) -> None:
    assert done(text, operation) == expected


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("opening", ["```py", "~~~ py", "````"])
@pytest.mark.parametrize("closing", [True, False])
def test_bare_code_takes_the_place_of_code_with_other_line_ends(opening: str, end: str, *, closing: bool) -> None:
    mark = opening.rstrip("py ")
    lines = ["text", "", opening, "a = 1", *([mark] if closing else []), ""]
    new = ["text", "", opening, "b = 1", "", "c = 2", mark, ""]
    assert done(end.join(lines), ReplaceBlock("b2", "b = 1\n\nc = 2")) == end.join(new)


@pytest.mark.parametrize("lead", ["Hier ist der neue Abschnitt:", "Đây là phần mới:", "这是新的部分："])
@pytest.mark.parametrize("tail", ["", "\n\nSag Bescheid!"])
def test_a_line_in_any_language_announces_what_plainly_is_the_text(lead: str, tail: str) -> None:
    text = f"{lead}\n\n```markdown\n# Setup\n\n{INNER}\n```{tail}"
    assert done(SETUP, ReplaceSection("b1", text)) == SETUP.replace("old", INNER)
    assert "```markdown" in done(SETUP, ReplaceSection("b1", f"{lead}\n\n```markdown\n# T\n```{tail}"))
