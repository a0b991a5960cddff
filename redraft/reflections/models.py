"""What is asked of reflections over HTTP, and what they answer."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from redraft.conversations import MessageIn
from redraft.runs import OnDisconnect, RunUsage
from redraft.web.routing import Body
from redraft.web.utf16 import Selection

MOST_OF_EACH = 50
"""How many style rules, and how many facts, are kept of a user; the oldest give way."""

MessageId = Annotated[str, Field(min_length=1, max_length=100)]


class NamedMessage(MessageIn):
    """A message with the client's own id for it; without one its place in `messages` is its id: "0", "1", …"""

    id: MessageId | None = None

    def plain(self) -> dict[str, Any]:
        """The message as models take it."""
        return self.model_dump(exclude={"id"}, exclude_none=True)


class AboutDocument(Body):
    """The document that the chat was about, as other calls take it. Only `editing` is read."""

    original: str | None = Field(None, description="Taken, as in other calls; nothing is learned from it")
    editing: str
    name: str | None = Field(None, max_length=300, description="Taken, as in other calls; nothing is learned from it")
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
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the reflection when you leave")


class ReflectionView(BaseModel):
    """One rule or fact, and the messages it rests on."""

    id: str
    text: str
    message_ids: list[str]


class ReflectionsView(BaseModel):
    """How the user wants things written, and what is so about the user and the work."""

    style: list[ReflectionView]
    facts: list[ReflectionView]


class Learned(ReflectionsView):
    """What this chat has taught; it is kept with all that was known."""

    run_id: str
    usage: RunUsage


class ReflectionIn(Body):
    """One rule or fact as its owner writes it. With the `id` of a kept one, it takes that one's place."""

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
