"""How much of a chat one request may carry."""

from collections.abc import Sequence
from typing import Any

from redraft.agents.messages import text_of
from redraft.config import Settings
from redraft.errors import FieldError, TooLarge


def bound(messages: Sequence[dict[str, Any]], settings: Settings) -> None:
    """Raise `TooLarge` for more messages, or a longer one, than the settings let a request carry.

    A message's images do not count: the size of the whole body bounds them.
    """
    if len(messages) > settings.max_messages:
        raise TooLarge(f"At most {settings.max_messages} messages.")
    most = settings.max_message_bytes
    for place, message in enumerate(messages):
        text = text_of(message)
        if len(text) > most or len(text.encode()) > most:
            reason = f"is over {most} bytes: shorten it, or send it as the document"
            raise TooLarge(f"A message is over {most} bytes.", errors=[FieldError(f"messages.{place}.content", reason)])
