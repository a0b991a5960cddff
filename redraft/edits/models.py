"""What is asked of edits over HTTP, and what they answer. Offsets count UTF-16 code units, as browsers do."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from redraft.conversations import MessageIn
from redraft.documents import Clash, Word
from redraft.runs import OnDisconnect, RunUsage
from redraft.web.routing import Body
from redraft.web.utf16 import Selection

HunkId = Annotated[str, Field(min_length=1, max_length=64)]


class DocumentIn(Body):
    """A file: as last saved, and as it is on the screen."""

    original: str = Field(description="The file as last saved")
    editing: str = Field(description="The draft on the screen, with what is not saved yet")
    name: str | None = Field(None, max_length=300)
    selection: Selection | None = None


class EditRequest(Body):
    """An instruction, with the chat before it, and the document it is about."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "messages": [{"role": "user", "content": "Move the start date to 10 June."}],
                    "document": {
                        "original": "# Trip\n\nStart: 3 June.\n",
                        "editing": "# Trip\n\nStart: 3 June.\n",
                        "name": "trip.md",
                    },
                }
            ]
        }
    )

    messages: list[MessageIn] = Field(min_length=1)
    document: DocumentIn
    stream: bool = Field(False, description="true: events while the edit is made, instead of one JSON answer")
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the edit when you leave")


class HunkView(BaseModel):
    """`after` in the place of `before`, which is `editing` as sent from `start` to `end`."""

    id: str
    start: int
    end: int
    before: str
    after: str
    reason: str
    group: str = Field(description="Hunks that share one, not empty, are taken or left together")
    words: list[Word] = Field(description="The difference word by word")
    links_added: list[str] = Field([], description="As the proposal's, of this hunk and its reason")


class ProposalView(BaseModel):
    """What the agent would change. No hunks: nothing was to be changed, and `note` says why."""

    id: str
    run_id: str
    hunks: list[HunkView]
    document: str = Field(description="The draft with all hunks applied")
    diff: str = Field(description="The same as a unified diff")
    links_added: list[str] = Field(
        description="Every link and image address that the draft did not have, or had as less: as text and not as a "
        "link, as a link and not as an image, in code. Those of the note and the reasons are among them"
    )
    note: str
    problems: list[str]
    usage: RunUsage | None = Field(None, description="In a `proposal` event: until then")


class ApplyRequest(Body):
    """Which hunks the user takes, and the draft as it is now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"accept": "all", "editing": "# Our trip\n\nStart: 3 June.\n"}]}
    )

    accept: Literal["all"] | Annotated[list[HunkId], Field(max_length=10_000)]
    editing: str = Field(description="The draft as it is now; what was typed since is kept")
    amend: dict[HunkId, str] = Field(
        {}, description="Other new text for a hunk that is taken, by its id", max_length=10_000
    )


class MergeRequest(Body):
    """Two changed texts and the one that both started from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"base": "A red house.\n", "mine": "A big red house.\n", "theirs": "A red barn.\n"}]
        }
    )

    base: str
    mine: str
    theirs: str


class Merged(BaseModel):
    """The merged text, without markers."""

    document: str
    conflicts: list[Clash]
