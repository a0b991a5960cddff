"""What becomes of two people's edits, one sentence a test."""

from textwrap import dedent

from redraft.markdown import Conflict, merge
from tests.markdown.merges import merged


def test_edits_of_one_sentence_stand_side_by_side() -> None:
    base = "The quick brown fox jumps over the lazy dog.\n"
    mine = "The slow brown fox jumps over the lazy dog.\n"
    theirs = "The quick brown fox jumps over the sleeping dog.\n"
    assert merged(base, mine, theirs) == "The slow brown fox jumps over the sleeping dog.\n"


def test_the_same_word_changed_twice_is_a_conflict_that_holds_mine() -> None:
    result = merge("A red house 🏠.\n", "A green house 🏠.\n", "A blue house 🏠.\n")
    assert result.document == "A green house 🏠.\n"
    assert result.conflicts == [Conflict("red", "green", "blue", 2, 7)]


def test_a_rewritten_sentence_gives_no_ground_to_words_it_happens_to_keep() -> None:
    base = "We went to the sea, and the day was long.\n"
    mine = "Nobody knew how the storm had found us, or why.\n"
    theirs = "We went to the sea, and the night was long.\n"
    assert merge(base, mine, theirs).conflicts


def test_deleting_what_the_other_edits_is_a_conflict() -> None:
    base = "One.\n\nTwo is here to stay.\n\nThree.\n"
    result = merge(base, "One.\n\nThree.\n", base.replace("stay", "go"))
    assert [(c.mine, "go" in c.theirs) for c in result.conflicts] == [("", True)]


def test_a_block_that_both_move_stands_once() -> None:
    ones, twos, threes = "All of the first one.\n\n", "All of the second one.\n\n", "All of the third one.\n\n"
    document = merged(ones + twos + threes + "End.\n", twos + ones + threes + "End.\n", twos + threes + ones + "End.\n")
    assert document == twos + threes + ones + "End.\n"


def test_cells_of_one_row_merge() -> None:
    base = "| dish | time |\n|---|---|\n| Leek soup | 20 min |\n"
    mine, theirs = base.replace("Leek soup", "Leek broth"), base.replace("20", "25")
    assert merged(base, mine, theirs) == base.replace("Leek soup", "Leek broth").replace("20", "25")


def test_fields_of_the_front_matter_merge() -> None:
    base = "---\ntitle: Soups\ndraft: true\n---\n\nText.\n"
    mine, theirs = base.replace("Soups", "Broths"), base.replace("true", "false")
    assert merged(base, mine, theirs) == base.replace("Soups", "Broths").replace("true", "false")


def test_an_edit_follows_the_block_that_the_other_side_moved() -> None:
    first, second, third = (
        "# One\n\n",
        "The second paragraph says it all.\n\n",
        "# Three\n\nAnd here it ends for good.\n\n",
    )
    theirs = first + second.replace("says", "tells") + third
    assert merged(first + second + third, first + third + second, theirs) == first + third + second.replace(
        "says", "tells"
    )


def test_spaces_give_way_to_words() -> None:
    base = "One line  \nand another.\n"
    mine = "One line\nand another.\n"
    theirs = "One line with more and another.\n"
    assert merged(base, mine, theirs) == theirs


def test_the_language_of_a_translation_is_not_mixed_with_the_old_one() -> None:
    base = "# Help\n\nIt is simple.\n"
    mine = "# 帮助\n\n很简单。\n"
    theirs = "# Help\n\nBefore you start, read this short list of what you need.\n\nIt is simple.\n"
    assert merge(base, mine, theirs).conflicts


def test_a_line_added_below_a_last_line_without_end_does_not_run_into_it() -> None:
    assert merged("- a\n", "- a", "- a\n- b\n") == "- a\n- b\n"
    assert merged("- a", "- a!", "- a\n- b") == "- a!\n- b"


def test_windows_line_ends_on_one_side_keep_the_other_sides_words() -> None:
    base = "One two three.\nFour five six.\n"
    assert merged(base, base.replace("\n", "\r\n"), base.replace("five", "5")) == "One two three.\r\nFour 5 six.\r\n"


