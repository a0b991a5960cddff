"""What an edit starts from and what it ends in. Plain data."""

from dataclasses import dataclass, field

from redraft.agents.history import RunningSummary
from redraft.agents.memory import Reflections
from redraft.llm import Message
from redraft.markdown import Hunk


@dataclass(frozen=True)
class EditTask:
    """One request to change a draft.

    `messages` is the chat, the instruction last. `original` is the file as last saved, `editing` the draft on the
    screen. `selection` is a start and an end in code points of `editing`. `known` is a summary of the chat's beginning,
    the app's own instructions apart.
    """

    messages: list[Message]
    original: str
    editing: str
    selection: tuple[int, int] | None = None
    name: str | None = None
    reflections: Reflections = field(default_factory=Reflections)
    known: RunningSummary | None = None


@dataclass(frozen=True)
class Proposal:
    """What the agent would change: `document` is the draft with all hunks applied.

    `note` tells the user what was done, or why nothing was, in the user's language where that is known (`notes`); it is
    empty when no change was asked for. `problems` are the operations that could not be applied. `summary` is the one of
    the chat that was used, new or known; None when the model was told none.
    """

    hunks: list[Hunk]
    document: str
    note: str
    problems: list[str] = field(default_factory=list)
    summary: RunningSummary | None = None
