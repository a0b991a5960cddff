"""What a model claims to have learned: the form it answers in, and how an answer is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redraft.agents.memory import KINDS, Kind

Do = Literal["add", "replace", "remove", "same"]
About = Literal["writer", "document", "chat"]
ABOUT: tuple[About, ...] = ("writer", "document", "chat")
MOST_MESSAGES = 3  # that an item rests on
MOST_OF_EACH = 20
"""Items of a list in one answer."""
AT_LEAST, MORE_A_MESSAGE = 6, 2
"""Items that a list may have, and more for each message: one with many rules teaches them all, and a loop of a small
model ends."""


@dataclass(frozen=True)
class Claim:
    """One change that a model proposes: `item` is the id it gave an item that is known, and `kind` that of a new one.

    `messages` are the ids, as the model was told them, of those that say so, and `quote` is what they say; None where
    the model left it out, which only servers without schemas let it do.
    """

    do: Do
    text: str
    messages: tuple[str, ...]
    quote: str | None
    item: str = ""
    kind: Kind = "facts"
    about: About = "writer"


def schema(
    messages: Sequence[str], known: Sequence[str], *, quoting: bool, scoped: bool, summed_up: bool = False
) -> dict[str, Any]:
    """The form: new items, each resting on messages that exist, and what became of the `known` ones.

    `quoting` is whether the words of the messages are asked for, `scoped` whether an item can belong to one document or
    chat, `summed_up` whether a summary of the chat is asked for, too. That comes last: an answer that is cut off has
    the items that came before.
    """
    evidence: dict[str, Any] = {
        "message_ids": {"type": "array", "items": {"enum": list(messages)}, "minItems": 1, "maxItems": MOST_MESSAGES},
    }
    if quoting:
        evidence["quote"] = {"type": "string"}
    about: dict[str, Any] = {"about": {"enum": list(ABOUT)}} if scoped else {}
    most = min(MOST_OF_EACH, AT_LEAST + MORE_A_MESSAGE * len(messages))
    new = _list(evidence | {"text": {"type": "string"}} | about, most)
    form: dict[str, Any] = dict.fromkeys(KINDS, new)
    if known:
        change = {"id": {"enum": list(known)}, "do": {"enum": ["same", "replace", "remove"]}}
        form["changes"] = _list(change | evidence | {"text": {"type": "string"}}, most)
    if summed_up:
        form["summary"] = {"type": "string"}
    return _object(form)


def claims_of(answer: Any) -> list[Claim]:
    """The claims of an answer, read leniently: not every server holds a model to the form."""
    if not isinstance(answer, dict):
        return []
    found = [claim for kind in KINDS for each in _items(answer.get(kind)) if (claim := _added(each, kind))]
    return found + [claim for each in _items(answer.get("changes")) if (claim := _changed(each))]


def _added(item: dict[str, Any], kind: Kind) -> Claim | None:
    text, told = _line(item.get("text")), item.get("about")
    about: About = told if told in ABOUT else "writer"
    return Claim("add", text, _ids(item), _quote(item), kind=kind, about=about) if text else None


def _changed(item: dict[str, Any]) -> Claim | None:
    do, text, name = item.get("do"), _line(item.get("text")), item.get("id")
    if do not in ("same", "replace", "remove") or not isinstance(name, str) or (do == "replace" and not text):
        return None
    return Claim(do, text, _ids(item), _quote(item), item=name)


def _items(told: Any) -> list[dict[str, Any]]:
    return [each for each in told if isinstance(each, dict)][:MOST_OF_EACH] if isinstance(told, list) else []


def _ids(item: dict[str, Any]) -> tuple[str, ...]:
    told = item.get("message_ids")
    return tuple(each for each in told if isinstance(each, str)) if isinstance(told, list) else ()


def _quote(item: dict[str, Any]) -> str | None:
    return _line(item["quote"]) if "quote" in item else None


def _line(told: Any) -> str:
    return " ".join(told.split()) if isinstance(told, str) else ""


def _list(properties: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties), "maxItems": most}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