def test_merging_again_changes_nothing() -> None:
    base = dedent("""\
        # Title

        A paragraph of some words.

        1. first
        2. second
        """)
    mine, theirs = base.replace("some", "few"), base.replace("second", "second\n3. third")
    once = merged(base, mine, theirs)
    assert merged(mine, mine, once) == once
    assert merged(base, once, theirs) == once


def test_an_edit_of_a_block_that_moved_amid_other_work_is_shown_at_the_new_place() -> None:
    first, second, third = "# One\n\n", "The second paragraph says it all.\n\n", "# Three\n\nThe third.\n\n"
    end = "And here it ends.\n"
    mine = first.replace("One", "First") + third + second + end
    result = merge(first + second + third + end, mine, first + second.replace("says", "tells") + third + end)
    assert result.document == mine
    said, told = "The second paragraph says it all.\n", "The second paragraph tells it all.\n"
    assert [conflict.mine for conflict in result.conflicts] == [said]
    assert result.conflicts[0] == Conflict(said, said, told, mine.index(said), mine.index(said) + len(said))


def test_a_new_address_finds_its_link_in_a_sentence_that_the_other_side_rewrote() -> None:
    base = "For more of this, see [the manual](https://a.example/old) that comes with it.\n"
    mine = "Everything else stands in [our handbook](https://a.example/old), which you can buy.\n"
    theirs = base.replace("old", "new")
    assert merged(base, mine, theirs) == mine.replace("old", "new")
    assert merged(base, theirs, mine) == mine.replace("old", "new")


def test_a_rewriting_that_has_the_other_sides_change_stands() -> None:
    base, theirs = "# General\n", "# General {#first-steps}\n"
    assert merged(base, "# Allgemeines {#first-steps}\n", theirs) == "# Allgemeines {#first-steps}\n"


def test_a_sentence_in_the_language_a_document_was_translated_from_is_shown() -> None:
    base = "# Help\n\nIt is quite simple.\n\nAsk us.\n\nThe end.\n"
    mine = "# 帮助\n\n很简单。\n\n问我们。\n\nThe end.\n"
    theirs = base + "\nBefore you start, read this short list of what you need.\n"
    [conflict] = merge(base, mine, theirs).conflicts
    assert (conflict.base, conflict.mine) == ("", "")
    assert "Before you start" in conflict.theirs


def test_a_tag_that_both_add_and_one_deletes_elsewhere_is_never_silently_one_too_few() -> None:
    base = "A soup, a soup.\n\nText.\n\ntags: quick\n"
    mine, theirs = base.replace("quick", "quick soup"), base.replace("quick", "quick soup").replace("a soup", "a stew")
    [conflict] = merge(base, mine, theirs).conflicts
    assert "a stew" in conflict.theirs


def test_a_block_never_begins_in_the_middle_of_a_line() -> None:
    assert merge("## News\n\n", "## News\n- a new thing\n", "(more)=\n").conflicts


def test_a_conflict_is_shown_in_whole_words() -> None:
    base = "See the [core members](#core-members) page.\n"
    mine, theirs = base.replace("#core-members", "#core-group"), base.replace("#core-members", "#core-people")
    [conflict] = merge(base, mine, theirs).conflicts
    assert conflict.mine == "See the [core members](#core-group) page."
    assert conflict.theirs == "See the [core members](#core-people) page."


def test_conflicts_with_a_few_words_between_them_are_shown_as_one() -> None:
    base = "Take the red bus and the slow train to the sea.\n"
    mine = base.replace("red", "blue").replace("slow", "fast")
    theirs = base.replace("red", "green").replace("slow", "night")
    [conflict] = merge(base, mine, theirs).conflicts
    assert conflict.mine == "blue bus and the fast"
    assert conflict.theirs == "green bus and the night"


def test_a_conflict_over_several_lines_is_shown_in_whole_lines() -> None:
    base = "Before all that.\nOne road led up the hill\nand another one went down.\n"
    mine = base.replace("up the hill\nand another", "to the old mill\nand the next")
    theirs = base.replace("up the hill\nand another", "away from here.\nNo")
    [conflict] = merge(base, mine, theirs).conflicts
    assert conflict.base == "One road led up the hill\nand another one went down.\n"


