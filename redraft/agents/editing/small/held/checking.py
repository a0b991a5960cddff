"""Whether the words that a model would replace, and those it would put there, are what the user said."""

import re

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence, are_akin
from redraft.agents.editing.passages import Passage
from redraft.agents.editing.small.asked.contrast import are_alike, is_label, is_refuted, told_pair
from redraft.agents.editing.small.asked.figures import Figure, figures
from redraft.agents.editing.small.asked.news import news
from redraft.agents.editing.small.held.faults import letters
from redraft.agents.editing.small.meant.locating import Change, Unusable
from redraft.agents.editing.small.meant.pointing import is_open, pointing
from redraft.agents.editing.small.meant.scope import meant_code
from redraft.agents.editing.small.meant.targets import row_names
from redraft.agents.words import fold, is_cjk, quoted, shape, stem, stems, tokens, values
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

WHOLE, KEPT = 6, 0.4
"""Of so many words, at least this part stays when something in them becomes another."""
POINTED = 0.4
"""How strongly, beside the passage that it points to most, a request points to the one that it changes, at least."""
_OPPOSITES = (
    {"true", "false"},
    {"yes", "no"},
    {"on", "off"},
    {"enabled", "disabled"},
    {"ja", "nein"},
    {"có", "không"},
    {"是", "否"},
)


def checked(draft: Draft, chosen: list[dict[str, str]]) -> list[Change]:
    """The changes, old and new put right way round; raises `Unusable` when they do not do what the user says."""
    changes = []
    for each in chosen:
        old, new = each["old"].strip(), each["new"].strip()
        if draft.has(new) and not draft.has(old):
            old, new = new, old
        if old and old != new:
            changes.append(_least(old, new))
    if not changes:
        raise Unusable("Old and new are the same. Give as old the words of the text that are no longer right.")
    said = [change for change in changes if draft.says(change.old)]
    changes = said or changes  # what the user names to be changed is all that changes
    for change in changes:
        if values(change.new) == [change.new] and not values(change.old):
            raise Unusable(f"{change.old!r} is no value like {change.new!r}.")
        if fault := _of_the_words(draft, change) or _of_the_place(draft, change):
            raise Unusable(fault)
    new = fold(" ".join(change.new for change in changes))
    missing = [each for each in news(draft) if fold(each) not in new]
    if missing:
        raise Unusable(f"The new words lack {missing[0]!r}.")
    return list(dict.fromkeys(changes))


def account(draft: Draft, operations: list[Operation]) -> None:
    """Raise `Unusable` when a figure that the user gives is neither written nor where something changes."""
    if draft.is_foreign:
        return
    made = [each for each in operations if isinstance(each, ReplaceRange)]
    there: list[str] = []
    for each in draft.passages:
        inside = [change for change in made if each.start <= change.start < each.end]
        if not inside:
            continue
        for change in inside:
            _check_figures(draft, each, change)
        text = each.text
        for change in sorted(inside, key=lambda change: -change.start):
            text = f"{text[: change.start - each.start]}{change.text}{text[change.end - each.start :]}"
        there += [text, each.section, *(taken.text for change in inside for taken in _taken(each, change))]
    known = fold(" ".join(there))
    for figure in figures(draft.told):
        if fold(figure.text) not in known and not is_refuted(draft.told, figure.text) and not draft.counts(figure.text):
            raise Unusable(f"{figure.text!r} is not in what you changed.")


def _check_figures(draft: Draft, passage: Passage, change: ReplaceRange) -> None:
    """Raise `Unusable` when a change takes a figure that only says where, or that nothing in the request points to."""
    told = figures(draft.told)
    taken = [each for each in _taken(passage, change) if not _is_respelled(each, told)]
    for each in taken:
        if not is_open(draft, passage, each, told):
            raise Unusable(f"{each.text!r} only says where.")
    words = pointing(draft)
    if not taken or draft.task.selection or meant_code(draft) or not words:
        return
    if not Evidence([Candidate(passage.text, passage.section)]).covered(0, words):
        raise Unusable(f"The user does not speak of {taken[0].text!r}.")


def _taken(passage: Passage, change: ReplaceRange) -> list[Figure]:
    """The figures of a passage that a change touches."""
    start, end = change.start - passage.start, change.end - passage.start
    return [each for each in figures(passage.text) if start < each.end and each.start < end]


def _is_respelled(figure: Figure, told: list[Figure]) -> bool:
    """Whether the user gives another spelling of it: "x64_64 is wrong, obviously x86_64"."""
    others = [each.text for each in told if fold(each.text) != fold(figure.text)]
    return any(map(str.isalpha, figure.text)) and any(are_alike(figure.text, other) for other in others)


