"""Has a user's chats learned from, one after the other, and reads what is known then."""

from datetime import UTC, datetime, timedelta
from typing import Any

from evals.memory.cases import MAIN, Chat, Session
from evals.memory.judging import has
from evals.memory.serving import User


async def prepared(user: User, chat: Chat) -> None:
    """Have the user write their own items."""
    own: dict[str, list[dict[str, str]]] = {"style": [], "facts": []}
    for each in chat.own:
        own[each.kind].append({"text": each.text})
    await user.call("PUT", "/v1/reflections", own)


async def learned(user: User, chat: Chat, session: Session, *, summary: bool = False) -> str | None:
    """Learn from one session, and have it summed up, too, where a `summary` is wanted."""
    times = _times(session)
    messages = [
        {"id": f"{session.id}-{place}", "role": each["role"], "content": each["content"], "created_at": at}
        for place, (each, at) in enumerate(zip(session.messages, times, strict=True))
    ]
    text, name = chat.document["text"], chat.document["name"]
    body = {"messages": messages, "document": {"editing": text, "name": name}, "summary": summary}
    answer = await user.call("POST", "/v1/reflections", body)
    told: str | None = answer["summary"]
    return told


async def deleted(user: User, chat: Chat) -> None:
    """Have the user delete what they want to have forgotten, one by one."""
    for item in await known(user):
        if has(item["text"], chat.deleted):
            await user.call("DELETE", f"/v1/reflections/{item['id']}")


async def known(user: User) -> list[dict[str, Any]]:
    """All items, as the user reads them."""
    found = await user.call("GET", "/v1/reflections")
    return [*found["style"], *found["facts"]]


def _times(session: Session) -> list[str]:
    """When each message was said. The main session is said now, after the user wrote and deleted items."""
    if session.id != MAIN:
        return [each["created_at"] for each in session.messages]
    now = datetime.now(UTC)
    return [(now + timedelta(milliseconds=place)).isoformat() for place in range(len(session.messages))]