def test_two_edits_of_one_cell_are_a_conflict_over_the_cell() -> None:
    base = "| dish | how |\n|---|---|\n| Soup | Cook it slowly in a large pot |\n"
    mine, theirs = base.replace("slowly", "fast"), base.replace("large", "small")
    [conflict] = merge(base, mine, theirs).conflicts
    assert conflict.mine.strip() == "Cook it fast in a large pot"
    assert conflict.theirs.strip() == "Cook it slowly in a small pot"


def test_a_cell_that_one_side_only_padded_takes_the_other_sides_words() -> None:
    base = "| dish | how |\n|---|---|\n| Soup | Cook it |\n"
    mine, theirs = base.replace("| Cook it |", "| Cook it    |"), base.replace("Cook", "Boil")
    assert merged(base, mine, theirs) == theirs


def test_two_edits_of_one_short_field_are_a_conflict_over_the_line() -> None:
    base = "---\ntitle: Old soups of Rome\ndraft: true\n---\n\nText.\n"
    mine, theirs = base.replace("Old", "New"), base.replace("Rome", "Paris")
    [conflict] = merge(base, mine, theirs).conflicts
    assert conflict.mine.strip() == "title: New soups of Rome"
    assert conflict.theirs.strip() == "title: Old soups of Paris"


STEPS = "1. Wash.\n2. Peel.\n3. Cut.\n4. Fry.\n5. Eat.\n"


def test_a_numbered_list_in_which_both_added_and_deleted_items_is_counted_through() -> None:
    mine = "1. Wash.\n2. Dry.\n3. Rest.\n4. Peel.\n5. Cut.\n6. Fry.\n7. Eat.\n"
    added = "1. Wash.\n2. Peel.\n3. Cut.\n4. Salt.\n5. Fry.\n6. Eat.\n"
    assert merged(STEPS, mine, added) == (
        "1. Wash.\n2. Dry.\n3. Rest.\n4. Peel.\n5. Cut.\n6. Salt.\n7. Fry.\n8. Eat.\n"
    )
    deleted = "1. Wash.\n2. Peel.\n3. Cut.\n4. Eat.\n"
    assert merged(STEPS, mine, deleted) == "1. Wash.\n2. Dry.\n3. Rest.\n4. Peel.\n5. Cut.\n6. Eat.\n"


def test_an_item_edited_by_one_side_and_renumbered_by_the_other_has_both() -> None:
    mine = "1. Wash.\n2. Cut.\n3. Fry.\n4. Eat.\n"
    theirs = STEPS.replace("Fry.", "Fry gently.")
    assert merged(STEPS, mine, theirs) == mine.replace("Fry.", "Fry gently.")


def test_a_list_that_is_numbered_all_alike_stays_so() -> None:
    base = "1. Wash.\n1. Cut.\n"
    assert merged(base, base + "1. Fry.\n", "1. Dry.\n" + base) == "1. Dry.\n1. Wash.\n1. Cut.\n1. Fry.\n"


def test_one_footnote_label_for_two_notes_is_a_conflict_wherever_they_stand() -> None:
    base = "One claim.\n\nSome more text.\n\nAnother claim.\n"
    mine = "One claim.[^1]\n\n[^1]: So says Ada.\n\nSome more text.\n\nAnother claim.\n"
    theirs = "One claim.\n\nSome more text.\n\nAnother claim.[^1]\n\n[^1]: So says Bea.\n"
    conflicts = merge(base, mine, theirs).conflicts
    assert any("Ada" in conflict.mine for conflict in conflicts)
    assert any("Bea" in conflict.theirs for conflict in conflicts)
    other = theirs.replace("[^1]", "[^2]")
    assert merged(base, mine, other).count("So says") == 2


def test_a_key_that_both_add_to_the_front_matter_at_different_places_is_a_conflict() -> None:
    base = "---\ntitle: Soups\nauthor: Ada\ndraft: true\n---\n\nText.\n"
    mine, theirs = base.replace("title", "lang: en\ntitle"), base.replace("draft", "lang: de\ndraft")
    assert merge(base, mine, theirs).conflicts
    assert merged(base, mine, theirs.replace("lang", "tone")) == mine.replace("draft", "tone: de\ndraft")