def _of_the_words(draft: Draft, change: Change) -> str:
    """What speaks against the new words; empty when nothing does."""
    old, new = change.old, change.new
    if fold(old) in fold(new) and (draft.has(new) or not draft.says(new)):
        return f"{new!r} only repeats what stands there." if draft.has(new) else f"Nobody said {new!r}."
    if "|" in old + new:
        return "Give the words of one cell only."
    words = stems(old)
    if len(words) >= WHOLE and len(words & stems(new)) < KEPT * len(words):
        return f"{new!r} is something else, not another form of {old!r}."
    if len(new) > 0.8 * len(draft.instruction) and fold(new) in fold(draft.instruction):
        return "That is the request itself."
    if figures(old) and not figures(new) and not draft.says(old):
        return f"The user does not speak of {old!r}."
    if set(tokens(new)) < set(tokens(old)):
        return "That only takes words away."
    made_up = _made_up(draft, change)
    return f"Nobody said {made_up!r}." if made_up else ""


def _of_the_place(draft: Draft, change: Change) -> str:
    """What speaks against changing the old words: they only say where; or the request speaks of something else."""
    old = fold(change.old).strip("`* ")
    if any(old == fold(name).strip("`* ") for name in row_names(draft)):
        return f"{change.old!r} is what the row is called."
    if not old or told_pair(draft) or is_refuted(draft.told, change.old):
        return ""
    if draft.says(old) and not _trades(draft, change):
        return f"{change.old!r} only says where."
    if draft.says(old) and is_label(draft, old):
        return f"{change.old!r} is what stands before the words that change."
    return "" if _is_pointed_to(draft, change.old) else f"The user does not speak of {change.old!r}."


def _trades(draft: Draft, change: Change) -> bool:
    """Whether the user says both, and both are of one sort: "Samir is now Nora"; or one is the other spelled right."""
    if letters(fold(change.old)) == letters(fold(change.new)):
        return True  # "checkout is two words here"
    if draft.says(change.new) and any(map(str.isalpha, change.old)) and are_alike(change.old, change.new):
        return True
    same_sort = change.old[:1].isupper() == change.new[:1].isupper() and not values(change.old + change.new)
    return draft.says(change.new) and (same_sort or {change.old, change.new} <= set(quoted(draft.told)))


def _is_pointed_to(draft: Draft, old: str) -> bool:
    """Whether the request speaks of a passage with these words about as much as of any other."""
    if draft.is_foreign or draft.task.selection or meant_code(draft):
        return True
    known = [each for each in draft.passages if each.block.kind not in ("heading", "front_matter")]
    evidence = Evidence([Candidate(each.text, each.section) for each in known])
    words = " ".join([pointing(draft), *(each.text for each in figures(draft.told))])
    scores = [evidence.score(at, words) for at in range(len(known))]
    there = [score for score, each in zip(scores, known, strict=True) if fold(old) in fold(each.text)]
    if not there:
        return not any(fold(old) in fold(draft.words_of(each)) for each in draft.headings())
    return max(there) >= POINTED * max(scores)


def _made_up(draft: Draft, change: Change) -> str:
    """A word that the new ones gain and nobody said; empty where it may be right all the same.

    So it may be when it is another form of the old one, the other of two words like "on" and "off", a value worked out
    from the old one, or a translation.
    """
    old, new = change.old, change.new
    if draft.is_foreign or set(tokens(old)) ^ set(tokens(new)) in _OPPOSITES:
        return ""
    if shape(old) == shape(new) and values(new) == [new]:
        in_letters = re.split(r"\d+", old) == re.split(r"\d+", new) and old.strip("0123456789.,:/-") != ""
        if not values(draft.told) or (in_letters and set(re.findall(r"\d+", new)) <= {*re.findall(r"\d+", draft.told)}):
            return ""  # "PT90M" for "PT45M", where 90 minutes are said
    told = stems(f"{draft.query} {draft.told} {draft.recalled}")
    gained = [word for word in tokens(new) if stem(word) not in stems(old)]
    unsaid = [word for word in gained if not any(stem(word) == each or are_akin(stem(word), each) for each in told)]
    invented = [word for word in unsaid if len(word) > 3 and not is_cjk(word)]
    if invented:
        return invented[0]
    return unsaid[0] if len(unsaid) > max(1, len(gained) - len(unsaid)) or (gained and unsaid == gained) else ""


def _least(old: str, new: str) -> Change:
    """The value alone, where the model said more than it: "costs 450 now" for "costs 400" changes a number.

    Only when what stands behind the value stays, so that a unit can change with it.
    """
    before, after = values(old), values(new)
    if len(before) == len(after) == 1 and shape(before[0]) == shape(after[0]) and before != after:
        rest, said = old.partition(before[0])[2], new.partition(after[0])[2]
        if rest.strip(" .。").startswith(said.strip(" .。")):
            until = old[: len(old) - len(rest)]
            return Change(until, f"{until.removesuffix(before[0])}{after[0]}")
    return Change(old, new)
