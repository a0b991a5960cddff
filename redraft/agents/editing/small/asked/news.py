"""What a request says that the draft does not: whatever is done for it must say it too."""

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.small.asked.contrast import is_refuted
from redraft.agents.words import GENERIC, fold, language, names, quoted, values

MANY = 0.35
"""The share of capital words from which on they are no names, but a title."""


def news(draft: Draft) -> list[str]:
    """The values, quoted words and names of the request, or of the suggestion it takes, that the draft lacks.

    Not those that the request calls wrong, nor the names of headings and the like that it only speaks of,
    nor numbers that only say what in the chat is meant.
    """
    told = draft.told
    said = [*quoted(told), *values(told), *_names(told)]
    known = (each for each in dict.fromkeys(said) if not draft.counts(each))
    return [each for each in known if not _is_there(draft, each) and not is_refuted(told, each)]


def _is_there(draft: Draft, words: str) -> bool:
    """As words of their own, or, where they are letters only, within longer ones: "algorythm" in "algorythms"."""
    return draft.has(words) or (len(words) > 3 and not values(words) and fold(words) in draft.folded)


def lacking(draft: Draft, written: str) -> list[str]:
    """Those of the news that `written` does not say."""
    known = fold(written)
    return [each for each in news(draft) if fold(each) not in known]


def _names(told: str) -> list[str]:
    """Words with a capital in mid-sentence, where that makes a name: not in German, nor in titles."""
    found = [name for name in names(told) if not name.startswith(("I'", "I’")) and fold(name) not in GENERIC]
    return found if len(found) < MANY * len(told.split()) and language(told) != "de" else []
