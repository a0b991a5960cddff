"""What is read from the request itself, without a model."""

import pytest

from redraft.agents.editing import EditTask
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import told_pair
from redraft.agents.editing.small.asked.cues import imperatives, may_remove, side_of, swaps
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.held.code import parses
from redraft.agents.editing.small.meant.scope import meant_code
from redraft.agents.editing.small.meant.taking import numbered
from redraft.agents.editing.small.new.cells import told_cells
from redraft.agents.editing.small.new.marks import marked_up
from redraft.markdown.operations import SetCell
from tests.agents.editing.conftest import Agent

PAGE = """# Feed

The feed keeps 30 days. Anna answers mails.

## Fields

| Name | Required | Price |
| --- | --- | --- |
| `owner` | yes | 1,200 |
| `notes` | no | 2,150 |

## Example

```python
load(days=30)
```

```sql
SELECT day LIMIT 30;
```
"""


def draft(says: str, text: str = PAGE, *before: str) -> Draft:
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": said} for at, said in enumerate((*before, says))]
    return Draft(EditTask(messages, text, text))


@pytest.mark.parametrize(
    ("says", "kinds"),
    [
        ("Please delete the notes.", {"remove"}),
        ("Could you also remove that row?", {"remove"}),
        ("Der Steg ist repariert, hake ihn ab.", {"tick"}),
        ("El botiquín no está revisado, desmárcalo.", {"untick"}),
        ("把“风险”移到“预算”后面。", {"move"}),
        ("在“预算”之前加一节“人员”。", {"add section"}),
        ('Add a section "Parking": free behind the house.', {"add section"}),
        ("Costs should come before Team.", {"move"}),
        ('The list says "delete old files", is that right?', set()),
        ("If I delete the notes, what is left?", set()),
        ("The train leaves at 8:15 now.", set()),
    ],
)
def test_a_verb_that_opens_a_clause_tells_the_kind(says: str, kinds: set[str]) -> None:
    assert imperatives(says) == kinds


@pytest.mark.parametrize(
    ("says", "may"),
    [
        ("We do not need the row about taxis.", True),
        ("Der Abschnitt Boote kann weg.", True),
        ("The boat is repaired, mark it.", False),
        ("El botiquín no está revisado.", False),
        ("Usuń sekcję o cenach.", True),
    ],
)
def test_nothing_is_removed_without_a_word_for_it_where_those_are_known(says: str, may: bool) -> None:
    assert may_remove(says) is may


@pytest.mark.parametrize(
    ("says", "pair"),
    [
        ("It keeps 60 days, not 30.", ("30", "60")),
        ("60 Tage statt 30, bitte.", ("30", "60")),
        ("保留 60 天，而不是 30 天。", ("30", "60")),
        ('Write "Anne" instead of "Anna".', ("Anna", "Anne")),
        ('I misspelled answer as "answers" here.', ("answers", "answer")),
        ("It keeps 60 days and 30 files.", None),
        ('Under "Fields" the price is "none".', None),
    ],
)
def test_old_and_new_are_read_where_both_are_said(says: str, pair: tuple[str, str] | None) -> None:
    assert told_pair(draft(says)) == pair


def test_what_the_user_agrees_to_is_read_like_his_own_words() -> None:
    agreed = draft("Yes, change it.", PAGE, "How long?", "60 days instead of 30, as the page says. Shall I?")
    assert told_pair(agreed) == ("30", "60")


@pytest.mark.parametrize(
    ("says", "column", "text"),
    [
        ("`notes` is required now.", 2, "yes"),
        ("`owner` is no longer required.", 2, "no"),
        ("notes costs 2,080 in the end.", 3, "2,080"),
    ],
)
def test_a_rows_cells_are_read_from_the_table(says: str, column: int, text: str) -> None:
    (found,) = told_cells(draft(says))
    assert isinstance(found, SetCell)
    assert (found.column, found.text) == (column, text)


@pytest.mark.parametrize("says", ["`notes` keeps 30 days.", "`notes` is Anna's now, from 3 May.", "The price is 99."])
def test_cells_are_left_alone_where_something_is_left_open(says: str) -> None:
    assert told_cells(draft(says)) == []


