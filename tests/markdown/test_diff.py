"""Differences as other tools read them."""

import subprocess
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from redraft.markdown import unified
from redraft.markdown.sentences import sentences

_LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "\n"]), max_size=30).map("".join)


def side(diff: str, mark: str) -> str:
    """What a unified diff with all context holds of one side: `-` the text before, `+` the text after."""
    text = ""
    for line, following in pairwise([*diff.split("\n")[3:-1], ""]):
        if line[0] in (" ", mark):
            text += line[1:] + ("" if following.startswith("\\") else "\n")
    return text


@given(_LINES, _LINES, st.booleans())
def test_both_texts_can_be_read_off_a_unified_diff(before: str, after: str, ended: bool) -> None:
    after = after if ended else after.rstrip("\n")
    diff = unified(before, after, context=10_000)
    assert (diff == "") == (before == after)
    if diff:
        assert (side(diff, "-"), side(diff, "+")) == (before, after)


def test_patch_applies_a_unified_diff(tmp_path: Path) -> None:
    before = "".join(f"line {number}\n" for number in range(60))
    after = before.replace("line 3\n", "").replace("line 20\n", "line XX\nmore\n").replace("line 59\n", "end")
    (tmp_path / "document.md").write_text(before)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=unified(before, after), text=True, check=True)
    assert (tmp_path / "document.md").read_text() == after


@given(st.text(alphabet="ab. !?*_`[]()<>。\n"))
def test_sentences_tile_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences(text)) == text


def test_a_sentence_does_not_end_inside_a_mark_or_at_an_abbreviation() -> None:
    text = "One. Dr. No said: **two. Still** two! [a. b](c) three? 四。五。`x. Y` six e.g. seven."
    assert [text[start:end] for start, end in sentences(text)] == [
        "One. ", "Dr. No said: **two. Still** two! ", "[a. b](c) three? ", "四。", "五。", "`x. Y` six e.g. seven.",
    ]  # fmt: skip
