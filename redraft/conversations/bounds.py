"""How much of a chat and of a document one request may carry, and that it asks for something."""

from collections.abc import Mapping, Sequence
from typing import Any

from redraft.agents.messages import text_of
from redraft.config import Settings
from redraft.errors import FieldError, InvalidRequest, TooLarge
from redraft.llm import has_images


def bound(messages: Sequence[dict[str, Any]], settings: Settings) -> None:
    """Raise `TooLarge` for more messages, or a longer one, than the settings let a request carry.

    A message's images do not count: the size of the whole body bounds them.
    """
    if len(messages) > settings.max_messages:
        reason = f"are more than {settings.max_messages}: leave out the oldest, or send a summary of them"
        raise TooLarge(errors=[FieldError("messages", reason)])
    for place, message in enumerate(messages):
        most = settings.max_message_bytes
        _bound(f"messages.{place}.content", text_of(message), most, "shorten it, or send it as the document")


def bound_texts(texts: Mapping[str, str], settings: Settings) -> None:
    """Raise `TooLarge` for a text, named by its field, that is longer than the settings let a document be."""
    for field, text in texts.items():
        _bound(field, text, settings.max_document_bytes, "send a part of it")


def asked(messages: Sequence[dict[str, Any]]) -> None:
    """Raise `InvalidRequest` unless the last message is of the user, and has words or an image: a model costs."""
    last = messages[-1]
    if last["role"] != "user":
        raise InvalidRequest(errors=[FieldError("messages", "must end with a message of the user")])
    if not text_of(last).strip() and not has_images([last]):
        field = f"messages.{len(messages) - 1}.content"
        raise InvalidRequest(errors=[FieldError(field, "is empty: say what is wanted")])


def _bound(field: str, text: str, most: int, instead: str) -> None:
    if len(text) > most or len(text.encode()) > most:
        raise TooLarge(errors=[FieldError(field, f"is over {most} bytes: {instead}")])
