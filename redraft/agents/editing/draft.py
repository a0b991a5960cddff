"""A request and the draft it is about, prepared once for whoever works on it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from redraft.agents.counted import of_items
from redraft.agents.editing.passages import Passage, heading_words, one_line, passages
from redraft.agents.editing.task import EditTask
from redraft.agents.history import RunningSummary
from redraft.agents.messages import leading, text_of
from redraft.agents.words import fold, language, occurrences, quoted, script, shape, stems, values
from redraft.llm import estimate
from redraft.markdown import Block, Change, Outline, changes_since, cut
from redraft.markdown.operations.lists import task_box
from redraft.markdown.sentences import sentences
from redraft.threads import in_thread_if_long

_LISTED = re.compile(r"^\s*(?:[-*+•]|\(?(?:\d{1,2}|[A-Za-z])[.):])\s+(.+?)\s*$", re.M)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_NAMED_OPTION = (
    r"(?:(?<!\w)(?:option|phương án|lựa chọn|variante|vorschlag|opción|proposition|opção|proposta)|方案|选项|案)"
    r"\s{0,3}(?:[1-9]|[A-D])\s{0,3}[:：]"
)
_OPTIONS = re.compile(
    rf"{_NAMED_OPTION}\s*(?P<text>.{{1,300}}?)[.。;；]?(?=\s{{0,9}}(?:{_NAMED_OPTION}|\n|\Z))", re.IGNORECASE
)
"""Options named within a sentence: "Option 1: at noon. Option 2: at three"."""
LONGEST_SAID = 4_000
"""Characters of an assistant's message that are read for options within sentences."""
SAID_LIMIT = 500
MOST_APP_RULES = 300
"""Tokens of the app's own instructions that a small model is told."""
MOST_DIGITS = 2
"""Of a number that counts items."""
FEW_WORDS = 5
"""Words of a request that may all be new to a draft in the same language."""

P = ParamSpec("P")
T = TypeVar("T")


def _unquoted(item: str) -> str:
    """What an item of a list quotes, without the words around it; a book's title stays among them."""
    names = [name for name in quoted(item) if not name.startswith("《")]
    return names[0] if len(names) == len(quoted(item)) == 1 else item


