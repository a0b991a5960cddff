"""Whether a summary can be trusted: that it says something, is whole, and has not lost what it was to keep."""

from dataclasses import dataclass

from redraft.agents import prompts
from redraft.agents.cutting import blocks, closed, fenced_lines, pieces
from redraft.agents.fences import fenced
from redraft.agents.sections import has_words, merged
from redraft.agents.stems import spelled, words_of
from redraft.llm import estimate

LONG = 150
"""Tokens from which a summary is long enough to tell by its length whether a later one has lost it."""
WHOLE = 350
"""Tokens that a summary of the asked length has about; a longer one may come down to as many."""
MANY_NAMES = 8
MOST_NAMED = 12
A_PART = 1_000
"""Tokens of a part from which a summary that is the one before, word for word, has left it out."""


@dataclass(frozen=True)
class Answer:
    """What a model wrote; `cut` when that is not all it would have written."""

    text: str
    cut: bool = False

    @property
    def lines(self) -> str:
        """Its whole lines; empty where they have no words."""
        text = whole_lines(self.text) if self.cut else self.text
        return text if has_words(text) else ""


def whole_lines(text: str) -> str:
    """`text` without its last line, which was cut off; a code block that was open is ended."""
    lines = text.rstrip().splitlines()[:-1]
    if lines and fenced_lines(lines)[-1] and lines[-1].strip().startswith(("```", "~~~")):
        numbers = fenced_lines(lines)
        if numbers.count(numbers[-1]) == 1:  # the mark alone
            lines.pop()
    return closed("\n".join(lines).strip("\n"))


def missing_in(
    answer: Answer, previous: str | None, notes: str | None, part_tokens: int, *, own: bool = False
) -> str | None:
    """What to tell the model that its answer lacks; None where it can be used.

    `previous` is the summary that it had to go on from, in the user's `own` words or not, and `notes` what it had to
    shorten.
    """
    if not has_words(answer.text):
        return prompts.SAYS_NOTHING
    if answer.cut:
        return prompts.CUT_OFF
    if previous and own and (lines := _lines_left_out(previous, answer.text)):
        return f"{prompts.LEFT_OUT}\n{fenced('missing', lines)}"
    for text in (previous, notes):
        if text and _is_lost(text, answer.text, shortened=text is notes):
            names = words_of(text).names - words_of(answer.text).all
            told = ", ".join(spelled(text, names)[:MOST_NAMED]) or text.strip().splitlines()[0][:200]
            return f"{prompts.LEFT_OUT}\n{fenced('missing', told)}"
    if previous and part_tokens >= A_PART and answer.text.split() == previous.split():
        return prompts.NOTHING_NEW
    return None


def both(previous: str | None, best: str, notes: str | None) -> str:
    """`previous` as it is, section by section followed by the lines of `best` that are not in it, and then `notes`."""
    summary = merged(previous, best) if previous else best
    return merged(summary, notes) if notes else summary


def within(text: str, tokens: int) -> str:
    """As many whole lines and code blocks of `text`, from its beginning, as fit: the last ones of "So far" go first."""
    if estimate(text) <= tokens:
        return text
    kept: list[str] = []
    used = 0
    for unit in blocks(text):
        used += estimate(unit)
        if used > tokens:
            break
        kept.append(unit)
    return "".join(kept).rstrip() or pieces(text, tokens)[0]


def _is_lost(text: str, answer: str, *, shortened: bool) -> bool:
    """Whether `answer` has next to nothing of a summary, by its numbers and names, its words, or its length."""
    had, has = words_of(text), words_of(answer)
    share, tokens = had.share_in(has), estimate(text)
    left = len(had.names & has.all)
    if had.names and not left and share < 1 / 3:
        return True
    if not shortened and len(had.names) >= MANY_NAMES and left * 4 < len(had.names):
        return True
    return tokens >= LONG and (estimate(answer) * 4 < min(tokens, WHOLE) or (not shortened and share < 0.1))


def _lines_left_out(previous: str, answer: str) -> str:
    """The lines of which not even half the words are in `answer`."""
    has = words_of(answer)
    lines = [line for line in previous.splitlines() if has_words(line)]
    return "\n".join(line for line in lines if words_of(line).share_in(has) < 0.5)
