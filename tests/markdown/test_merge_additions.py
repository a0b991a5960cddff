"""What becomes of lines that one side added, where the other added or edited some too."""

from redraft.markdown import merge
from tests.markdown.merges import LIST, merged


def test_items_that_both_add_stand_one_after_the_other() -> None:
    mine = LIST.replace("\n\nThe", "\n- [Pea](pea.md)\n\nThe")
    theirs = LIST.replace("\n\nThe", "\n- [Carrot](carrot.md)\n\nThe")
    assert merged(LIST, mine, theirs) == LIST.replace("\n\nThe", "\n- [Pea](pea.md)\n- [Carrot](carrot.md)\n\nThe")


def test_an_item_that_both_add_is_there_once() -> None:
    mine = LIST.replace("\n\nThe", "\n- [Pea](pea.md)\n\nThe")
    theirs = LIST.replace("\n\nThe", "\n- [Pea](pea.md)\n- [Carrot](carrot.md)\n\nThe")
    assert merged(LIST, mine, theirs) == theirs


def test_items_that_both_add_to_a_numbered_list_are_numbered_on() -> None:
    base = "1. Cut.\n2. Fry.\n"
    assert merged(base, base + "3. Salt.\n", base + "3. Serve.\n4. Eat.\n") == (base + "3. Salt.\n4. Serve.\n5. Eat.\n")


def test_two_definitions_of_one_reference_are_a_conflict() -> None:
    base = "See [it].\n\n[a]: https://a.example\n"
    assert merge(base, base + "[it]: https://b.example\n", base + "[it]: https://c.example\n").conflicts


def test_sections_that_both_add_keep_one_blank_line_between() -> None:
    base = "# Guide\n\n## One\n\nText.\n"
    mine = base + "\n## Two\n\nMine.\n"
    theirs = base + "\n## Three\n\nTheirs.\n"
    assert merged(base, mine, theirs) == base + "\n## Two\n\nMine.\n\n## Three\n\nTheirs.\n"


def test_what_goes_on_with_a_section_comes_before_a_new_one() -> None:
    top, end = "## Speakers\n\n### Berlin\n\nAda.\n\n", "## Help\n"
    rome, north = "### Rome\n\nEnzo.\n\n", "#### North\n\nBea.\n\n"
    assert merged(top + end, top + rome + end, top + north + end) == top + north + rome + end


def test_an_item_stays_in_its_list_when_the_other_side_adds_a_block_beside_it() -> None:
    item, note = "- [Pea](pea.md)\n", "> All of them freeze well.\n"
    end, start = LIST.replace("\n\nThe", "\n" + item + "\nThe"), LIST.replace("- [Leek]", item + "- [Leek]")
    below = LIST.replace("\n\nThe", "\n\n" + note + "\nThe")
    above = LIST.replace("- [Leek]", note + "\n- [Leek]")
    assert merged(LIST, end, below) == merged(LIST, below, end) == end.replace("\nThe", "\n" + note + "\nThe")
    assert merged(LIST, start, above) == merged(LIST, above, start) == start.replace(item, note + "\n" + item)


def test_sections_that_both_set_off_by_two_blank_lines_stay_so() -> None:
    base = "# Guide\n\nText.\n"
    mine, theirs = "\n\n## Two\n\nMine.\n", "\n\n## Three\n\nTheirs.\n"
    assert merged(base, base + mine, base + theirs) == base + mine + theirs


def test_two_passages_of_running_text_at_one_place_are_a_conflict() -> None:
    base = "# Soups\n\nThe end.\n"
    mine = base.replace("The", "Nothing warms you on a cold day as they do.\n\nThe")
    theirs = base.replace("The", "Cook the stock yourself, and keep some of it frozen.\n\nThe")
    [conflict] = merge(base, mine, theirs).conflicts
    assert (conflict.base, "cold day" in conflict.mine, "stock" in conflict.theirs) == ("", True, True)


def test_lines_added_to_those_that_the_other_side_wrote_anew_are_a_conflict() -> None:
    first = "- Take any pot that you have, fill it with water, put it on the fire and wait until it boils for good.\n"
    base = "# Tea\n\n" + first
    added = base + "- Salt it.\n"
    anew = (
        "- Nobody needs more than an electric kettle, a clean cup, some leaves of Darjeeling and ten quiet minutes.\n"
    )
    [conflict] = merge(base, added, base.replace(first, anew)).conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == (first, first + "- Salt it.\n", anew)
    assert merged(base, added, base.replace("fire", "stove")) == added.replace("fire", "stove")


def test_an_item_added_beside_a_deleted_one_stays() -> None:
    mine = LIST.replace("- [Leek]", "- [Bean](bean.md)\n- [Leek]")
    theirs = LIST.replace("- [Leek](leek.md)\n", "")
    assert merged(LIST, mine, theirs) == mine.replace("- [Leek](leek.md)\n", "")


def test_rows_links_and_definitions_that_both_add_are_all_there_and_none_twice() -> None:
    base = "| dish |\n|---|\n| Leek |\n\nSee [it][a].\n\n[a]: https://a.example\n"
    mine = base.replace("| Leek |\n", "| Leek |\n| Pea |\n| Bean |\n") + "[b]: https://b.example\n"
    theirs = base.replace("| Leek |\n", "| Leek |\n| Bean |\n") + "[b]: https://b.example\n[c]: https://c.example\n"
    document = merged(base, mine, theirs)
    assert document.startswith("| dish |\n|---|\n| Leek |\n| Pea |\n| Bean |\n\n")
    assert document.endswith("[a]: https://a.example\n[b]: https://b.example\n[c]: https://c.example\n")


def test_a_conflict_over_a_last_line_without_end_gives_it_none() -> None:
    result = merge("", "One thing", "Another thing")
    assert result.document == "One thing"
    assert [(conflict.mine, conflict.theirs) for conflict in result.conflicts] == [("One thing", "Another thing")]
