"""Edits that arrive when the user has typed on: each at its place, and what nobody can place is a conflict."""

import pytest

from redraft.markdown import merge

NEW = "Thank you for reading this far.\n\n"

MERGED = {
    "a line typed above a paragraph stays with it": (
        "It is one thing.\n\nThe end of it.\n",
        "It is one thing.\n\nseven open\nThe end of it.\n",
        "It is one thing.\n\n1. Measure.\n2. Cut.\n\nThe end of it.\n",
        "It is one thing.\n\n1. Measure.\n2. Cut.\n\nseven open\nThe end of it.\n",
    ),
    "a heading with something above it, and another name": (
        "# Our own client for servers\n\nIt asks them all.\n",
        "- one more\n\n# The own client for servers\n\nIt asked them all.\n",
        f"# Our own client for servers\n\n{NEW}It asks them all.\n",
        f"- one more\n\n# The own client for servers\n\n{NEW}It asked them all.\n",
    ),
    "a number taken off far below a new list": (
        "The first text is here.\n\n## A\n\nThe second text is here.\n\n"
        "1. **What is asked for?** By the model.\n2. More.\n",
        "The first text is here.\n\n## A\n\nThe second text is here.\n\n is asked for?** By the model.\n2. More.\n",
        "1. Measure.\n2. Cut.\n\nThe first text is here.\n\n## A\n\nThe second text is here.\n\n"
        "1. **What is asked for?** By the model.\n2. More.\n",
        "1. Measure.\n2. Cut.\n\nThe first text is here.\n\n## A\n\nThe second text is here.\n\n"
        " is asked for?** By the model.\n2. More.\n",
    ),
}


@pytest.mark.parametrize("name", MERGED)
def test_both_stand_where_they_belong(name: str) -> None:
    base, mine, theirs, right = MERGED[name]
    result = merge(base, mine, theirs)
    assert (result.document, result.conflicts) == (right, [])


def test_a_new_line_gets_no_sign_of_a_row_with_which_it_shares_no_word() -> None:
    base = "A text.\n\n| setting | meaning |\n| --- | --- |\n| a | b |\n"
    mine = base.replace("| setting | meaning |", "- one more thing\n- and another\n\n| ")
    theirs = base.replace("| setting", "| step | who |\n| --- | --- |\n| collect | Ada |\n\n| setting")
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert result.conflicts == []
        assert "\n- one more thing\n- and another\n" in result.document


