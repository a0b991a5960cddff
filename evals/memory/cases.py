"""The chats, each with what was planted in it: read from `chats/`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Groups = list[list[str]]
"""Words to find: of each inner list at least one, and so of all lists."""
Message = dict[str, Any]
CHATS = Path(__file__).with_name("chats")
MAIN, OLD = "main", "old"
"""The session that facts are asked of, and the one that is older than all others but learned from last."""
TALKS = {
    "en": "Remind me: {}?",
    "de": "Noch einmal: {}?",
    "vi": "Nhắc lại giúp tôi: {}?",
    "zh": "再告诉我一次：{}？",
    "fr": "Rappelez-moi : {} ?",
}
EDITS = {
    "en": "Write into the draft, at the end: {}.",
    "de": "Schreib ans Ende des Entwurfs: {}.",
    "vi": "Viết vào cuối bản nháp: {}.",
    "zh": "在草稿最后写上：{}。",
    "fr": "Écrivez à la fin du brouillon : {}.",
}


@dataclass(frozen=True)
class Fact:
    """Something that was said in the chat: `about` names it, `must` is what it is by now, `old` what it was before.

    `in_table` is for a row of a pasted table, which no summary of a page holds.
    """

    id: str
    about: str
    must: Groups
    old: str | None = None
    in_table: bool = False


@dataclass(frozen=True)
class Item:
    """What is to be known of the user afterwards; `old` are the words of what was said before that."""

    words: Groups
    old: Groups | None = None


@dataclass(frozen=True)
class Own:
    """An item that the user wrote. `said` is a word of what the chat says otherwise; None where it says nothing."""

    kind: str
    text: str
    said: str | None


@dataclass(frozen=True)
class Never:
    """What no item may say, and why: `pasted`, `deleted`, `forgotten`, `once` or `older`."""

    words: Groups
    why: str


@dataclass(frozen=True)
class Session:
    """A part of the user's chats that is learned from by itself."""

    id: str
    messages: list[Message]


@dataclass(frozen=True)
class Chat:
    """A user's chats about one document. After the session `deleted_after` they delete the items with `deleted`."""

    id: str
    language: str
    document: dict[str, str]
    sessions: list[Session]
    facts: list[Fact]
    items: list[Item]
    own: list[Own]
    never: list[Never]
    deleted_after: str
    deleted: Groups

    @property
    def main(self) -> list[Message]:
        """The session that facts are asked of."""
        return next(each.messages for each in self.sessions if each.id == MAIN)

    def talk(self, fact: Fact) -> str:
        """A question that points to a fact."""
        return TALKS[self.language].format(fact.about)

    def edit(self, fact: Fact) -> str:
        """An instruction that points to it."""
        return EDITS[self.language].format(fact.about)


def chats(names: list[str] | None = None) -> list[Chat]:
    """All chats, or those of these names."""
    paths = sorted(CHATS.glob("*.json"))
    return [chat_of(json.loads(path.read_text("utf-8"))) for path in paths if not names or path.stem in names]


def chat_of(raw: dict[str, Any]) -> Chat:
    """A chat as its file holds it."""
    said = {each["text"]: each["said"] for each in raw["own_after"]}
    return Chat(
        id=raw["id"],
        language=raw["language"],
        document=raw["document"],
        sessions=[Session(each["id"], each["messages"]) for each in raw["sessions"]],
        facts=[Fact(**each) for each in raw["facts"]],
        items=[Item(**each) for each in raw["items"]],
        own=[Own(each["kind"], each["text"], said[each["text"]]) for each in raw["own"]],
        never=[Never(**each) for each in raw["never"]],
        deleted_after=raw["deleted_after"]["session"],
        deleted=raw["deleted_after"]["words"],
    )
