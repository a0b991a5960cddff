"""Messages and conversations, as clients send and see them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from redraft.web.routing import Body

MessageStatus = Literal["complete", "stopped", "cut"]


class Lenient(Body):
    """A message or a piece of one: what else a chat SDK keeps in it is ignored, for nothing is lost by that."""

    model_config = ConfigDict(extra="ignore")


class TextPart(Lenient):
    """A piece of text among images."""

    type: Literal["text"]
    text: str


class ImageAddress(Lenient):
    """The image itself, or, where the deployment takes addresses, where the model's provider finds it."""

    url: str = Field(
        description="`data:image/png;base64,…`, or jpeg, webp, gif; an address only where `REDRAFT_REMOTE_IMAGES` is on"
    )
    detail: Literal["auto", "low", "high"] | None = Field(None, description="How closely the model is to look")


class ImagePart(Lenient):
    """An image, for models that see."""

    type: Literal["image_url"]
    image_url: ImageAddress


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]
Content = str | list[Part]


class MessageIn(Lenient):
    """One message of a chat in OpenAI's shape. Other names (`name`, `id`, a time) are ignored, here and in parts."""

    role: Literal["user", "assistant", "system"]
    content: Content

    def plain(self) -> dict[str, Any]:
        """The message as models take it."""
        return self.model_dump(exclude_none=True)


class MessageView(BaseModel):
    """A message that the server keeps. `seq` counts from 1 within its conversation, without gaps.

    `stopped` is an answer that ended early: on request, or by an error after some of it had been shown. `cut` is one
    that the model's server cut off, at its limit or by its filter. `links_added` are the addresses of an answer that
    nothing before it had.
    """

    id: str
    seq: int
    role: Literal["user", "assistant", "system"]
    content: Content
    status: MessageStatus
    run_id: str
    created_at: datetime
    links_added: list[str] = []


class ConversationView(BaseModel):
    """A conversation without its messages."""

    id: str
    title: str | None
    learn: bool
    message_count: int
    created_at: datetime
    updated_at: datetime


class ConversationIn(Body):
    """What a client may say about a conversation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "The trip to Hue"}]})

    title: str | None = Field(None, max_length=200)
    learn: bool = Field(True, description="false: nothing is ever learned of it (`POST /v1/reflections`)")