ASKED = {
    "a heading that one side moved up past a line it edited": (
        "Roles may differ here from those that were known before.\n\n## The size of it\n\n| size | model |\n",
        "## The size of it\n\nRoles may differ here from those that were known before, too.\n\n| size | a model |\n",
        "Roles may differ here from those that were known before.\n\n| size | model |\n",
    ),
    "a word that one side put something to": ("send /request now\n", "send /other_request now\n", "send / now\n"),
    "a word that one side put something behind": ("send request/ now\n", "send request_id/ now\n", "send / now\n"),
    "a phrase that one side moved within its line": (
        "Then red green blue was seen by all of the many people in the far away town.\n",
        "Then was seen by all of the many people in the far away red green blue town.\n",
        "Then red blue was seen by all of the many people in the far away town.\n",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_one_side_moved_or_went_on_with_and_the_other_deleted_is_a_conflict(name: str) -> None:
    base, mine, theirs = ASKED[name]
    assert merge(base, mine, theirs).conflicts
    assert merge(base, theirs, mine).conflicts


def test_no_heading_is_lost_that_one_side_put_below_new_blocks() -> None:
    base = "## Second factor\n\nCodes can be sent.\nOr read.\n\n## Leaving\n\nThe end.\n"
    mine = base.replace("Codes can be sent.\nOr read.\n\n", "")
    theirs = base.replace(
        "## Second factor\n\nCodes can be sent.\nOr read.\n", "## News\n\nA week.\n\n## Second factor\n"
    )
    result = merge(base, mine, theirs)
    assert "## Second factor\n" in result.document


def test_an_item_that_one_side_indented_and_the_other_wrote_anew_with_all_around_it_is_asked_for() -> None:
    base = (
        "Pure of words but for their tools here.\n\n- the graph of a chat turn\n- the agent and what it sees\n"
        "- summarize, reflect\n- what people wrote stands there\n\nEnd.\n"
    )
    mine = base.replace("- summarize", "  - summarize")
    theirs = (
        "Readers ask it from review.\n\n- step no vague and concise\n- agreed it sees no\n"
        "- every draft, was\n- step follows draft\n- for what remains\n\nEnd.\n"
    )
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert any("  - summarize" in each.mine + each.theirs for each in result.conflicts)


def test_a_word_of_what_was_deleted_is_not_found_in_the_next_paragraph() -> None:
    first = "One document is one write: a run cannot have ended without its last events, nor those of another worker."
    second = "A growing document is written again with every batch, and the limit is sixteen megabytes of output."
    base = f"**Why.** {first}\n\n**Cost.** {second}\n\nEnd.\n"
    mine = f"**.** {second}\n\n  - one more thing\n\nEnd.\n"
    theirs = base.replace("document is one write: a run", "document each one write: no run")
    for one, other in ((mine, theirs), (theirs, mine)):
        assert "growing document each" not in merge(base, one, other).document
    assert second in merge(base, mine, theirs).document


def test_a_word_of_a_sentence_is_not_found_in_a_new_item() -> None:
    base = "What one user may keep and have open is bounded too.\nA refusal says how to make room.\n"
    mine = (
        "- one more thing\n- and another\n\nnever quietly have open is bounded too.\nA refusal says how to make room.\n"
    )
    theirs = "What it user clause keep remains ask open is bounded too.\nThen a refusal says how to make room.\n"
    for one, other in ((mine, theirs), (theirs, mine)):
        assert "- it more thing" not in merge(base, one, other).document


def test_what_is_left_of_a_line_keeps_the_signs_that_it_begins_with() -> None:
    base = "An id is `(attempt - 1) * 1000 + sequence`, which is dense over the run.\n\n## What a crash costs\n"
    mine = base.replace("An id is `(attempt", "")
    theirs = base.replace("What a crash costs", "What it costs")
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert result.document == mine.replace("What a crash costs", "What it costs")
        assert not result.conflicts


def test_a_line_typed_below_a_paragraph_is_no_part_of_what_the_other_side_put_there() -> None:
    base = "It bounds the output of a run, far above what models write.\n\nThe end of it.\n"
    mine = base.replace("models write.\n", "models write.\nseven open again\n")
    theirs = base.replace("models write.\n", "models say today.\n\nThank you for reading this far.\n")
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert result.conflicts or "far.\nseven open" not in result.document
        assert "seven open again" in result.document or any("seven open" in each.theirs for each in result.conflicts)


KEPT = "It bounds the output of a long run, far above what most of the models write."
LAST = "Ask the printer about paper and about the price of ink before you order any of it."
PUSHED_DOWN = {
    "a block pasted above both paragraphs": (
        f"{KEPT}\n\n{LAST}\n",
        f"- one more thing\n- and more\n\n{KEPT.replace('a long', 'one long')}\n\n{LAST.replace('ink', 'blue ink')}\n",
    ),
    "a heading pasted above": (
        f"{KEPT}\n\n{LAST}\n\nThe end.\n",
        f"### Questions\n\n{KEPT.replace('a long', 'some long')}\n\n{LAST.replace('ink', 'ice')}\n\nThe end.\n",
    ),
    "the paragraph above moved away": (
        f"First comes another matter of the day.\n\n{KEPT}\n\n{LAST}\n\nThe end.\n",
        f"{KEPT.replace('a long', 'some long')}\n\n{LAST.replace('Ask', 'Call')}\n\nThe end.\n",
    ),
}


@pytest.mark.parametrize("name", PUSHED_DOWN)
def test_a_new_block_stays_between_two_paragraphs_that_were_edited_and_pushed_down(name: str) -> None:
    base, mine = PUSHED_DOWN[name]
    theirs = base.replace(LAST, f"1. Measure.\n2. Cut.\n\n{LAST}")
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert not result.conflicts
        made = [line[:8] for line in result.document.split("\n") if line.strip()]
        at = made.index("1. Measu")
        assert made[at + 2].startswith(("Ask the", "Call the"))
        assert KEPT[:8] in made[:at]


def test_a_line_that_the_edit_put_below_a_new_block_is_in_the_document_still() -> None:
    line = "It is the version that was on the screen when they began.\n"
    items = "- It is still the newest: the text becomes the next version.\n- It is not: the text is merged.\n"
    base = f"Before.\n\n{line}\n{items}\nThe end.\n"
    mine = base.replace(items, f"Call before noon.\n\n{items.replace('still the', 'now the very')}")
    theirs = base.replace(f"{line}\n{items}", f"| step | who |\n| --- | --- |\n\n{line}")
    for one, other in ((mine, theirs), (theirs, mine)):
        assert line in merge(base, one, other).document


@pytest.mark.parametrize(
    "again",
    [
        "The draft seems cut by blocks at any spot; it answers with clever operations, for all that they name.\n",
        "Nobody here cuts anything; every reader of ours answers with slow and clever operations these days.\n",
    ],
)
def test_a_paragraph_that_one_side_put_further_down_in_other_words_is_there_where_that_is_a_conflict(
    again: str,
) -> None:
    first = "The draft is cut into blocks by position; the model answers with operations on what is there by name.\n"
    second = "A rewrite has the length of the file as its price, and every token is a chance to lose a thing.\n"
    base = f"{first}\n{second}\nThe end.\n"
    mine = base.replace("every token is a chance", "each small token here is one more chance")
    theirs = f"1. Measure.\n2. Cut.\n\n{again}\nThe end.\n"
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert result.conflicts
        assert (first if one is mine else again) in result.document


@pytest.mark.parametrize("blank", [" \n", "    \n"])
def test_a_blank_line_that_holds_spaces_is_kept_as_it_is(blank: str) -> None:
    base = "It is one thing.\n\nThe end of it.\n"
    mine = f"It is one thing.\n\n{blank}    retry(keep)\n\nThe end of it.\n"
    theirs = "It is one thing.\n\n1. Measure.\n2. Cut.\n\nThe end of it.\n"
    for one, other in ((mine, theirs), (theirs, mine)):
        result = merge(base, one, other)
        assert not result.conflicts
        assert f"\n\n{blank}    retry(keep)\n\n" in result.document


def test_a_word_between_two_changes_that_the_other_side_replaced_is_asked_for() -> None:
    base = "The path names the version it follows, and one more thing is known of it by then.\n"
    mine = base.replace("version it follows", "version twice follows")
    theirs = base.replace("version it", "it concise")
    for one, other in ((mine, theirs), (theirs, mine)):
        assert merge(base, one, other).conflicts
