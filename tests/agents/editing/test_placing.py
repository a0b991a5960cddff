"""New figures in the place of old ones: where it is clear which, and nowhere else."""

import sys
from types import FrameType

import pytest

from redraft.agents.editing import EditTask
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.figures import figures, in_place_of
from redraft.agents.editing.small.new.placing import placed
from redraft.agents.words import occurrences
from redraft.markdown import apply

SHOP = """# Shop

We open on Tuesday at 9:30. Overtime is paid at 125 %.

## Codes

- Gym: 4471
- Pool: 9026

## Rest

1. Count the float: 150 EUR.
2. Count the stamps.

| Code | Meaning | Seats |
| --- | --- | --- |
| R-101 | not found | 4 |
| R-204 | too late | 6 |

```bash
load march.csv --limit 10
```

| Day | Town | Fee |
| --- | --- | --- |
| 6 Oct | Cologne | 510 |
| 7 Oct | Utrecht | 420 |

Cologne: a hostel, booked.

```js
setTimeout(shut, 3000)
```

The deposit is 400 EUR, the rest of 620 EUR is paid later. It runs on 3.10 - 3.15.
"""


def put(says: str, *before: str) -> str:
    """The document with the figures of a request put in place."""
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": said} for at, said in enumerate((*before, says))]
    draft = Draft(EditTask(messages, SHOP, SHOP))
    return apply(draft.outline, placed(draft), original=SHOP).document


@pytest.mark.parametrize(
    ("says", "old", "new"),
    [
        ("Overtime is paid at 150 percent now.", "125 %", "150 %"),
        ("The pool's code is 7713.", "9026", "7713"),
        ("The float is 200 euros.", "150 EUR", "200 EUR"),
        ("We open on Wednesday at 10:00.", "Tuesday at 9:30", "Wednesday at 10:00"),
        ("Load april.csv in the bash example.", "march.csv", "april.csv"),
        ("List 20 in the bash command.", "--limit 10", "--limit 20"),
        ("The deposit is 450 EUR now.", "400 EUR", "450 EUR"),
        ("R-204 has 8 seats.", "| too late | 6 |", "| too late | 8 |"),
        ("We get 560 in Cologne after all.", "Cologne | 510", "Cologne | 560"),
        ("In the js example wait 5 seconds.", "shut, 3000", "shut, 5000"),
    ],
)
def test_a_figure_is_put_where_its_like_stands(says: str, old: str, new: str) -> None:
    assert put(says) == SHOP.replace(old, new)


@pytest.mark.parametrize(
    "says",
    [
        "The sauna's code is 3321.",
        "The meaning of R-404 is gone.",  # a row's name is no figure to change
        "It runs on 3.16 too.",  # either end of the range
        "Requirement 3: count the coins.",  # a list's own number
        "The code is 5512.",
        "It takes 40 minutes.",
    ],
)
def test_nothing_is_put_where_it_is_not_clear(says: str) -> None:
    assert put(says) == SHOP


def test_the_chat_tells_what_is_meant() -> None:
    chat = "Which deposit would you ask for?", "I would ask for 300 EUR. Shall I change it?"
    assert put("Yes, change it.", *chat) == SHOP.replace("400 EUR", "300 EUR")


@pytest.mark.parametrize(
    ("new", "old", "text"),
    [
        ("70.000", "65.000đ", "70.000đ"),
        ("150 percent", "125 %", "150 %"),
        ("2nd", "27th", "2nd"),
        ("2,080", "950", "2,080"),
        ("elderberry77", "blueberry42", "elderberry77"),
        ("Europe/Paris", "Europe/Lisbon", "Europe/Paris"),
        ("friday", "Monday", "Friday"),
    ],
)
def test_a_figure_keeps_the_form_of_the_old_one(new: str, old: str, text: str) -> None:
    change = in_place_of(figures(new)[0], figures(old)[0])
    assert change
    start, end, said = change
    assert f"{old[:start]}{said}{old[end:]}" == text


@pytest.mark.parametrize(
    ("new", "old"),
    [("8:15", "40"), ("5 minutes", "3h"), ("12", "R-101"), ("3 May", "3 May"), ("april.csv", "notes.md")],
)
def test_figures_of_other_kinds_do_not_take_each_others_place(new: str, old: str) -> None:
    assert in_place_of(figures(new)[0], figures(old)[0]) is None


def test_a_figure_is_not_looked_for_in_the_whole_draft_beside_every_passage() -> None:
    draft = Draft(EditTask([{"role": "user", "content": "The pool's code is 9027 now."}], SHOP * 50, SHOP * 50))
    looked = 0

    def look(frame: FrameType, event: str, argument: object) -> None:
        nonlocal looked
        if event == "call" and frame.f_code is occurrences.__code__:
            looked += frame.f_locals["text"] is draft.folded

    sys.setprofile(look)
    try:
        placed(draft)
    finally:
        sys.setprofile(None)
    assert looked < 10
