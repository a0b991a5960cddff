"""Learns from a chat how the user wants things written, and what is so about the user and the work."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from redraft.agents import prompts
from redraft.agents.addresses import addresses_in, own_addresses, without_addresses
from redraft.agents.fences import fenced
from redraft.agents.memory import Reflection, Reflections
from redraft.agents.messages import characters, transcript
from redraft.agents.summarize import parts
from redraft.agents.tools import AgentTools
from redraft.aside import beside
from redraft.llm import Ask, Message, estimate

MAX_TOKENS = 800
MOST_OF_EACH = 6
LONGEST_TEXT = 200  # characters
MOST_OF_THE_DOCUMENT = 1_000  # tokens of its beginning: enough to tell what is being written


async def reflect(
    tools: AgentTools, messages: Sequence[Message], ids: Sequence[str], document: str | None = None
) -> Reflections:
    """What `messages`, whose ids are `ids`, show. Each item names at least one message of the user that it rests on.

    The items' own ids are empty: whoever keeps them names them. A chat that does not fit the context is read in parts.
    Raises `ModelFailed`.
    """
    style: list[Reflection] = []
    facts: list[Reflection] = []
    own = await beside(characters(messages), _own, messages, ids, document)
    room = tools.context_tokens("reflect") - MAX_TOKENS - MOST_OF_THE_DOCUMENT - estimate(prompts.REFLECT) - 200
    for part in await beside(characters(messages), parts, messages, room):
        evidence = list(dict.fromkeys(ids[place] for place, message in part if message["role"] == "user"))
        if not evidence:
            continue
        learned = await _learn(tools, part, ids, evidence, document)
        style += _usable(learned.get("style"), evidence, own)
        facts += _usable(learned.get("facts"), evidence, own)
    return Reflections(tuple(style), tuple(facts))


def _own(messages: Sequence[Message], ids: Sequence[str], document: str | None) -> dict[str, set[str]]:
    """By the id of each message, the addresses in it that the user wrote. Those in the document are the document's."""
    shown, own = _beginning(document or "").casefold(), defaultdict[str, set[str]](set)
    for message_id, message in zip(ids, messages, strict=True):
        own[message_id].update(address for address in own_addresses(message) if address not in shown)
    return own


def _beginning(document: str) -> str:
    return document[: MOST_OF_THE_DOCUMENT * 3]


async def _learn(
    tools: AgentTools,
    part: list[tuple[int, Message]],
    ids: Sequence[str],
    evidence: list[str],
    document: str | None,
) -> dict[str, Any]:
    chat = fenced("chat", transcript([message for _, message in part], [ids[place] for place, _ in part]))
    if document:
        chat = f"{fenced('document', _beginning(document))}\n\n{chat}"
    asked: list[Message] = [
        {"role": "system", "content": prompts.REFLECT},
        {"role": "user", "content": f"{chat}\n\n{prompts.LEARN}"},
    ]
    learned = orjson.loads(await tools.answer("reflect", Ask(asked, MAX_TOKENS, schema=_schema(evidence))))
    return learned if isinstance(learned, dict) else {}


def _schema(evidence: list[str]) -> dict[str, Any]:
    """Both lists, short, each item resting on messages that exist: the decoder can write no other ids."""
    item = {
        "type": "object",
        "properties": {
            "message_ids": {"type": "array", "items": {"enum": evidence}, "minItems": 1, "maxItems": 3},
            "text": {"type": "string"},
        },
        "required": ["message_ids", "text"],
        "additionalProperties": False,
    }
    items = {"type": "array", "items": item, "maxItems": min(MOST_OF_EACH, len(evidence))}
    return {
        "type": "object",
        "properties": {"style": items, "facts": items},
        "required": ["style", "facts"],
        "additionalProperties": False,
    }


def _usable(items: Any, evidence: Sequence[str], own: Mapping[str, set[str]]) -> list[Reflection]:
    """The items that say something and rest on messages that are there: not every server enforces the schema.

    Without addresses that none of these messages has in the user's own words.
    """
    found: list[Reflection] = []
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        text, named = item.get("text"), item.get("message_ids")
        ids = tuple(dict.fromkeys(each for each in named if each in evidence)) if isinstance(named, list) else ()
        if not isinstance(text, str) or not ids:
            continue
        allowed = set[str]().union(*(own[each] for each in ids))
        text = without_addresses(" ".join(text.split())[:LONGEST_TEXT], allowed)[:LONGEST_TEXT]
        if text:
            addresses = tuple(address for address in addresses_in(text) if address in allowed)
            found.append(Reflection("", text, ids, addresses))
    return found[:MOST_OF_EACH]
