"""What a talk and an edit are sent when a request points to a fact of the chat."""

from dataclasses import dataclass, field
from typing import Any, Literal

from evals.memory.cases import Chat, Fact, Message
from evals.memory.judging import Seen, has, seen
from evals.memory.model import ModelServer
from evals.memory.serving import User

Way = Literal["talk", "edit", "edit in a turn"]
WAYS: tuple[Way, ...] = ("talk", "edit", "edit in a turn")


@dataclass
class Probed:
    """For each way, what was visible of each fact, by its id; and the running summary, judged."""

    visible: dict[Way, dict[str, Seen]] = field(default_factory=lambda: {way: {} for way in WAYS})
    summary: dict[str, Seen] = field(default_factory=dict)


async def probed(user: User, server: ModelServer, chat: Chat) -> Probed:
    """Ask for each fact in each way, after the whole chat. Raises `Refused`."""
    found = Probed()
    history = [plain(each) for each in chat.main]
    for way in WAYS:
        always = await _sent(user, server, chat, way, [_said(_request(chat, chat.facts[0], way))])
        for fact in chat.facts:
            sent = await _sent(user, server, chat, way, [*history, _said(_request(chat, fact, way))])
            shown = "\n\n".join(text for text in sent if text not in always)
            found.visible[way][fact.id] = seen(shown.replace(_request(chat, fact, way), ""), fact)
    return found


def summary_covers(chat: Chat, fact: Fact, count: int) -> bool:
    """Whether the newest words of a fact are said in the first `count` messages of the chat, and none later."""
    places = [place for place, each in enumerate(chat.main, 1) if any(has(each["content"], [g]) for g in fact.must)]
    return bool(places) and places[-1] <= count


def plain(message: Message) -> dict[str, str]:
    """A message as calls take it."""
    return {"role": message["role"], "content": message["content"]}


def _said(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _request(chat: Chat, fact: Fact, way: Way) -> str:
    return chat.talk(fact) if way == "talk" else chat.edit(fact)


async def _sent(user: User, server: ModelServer, chat: Chat, way: Way, messages: list[dict[str, str]]) -> list[str]:
    """The texts that the models were sent which answer the request; not what was asked to sum the chat up."""
    server.asked.clear()
    server.wants = "question" if way == "talk" else "change"
    text, name = chat.document["text"], chat.document["name"]
    document = {"document": {"original": text, "editing": text, "name": name}}
    body: dict[str, Any] = {"messages": messages, "stream": False}
    if way == "edit":
        await user.call("POST", "/v1/edits", {"messages": messages, **document})
    else:
        await user.call("POST", "/v1/chat", body | ({} if way == "talk" else document))
    return server.texts("chat" if way == "talk" else "edit")
