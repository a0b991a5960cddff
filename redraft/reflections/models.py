"""What is asked of reflections over HTTP, and what they answer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from redraft.agents.learning.knowledge import MOST_OF_EACH, Why
from redraft.agents.memory import Kind, Of, Origin
from redraft.conversations import MessageIn
from redraft.runs import OnDisconnect, RunUsage
from redraft.web.routing import Body
from redraft.web.utf16 import Selection

MILLISECONDS = 10**11
"""A larger number than this counts milliseconds: as seconds it would be after the year 5000."""
MessageId = Annotated[str, Field(min_length=1, max_length=100)]


def _time(told: object) -> datetime | None:
    """A time as chat SDKs write it; None for anything else, as other names of a message are passed over, too."""
    if isinstance(told, str):
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            return None
        return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    if isinstance(told, int | float) and not isinstance(told, bool):
        try:
            return datetime.fromtimestamp(told / 1000 if told > MILLISECONDS else told, UTC)
        except (OverflowError, OSError, ValueError):
            return None
    return None


class NamedMessage(MessageIn):
    """A message with the client's own id for it; without one its place in `messages` is its id: "0", "1", …"""

    id: MessageId | None = None
    created_at: Annotated[datetime | None, BeforeValidator(_time)] = Field(
        None,
        description="When it was said (RFC 3339, or seconds since 1970): what was said later holds. "
        "Without a time that can be read, it counts as said now",
    )

    def plain(self) -> dict[str, Any]:
        """The message as models take it."""
        return self.model_dump(exclude={"id", "created_at"}, exclude_none=True)


class AboutDocument(Body):
    """The document that the chat was about, as other calls take it. Only `editing` is read."""

    original: str | None = Field(None, description="Taken, as in other calls; nothing is learned from it")
    editing: str
    name: str | None = Field(
        None, max_length=300, description="What is learned for this document only is told where it has this name"
    )
    selection: Selection | None = Field(None, description="Taken, as in other calls; nothing is learned from it")


class ReflectionRequest(Body):
    """The chat to learn from: its messages, or a conversation that the server keeps."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"messages": [{"role": "user", "content": "Always use British spelling, please."}]}]
        }
    )

    messages: list[NamedMessage] | None = Field(None, min_length=1)
    conversation_id: str | None = Field(None, max_length=64)
    document: AboutDocument | None = None
    again: bool = Field(False, description="true: also learn from messages that were learned from before")
    summary: bool = Field(
        False,
        description="true: sum the chat up, too, in the same call of a model where the chat fits into one; the "
        "summary of a conversation is kept as its own",
    )
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the reflection when you leave")


class EvidenceView(BaseModel):
    """A message that says so, and its telling words; `quote` is empty for items of before they were kept."""

    message_id: str
    quote: str
    at: datetime | None
    conversation_id: str | None


class ScopeView(BaseModel):
    """Where an item is told: everywhere (`user`), where a document of the name `id` is open, or in a conversation."""

    of: Of
    id: str | None


class ContradictionView(BaseModel):
    """What a chat says instead of an item that is the user's own; without `text`, that it is to be forgotten."""

    text: str | None
    evidence: list[EvidenceView]


class ReflectionView(BaseModel):
    """One rule or fact, and the messages it rests on.

    `origin` is `user` for what the user wrote, and `confirmed` for what they vouch for: neither is changed by learning.
    `used_at` is the last day on which it was told to an agent.
    """

    id: str
    text: str
    message_ids: list[str]
    evidence: list[EvidenceView]
    origin: Origin
    confirmed: bool
    scope: ScopeView
    contradiction: ContradictionView | None
    created_at: datetime | None
    updated_at: datetime | None
    used_at: datetime | None


class ReflectionsView(BaseModel):
    """How the user wants things written, and what is so about the user and the work."""

    style: list[ReflectionView]
    facts: list[ReflectionView]


class ChangedView(BaseModel):
    """An item that says something else now, or rests on more: `before` is its text until now."""

    before: str
    item: ReflectionView


class ForgottenView(BaseModel):
    """An item that is known no more."""

    id: str
    text: str


class LeftOut(BaseModel):
    """Something that was not kept, or an item that gave way, and why."""

    text: str
    why: Why


class Memory(BaseModel):
    """What became of what is known: also the data of the event `memory`."""

    learned: list[ReflectionView]
    changed: list[ChangedView]
    forgotten: list[ForgottenView]
    contradicted: list[ReflectionView]
    left_out: list[LeftOut]


def unchanged(left_out: Sequence[LeftOut] = ()) -> Memory:
    """Where nothing was learned: what was left out."""
    return Memory(learned=[], changed=[], forgotten=[], contradicted=[], left_out=[*left_out])


class Learned(ReflectionsView):
    """What this chat has taught; it is kept with all that was known. `style` and `facts` are what is new or changed."""

    memory: Memory
    summary: str | None = Field(None, description="Of the whole chat, where it was asked for and a model made one")
    run_id: str
    usage: RunUsage


class ReflectionIn(Body):
    """One rule or fact as its owner writes it. With the `id` of a kept one, it takes that one's place.

    An item may be sent back as it was read: but for `id`, `text` and `message_ids`, nothing of it is looked at.
    """

    model_config = ConfigDict(extra="ignore")

    id: str | None = Field(None, min_length=1, max_length=100)
    text: str = Field(min_length=1, max_length=500)
    message_ids: list[MessageId] = Field([], max_length=20)


class ReflectionsIn(Body):
    """All that is to be known from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"style": [{"text": "Short sentences."}], "facts": [{"text": "Lives in Hanoi."}]}]
        }
    )

    style: list[ReflectionIn] = Field([], max_length=MOST_OF_EACH)
    facts: list[ReflectionIn] = Field([], max_length=MOST_OF_EACH)


class ScopeIn(Body):
    """Where an item is to be told."""

    of: Of
    id: str | None = Field(
        None, min_length=1, max_length=300, description="The document's name, or the conversation's id"
    )


class ReflectionPatch(Body):
    """What is to be another about one item; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"confirmed": True}]})

    text: str | None = Field(None, min_length=1, max_length=500)
    kind: Kind | None = None
    scope: ScopeIn | None = None
    confirmed: bool | None = Field(None, description="true: you vouch for it, and learning changes it no more")
    contradiction: Literal["accept", "dismiss"] | None = Field(
        None, description="What a chat says instead: accept it, which changes or deletes the item, or dismiss it"
    )