@pytest.mark.parametrize(
    ("says", "number"),
    [
        ("Option B please.", 1),
        ("The second one.", 1),
        ("第二个吧", 1),
        ("Ý kiến thứ hai hay đấy", 1),
        ("the last one", 2),
    ],
)
def test_a_suggestion_is_taken_by_its_number(says: str, number: int) -> None:
    assert numbered(says, 3) == [number]


@pytest.mark.parametrize("says", ["Delete the second step.", "Add 2 eggs.", "E, please"])
def test_no_suggestion_is_taken_where_the_number_counts_something_else(says: str) -> None:
    assert numbered(says, 3) == []


async def test_several_suggestions_are_not_taken_as_one(small: Agent) -> None:
    chat = ("What else?", "1. a map\n2. tea\n3. a rope")
    proposal = await small.edits(PAGE, "Add the first and the third.", chat=chat)
    assert (proposal.document, bool(proposal.note)) == (PAGE, True)


async def test_a_suggestion_is_taken_by_the_words_around_it(small: Agent) -> None:
    chat = ("How long should it keep?", "45 days if disks are small, or 90 days for a whole quarter.")
    parsed = {"ask": "replace"}
    proposal = await small.edits(PAGE, "The whole quarter then.", parsed, chat=chat)
    assert proposal.document == PAGE.replace("keeps 30 days", "keeps 90 days")


@pytest.mark.parametrize(
    ("says", "marked"),
    [
        ("Make this bold.", "**the end**"),
        ("italics please", "*the end*"),
        ("strike this through", "~~the end~~"),
        ("Please make it bold and italic", ""),
        ("not bold any more", ""),
        ("Make this bolder in tone, and say what came before the end of it all", ""),
    ],
)
def test_marks_are_set_by_code(says: str, marked: str) -> None:
    assert marked_up(says, "the end") == marked


def test_the_code_that_is_meant_is_found_by_its_language_or_number() -> None:
    def meant(says: str) -> list[str]:
        found = draft(says)
        return [found.outline.source(each).split("\n")[0] for each in meant_code(found)]

    assert meant("In the Python example load 60 days.") == ["```python"]
    assert meant("The SQL should return 90 days.") == ["```sql"]
    assert meant("In the last example load 90.") == ["```sql"]
    assert meant("The feed needs Python 3.12.") == []


@pytest.mark.parametrize(
    ("says", "name", "side"),
    [
        ("Add a section above Fields.", "Fields", "before"),
        ("Put it right after the Fields section", "Fields", "after"),
        ("在“预算”之前加一节", "预算", "before"),
        ("Rename Fields.", "Fields", ""),
    ],
)
def test_the_side_is_read_beside_the_name(says: str, name: str, side: str) -> None:
    assert side_of(says, name) == side


def test_swaps_are_told_from_moves() -> None:
    assert swaps("Swap the two.")
    assert not swaps('Move "Swap space" up.')


def test_news_are_what_the_draft_lacks_and_the_user_does_not_deny() -> None:
    assert news(draft("Bruno answers mails, and it keeps 60 days, not 45.")) == ["60"]
    assert news(draft('The owner is "Carla" since May.')) == ["Carla", "May"]


@pytest.mark.parametrize(
    ("fence", "valid"),
    [
        ("```python\nx = 1\n```", True),
        ("```python\nx = = 1\n```", False),
        ("```json\n{\n```", False),
        ("```x\n{\n```", True),
    ],
)
def test_code_of_a_known_language_has_to_parse(fence: str, valid: bool) -> None:
    assert parses(fence) is valid


async def test_a_wrong_spelling_is_put_right_everywhere_and_the_model_says_how(small: Agent) -> None:
    text = "# Help\n\nSee a docter. Docters help.\n"
    proposal = await small.edits(text, 'Fix the typo "docter".', {"ask": "replace"}, "doctor")
    assert proposal.document == "# Help\n\nSee a doctor. Doctors help.\n"


async def test_a_dictated_section_is_written_as_said(small: Agent) -> None:
    parsed = {"ask": "add section", "title": "Support", "place": "after", "of": "Fields"}
    says = 'Add a section "Support" before Fields: mail goes to Anna, within two days.'
    proposal = await small.edits(PAGE, says, parsed)
    wanted = "## Support\n\nMail goes to Anna, within two days.\n\n## Fields"
    assert proposal.document == PAGE.replace("## Fields", wanted)


