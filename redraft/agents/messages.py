"""What agents need to know of a chat's messages."""

from collections.abc import Sequence

from redraft.llm import Message


def text_of(message: Message) -> str:
    """The words of a message, without its images."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def characters(messages: Sequence[Message]) -> int:
    """How long a chat is, without its images."""
    return sum(len(text_of(message)) for message in messages)


def with_text(message: Message, text: str) -> Message:
    """The message with `text` for its words; its images stay."""
    content = message["content"]
    if isinstance(content, str):
        return {**message, "content": text}
    images = [part for part in content if part.get("type") != "text"]
    return {**message, "content": [{"type": "text", "text": text}, *images]}


def leading(messages: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """The app's own instructions at the beginning, and the chat after them, which has one message at least."""
    count = next((at for at, message in enumerate(messages) if message["role"] != "system"), len(messages) - 1)
    return list(messages[:count]), list(messages[count:])


SPEAKERS = {"user": "Writer", "assistant": "Assistant", "system": "App"}


def speaker(role: str, user: str | None = None) -> str:
    """Who says it, as the models are told; `user` is what the prompt calls the user."""
    return user if user and role == "user" else SPEAKERS[role]


def transcript(messages: Sequence[Message], ids: Sequence[str] | None = None, user: str | None = None) -> str:
    """The chat as one text, each message under who said it, and under its id where `ids` are given."""
    lines = []
    for place, message in enumerate(messages):
        said_by = speaker(message["role"], user)
        label = f"[{ids[place]}] {said_by}" if ids else said_by
        lines.append(f"{label}: {text_of(message) or '(an image)'}")
    return "\n\n".join(lines)
