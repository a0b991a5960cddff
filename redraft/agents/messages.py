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


SPEAKERS = {"user": "Writer", "assistant": "Assistant", "system": "App"}


def transcript(messages: Sequence[Message], ids: Sequence[str] | None = None) -> str:
    """The chat as one text, each message under who said it, and under its id where `ids` are given."""
    lines = []
    for place, message in enumerate(messages):
        speaker = SPEAKERS[message["role"]]
        label = f"[{ids[place]}] {speaker}" if ids else speaker
        lines.append(f"{label}: {text_of(message) or '(an image)'}")
    return "\n\n".join(lines)