@dataclass
class Draft:
    """What the paths work on. `agreed` is the suggestion of the chat that the user takes, if any.

    `recalled` is what was looked up for a small model in the chat, `summary` the one that a large model was told.
    """

    task: EditTask
    agreed: str = ""
    recalled: str = ""
    summary: RunningSummary | None = None
    _found: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _had: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def outline(self) -> Outline:
        """The draft's blocks."""
        return cut(self.task.editing)

    @cached_property
    def passages(self) -> list[Passage]:
        """The draft's passages."""
        return passages(self.outline)

    @cached_property
    def changes(self) -> list[Change]:
        """What the user changed since the last save, place by place."""
        return changes_since(self.task.original, self.task.editing)

    @cached_property
    def instruction(self) -> str:
        """The user's last message."""
        return text_of(self.task.messages[-1]).strip() if self.task.messages else ""

    @cached_property
    def said(self) -> str:
        """The assistant's message that the user answers; empty when there is none."""
        before = self.task.messages[-2:-1]
        return text_of(before[0]).strip() if before and before[0].get("role") == "assistant" else ""

    async def in_thread_if_long(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(...)`, in a thread when the draft is too long for the event loop."""
        return await in_thread_if_long(len(self.task.editing), work, *args, **kwargs)

    def once(self, work: Callable[["Draft"], T]) -> T:
        """`work(self)`, worked out when it is first asked for: a step may decide by what a later one does."""
        if work not in self._found:
            self._found[work] = work(self)
        found: T = self._found[work]
        return found

    def prepare(self) -> None:
        """Cut the draft, once: what takes long with a long one."""
        _ = self.outline, self.passages, self.changes, self._sections

    @property
    def request(self) -> str:
        """The instruction as the model is told it: with what it answers, and with what it takes of it."""
        parts = [f"(Assistant: {self.said[-SAID_LIMIT:]})"] if self.said else []
        parts.append(self.instruction + (f' (That is: "{self.agreed}")' if self.agreed else ""))
        return "\n".join(parts)

    @property
    def material(self) -> str:
        """What was looked up in the chat, to stand before the request where new text is written; empty when nothing."""
        return f"From the chat:\n{self.recalled}\n\n" if self.recalled else ""

    @cached_property
    def app_rules(self) -> str:
        """The app's own instructions at the chat's beginning, as many sentences as a small model can take in."""
        apps = leading(self.task.messages)[0] if self.task.messages else []
        told, end, left = "\n".join(map(text_of, apps)), 0, MOST_APP_RULES
        for start, until in sentences(told):
            left -= estimate(told[start:until])
            if left < 0:
                break
            end = until
        return told[:end].strip()

    @property
    def heard(self) -> str:
        """All that a model was told and may say: the request, and what was looked up in the chat for it."""
        return f"{self.request}\n{self.recalled}"

    def counts(self, value: str) -> bool:
        """Whether a number of the request tells what in the chat is meant ("item 2"), and is not to be written."""
        if not self.recalled or not value.isdecimal() or len(value) > MOST_DIGITS:
            return False
        return int(value) in of_items(self.instruction) and bool(occurrences(fold(self.recalled), value))

    @property
    def told(self) -> str:
        """What says what is wanted: the suggestion taken, or the message, with the one that it only agrees to."""
        if self.agreed:
            return self.agreed
        agrees = (
            self.said and len(self.instruction) <= 80 and not values(self.instruction) and not quoted(self.instruction)
        )
        return f"{self.said}\n{self.instruction}" if agrees else self.instruction

    @cached_property
    def query(self) -> str:
        """The words that tell what in the draft is meant: with the chat, when the user answers a suggestion."""
        before = " ".join(text_of(message) for message in self.task.messages[-3:-1]) if self.said else ""
        told = self.instruction
        for name in quoted(told):  # what is quoted and new is to be written, and tells no place
            told = told if self.has(name) else told.replace(name, " ")
        return f"{told} {before}"

    @cached_property
    def is_foreign(self) -> bool:
        """Whether the request is in another language than the draft, so that its words cannot be looked up."""
        if script(self.instruction) != script(self.task.editing):
            return True
        told, written = language(self.instruction), language(self.task.editing[:20_000])
        if told and written:
            return told != written
        asked, known = stems(self.instruction), stems(self.task.editing[:200_000])
        return script(self.instruction) == "LATIN" and len(asked) > FEW_WORDS and len(asked & known) <= 0.1 * len(asked)

    def suggestions(self) -> list[str]:
        """What the assistant offered: items of a list, else quoted or bold text."""
        listed = [_unquoted(item) for item in _LISTED.findall(self.said)]
        listed = listed or [match["text"] for match in _OPTIONS.finditer(self.said[:LONGEST_SAID])]
        found = (listed if len(listed) > 1 or _LISTED.search(self.said) else []) or max(
            quoted(self.said), _BOLD.findall(self.said), key=len
        )
        said = values(self.said)
        if not found and len(said) > 1 and len({shape(value) for value in said}) == 1 and not any(map(self.has, said)):
            found = said  # "at 18:30, or at 19:00"
        return list(dict.fromkeys(one_line(each).strip("*_ ") for each in found if len(each) <= 300))

    def says(self, phrase: str) -> bool:
        """Whether the user, or the suggestion taken, says this."""
        return bool(phrase.strip()) and fold(phrase.strip()) in fold(f"{self.request}")

    def has(self, words: str) -> bool:
        """Whether these words stand in the draft, in any case. Looked up once: it may be asked beside every passage."""
        if words not in self._had:
            self._had[words] = bool(occurrences(self.folded, fold(words)))
        return self._had[words]

    @cached_property
    def folded(self) -> str:
        """The draft as words are compared, without regard to case."""
        return fold(self.task.editing)

    def section_of(self, block: Block) -> str:
        """The words of the heading above a block."""
        return self._sections[self.outline.index(block)]

    @cached_property
    def _sections(self) -> list[str]:
        """For each top-level block the words of the heading above it."""
        above, words = [], ""
        for block in self.outline.blocks:
            above.append(words)
            if block.kind == "heading":
                words = heading_words(self.outline, block)
        return above

    def headings(self) -> list[Block]:
        """Every top-level heading, in order."""
        return [block for block in self.outline.blocks if block.kind == "heading"]

    def fences(self) -> list[Block]:
        """Every top-level block of code."""
        return [block for block in self.outline.blocks if block.kind in ("fence", "code")]

    def words_of(self, heading: Block) -> str:
        """A heading's text without its marks."""
        return heading_words(self.outline, heading)

    def tasks(self, *, done: bool) -> list[Block]:
        """Every task-list item in this state."""
        found = []
        for block in self.outline.walk():
            box = task_box(self.outline, block) if block.kind == "item" else None
            if box and (box[1] in "xX") == done:
                found.append(block)
        return found

    def own_text(self, item: Block) -> str:
        """An item's own words, without the lists in it."""
        first = item.children[0] if item.children else item
        return self.outline.text[item.start : first.end]