@pytest.mark.parametrize(
    ("says", "text", "row"),
    [
        ("Add `links` to the fields: no, 1,900.", "`links`: no, 1,900", "| `links` | no | 1,900 |"),
        ("Another one: `links`, required no, 1,900", "another one", "| `links` | no | 1,900 |"),
        ("Add a field links, no, price 1,050.", "links, no, price 1,050", "| `links` | no | 1,050 |"),
    ],
)
async def test_a_listed_row_is_written_without_asking(small: Agent, says: str, text: str, row: str) -> None:
    parsed = {"ask": "add", "text": text, "place": "last", "of": "Fields"}
    last = "| `notes` | no | 2,150 |\n"
    assert (await small.edits(PAGE, says, parsed)).document == PAGE.replace(last, f"{last}{row}\n")


async def test_one_of_two_unsaved_changes_is_taken_back_by_some_of_its_words(small: Agent) -> None:
    draft = PAGE.replace("Anna answers mails", "Bruno reads mails").replace("LIMIT 30", "LIMIT 40")
    parsed = {"ask": "undo", "what": "the sentence on who writes back to mails"}
    proposal = await small.edits(draft, "Restore the sentence on who writes back to mails.", parsed, saved=PAGE)
    assert proposal.document == PAGE.replace("LIMIT 30", "LIMIT 40")


async def test_a_section_at_the_end_stands_before_the_footnotes(small: Agent) -> None:
    text = f"{PAGE}\nSee below.[^1]\n\n[^1]: A note.\n"
    parsed = {"ask": "add section", "title": "Support", "place": "last", "of": ""}
    proposal = await small.edits(text, 'Add a section "Support" at the end: mail goes to Anna.', parsed)
    assert proposal.document == text.replace("[^1]\n\n", "[^1]\n\n## Support\n\nMail goes to Anna.\n\n")


async def test_a_rewrite_keeps_the_footnotes_marks(small: Agent) -> None:
    text = PAGE.replace("Anna answers mails.", "Anna answers mails.[^1]")
    parsed = {"ask": "rewrite", "what": "the paragraph about the feed"}
    new = "For 30 days the feed stays available. Your mails are answered by Anna."
    proposal = await small.edits(text, "Make the paragraph about the feed friendlier.", parsed, new)
    assert proposal.document == text.replace("The feed keeps 30 days. Anna answers mails.", new)


async def test_marks_between_words_that_a_model_leaves_out_stay(small: Agent) -> None:
    text = '# Config\n\n```json\n{"compress": false}\n```\n'
    changes = {"changes": [{"old": "compress: false", "new": "compress: true"}]}
    proposal = await small.edits(text, "Turn on compression in the JSON.", {"ask": "replace"}, changes)
    assert proposal.document == text.replace("false", "true")


async def test_a_sentence_goes_with_its_space(small: Agent) -> None:
    parsed = {"ask": "remove", "what": "the sentence about mails"}
    proposal = await small.edits(PAGE, "Delete the sentence about mails.", parsed)
    assert proposal.document == PAGE.replace(" Anna answers mails.", "")


async def test_more_than_the_draft_has_is_not_deleted(small: Agent) -> None:
    parsed = {"ask": "remove", "what": "the row notes"}
    proposal = await small.edits(PAGE, "Delete the row notes from September.", parsed)
    assert proposal.document == PAGE


@pytest.mark.parametrize(
    "change",
    [
        {"old": "Anna", "new": "Anna answers mails now"},  # a request's words added to what it names
        {"old": "Anna answers mails", "new": "Bruno writes the whole feed"},
        {"old": "Fields", "new": "Bruno"},  # a heading's word, of which nobody speaks
        {"old": "Anna answers mails", "new": "Anna answers"},
        {"old": "Name | Required", "new": "Bruno | Required"},
        {"old": "mails", "new": "Bruno"},  # what only says where
        {"old": "30", "new": "Bruno"},
    ],
)
async def test_words_in_the_place_of_others_are_refused(small: Agent, change: dict[str, str]) -> None:
    answers = {"changes": [change]}
    proposal = await small.edits(PAGE, "Bruno answers mails now.", {"ask": "replace"}, answers)
    assert (proposal.document, bool(proposal.note)) == (PAGE, True)
