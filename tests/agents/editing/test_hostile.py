"""Requests made to be slow to read. Whatever is read by code takes time that grows with their length, not faster."""

import pytest

from redraft.agents.editing import EditTask
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import told_pair, told_pairs
from redraft.agents.editing.small.asked.cues import between, imperatives, may_remove, swaps
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.new.placing import placed
from redraft.agents.editing.small.new.spelling import misspelled

TIMES = 20_000
"""Of a pattern: read in quadratic time it would take minutes, and in cubic time days."""


@pytest.mark.parametrize(
    "pattern",
    [
        "a_",
        "a-",
        "1",
        "1.",
        "a.b",
        "和",
        "把移到",
        "between a ",
        "option 1: ",
        "abcde ",
        "'a",
        "=>",
        "1-",
        "change 1 to ",
    ],
)
def test_a_request_is_read_in_the_time_of_its_length(pattern: str) -> None:
    says = pattern * TIMES
    chat = [{"role": role, "content": says} for role in ("assistant", "user")]
    draft = Draft(EditTask(chat, "A draft with abcde.", "A draft with abcde."))
    assert not told_pairs(draft)
    assert told_pair(draft) is None
    assert not misspelled(draft)
    for read in (imperatives, between, swaps, may_remove):
        read(says)
    news(draft)
    placed(draft)
    draft.suggestions()
