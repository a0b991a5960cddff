"""Asks a model what a chat teaches of its user, and holds the answer against the chat."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from redraft.agents import prompts
from redraft.agents.addresses import own_addresses
from redraft.agents.fences import fenced
from redraft.agents.learning.chat import Chat
from redraft.agents.learning.claims import Claim, claims_of, schema
from redraft.agents.learning.knowledge import Knowledge
from redraft.agents.learning.quotes import Source
from redraft.agents.learning.summing import SoFar, summary_in
from redraft.agents.learning.terms import terms
from redraft.agents.memory import KINDS, Evidence, Reflection, Scope
from redraft.agents.messages import SPEAKERS, characters, text_of
from redraft.agents.summarize import MAX_TOKENS as SUMMARY_TOKENS
from redraft.agents.summarize import WORDS
from redraft.agents.summarize import parts as cut_into_parts
from redraft.agents.tools import WholeAnswers
from redraft.llm import Ask, Message, estimate
from redraft.threads import in_thread_if_long

MAX_TOKENS = 3_000
"""Of one answer: about forty items with their quotes."""
PART_TOKENS = 12_000
"""Of the chat that is read at once, however large the context: what more would teach does not fit into one answer."""
LARGE = 16_384
"""Tokens of context beyond which a model is trusted to quote, and to say where an item belongs."""
ROUNDS = 3
"""Answers to one part at most: one that was cut off is asked for the rest, by then with what it taught so far."""
DOCUMENT_TOKENS = 1_000
"""Of the document's beginning: enough to tell what is being written."""
DOCUMENT_SHARE, KNOWN_SHARE, FORGOTTEN_SHARE = 1 / 8, 1 / 5, 1 / 20
"""Of the context: what the document, the items that are known, and those that were deleted may take."""
EARLIER = 4
"""Messages before the first new one that are shown, so that "the second one" is understood. Nothing rests on them."""
EARLIER_CHARACTERS = 400


@dataclass(frozen=True)
class _Part:
    """A piece of the chat as the model is shown it: `ids` are the user's messages, by the names they have here."""

    shown: str
    places: dict[str, int]


@dataclass(frozen=True)
class _Asking:
    """What is the same in all that is asked of a chat; `max_tokens` are those of what is learned."""

    chat: Chat
    document: str
    context: int
    max_tokens: int
    so_far: SoFar | None

    def about(self, part: _Part, knowledge: Knowledge) -> tuple[dict[str, Reflection], Ask]:
        """What is asked of a part, and the items that are known by the names they have there."""
        told = _told(knowledge, part.shown, int(self.context * KNOWN_SHARE))
        deleted = _deleted(knowledge, part.shown, int(self.context * FORGOTTEN_SHARE))
        large, so_far = self.context > LARGE, self.so_far
        scoped = large and (self.chat.name is not None or self.chat.conversation_id is not None)
        summed_up = so_far is not None
        form = schema(list(part.places), list(told), quoting=large, scoped=scoped, summed_up=summed_up)
        rules = prompts.LEARN
        if not large:
            rules = f"{prompts.LEARN_SIMPLY}\n{prompts.CHANGES_SIMPLY}" if told else prompts.LEARN_SIMPLY
        given = [fenced("document", self.document)] if self.document else []
        if so_far is not None:
            rules = f"{rules}\n{prompts.ALSO_SUM_UP.format(words=WORDS)}"
            given += [f"{prompts.GO_ON}\n{fenced('summary', so_far.previous)}"] if so_far.previous else []
        tokens = self.max_tokens + (SUMMARY_TOKENS if summed_up else 0)
        return told, Ask(_asked(rules, given, part, told, deleted), tokens, schema=form, partial=True)


async def learn(tools: WholeAnswers, chat: Chat, knowledge: Knowledge, so_far: SoFar | None = None) -> str | None:
    """Change `knowledge` by what the chat's new messages say. A chat that does not fit is read in parts, in order.

    With `so_far` the chat is to be summed up, too. The summary is answered where one call was enough for both; None
    where it has to be asked for by itself: the model is small, the chat was read in parts or learned from before, or
    the answer's is no good.

    A chat without new messages of the user costs nothing. Raises `ModelFailed`.
    """
    size = characters(chat.messages)
    context = tools.context_tokens("reflect")
    max_tokens = min(MAX_TOKENS, context // 4)
    room = context - max_tokens - estimate(prompts.LEARN) - 200
    # A small model that is asked for both loses names and numbers which it keeps when it only sums up.
    if so_far is not None and (context <= LARGE or not so_far.fits(chat.learned)):
        so_far = None
    if so_far is not None:
        room -= SUMMARY_TOKENS + estimate(prompts.ALSO_SUM_UP) + estimate(so_far.previous or "")
    document = _beginning(chat.document or "", min(DOCUMENT_TOKENS, int(context * DOCUMENT_SHARE)))
    room -= estimate(document) + int(context * (KNOWN_SHARE + FORGOTTEN_SHARE))
    said = await in_thread_if_long(size, _Said, chat, document, context > LARGE)
    parts = await in_thread_if_long(size, _parts, chat, max(200, min(room, PART_TOKENS)))
    so_far = so_far if len(parts) == 1 else None
    asking = _Asking(chat, document, context, max_tokens, so_far)
    summary: str | None = None
    for part in parts:
        for _ in range(ROUNDS):
            told, ask = await in_thread_if_long(size, asking.about, part, knowledge)
            answer, taught = orjson.loads(await tools.answer("reflect", ask)), knowledge.changes
            await in_thread_if_long(size, _take, claims_of(answer), said, part, told, knowledge)
            if so_far is not None and tools.cut is None:
                tokens = estimate(part.shown)
                summary = await in_thread_if_long(size, summary_in, answer, so_far, chat.messages, tokens)
            if tools.cut is None or knowledge.changes == taught:
                break
    return summary


class _Said:
    """The chat's messages, as claims are held against them."""

    def __init__(self, chat: Chat, document: str, quoting: bool) -> None:
        self.chat = chat
        self.quoting = quoting
        self.names = {name: place for place, name in enumerate(chat.ids)}
        self._sources: dict[int, Source] = {}
        shown = document.casefold()
        self._own = [{each for each in own_addresses(message) if each not in shown} for message in chat.messages]

    def evidence(self, places: Iterable[int], claim: Claim, text: str) -> list[Evidence]:
        """Of these messages, those that say it, with their words."""
        found = []
        for place in places:
            if place not in self._sources:
                self._sources[place] = Source(text_of(self.chat.messages[place]))
            source = self._sources[place]
            said = source.quote(claim.quote, text) if self.quoting else source.says(text)
            if said is not None:
                chat = self.chat
                found.append(Evidence(chat.ids[place], said, chat.at(place), chat.conversation_id))
        return found

    def addresses(self, evidence: Iterable[Evidence]) -> set[str]:
        """The addresses that the user wrote in these messages; those in the document are the document's."""
        return set[str]().union(*(self._own[self.names[each.message_id]] for each in evidence))


def _take(
    claims: Sequence[Claim], said: _Said, part: _Part, told: Mapping[str, Reflection], knowledge: Knowledge
) -> None:
    """Have the knowledge changed by what the model claims, each with the messages that really say it."""
    users = set(part.places.values())
    for claim in claims:
        item, scope = told.get(claim.item), _scope(claim, said.chat)
        # A server that holds no model to the form may have it write the ids that the client gave.
        named = (part.places.get(each, said.names.get(each, -1)) for each in claim.messages)
        places = [place for place in dict.fromkeys(named) if place in users]
        evidence = said.evidence(places, claim, claim.text or (item.text if item else ""))
        if scope is None:
            knowledge.leave_out(claim.text, "this chat only")
        else:
            knowledge.take(claim, item.id if item else None, evidence, scope, said.addresses(evidence))


def _scope(claim: Claim, chat: Chat) -> Scope | None:
    """Where it belongs; None for what holds for a chat that has no name to be known again by."""
    if claim.about == "document" and chat.name is not None:
        return Scope("document", chat.name)
    if claim.about != "writer" and chat.conversation_id is not None:
        return Scope("conversation", chat.conversation_id)
    return None if claim.about == "chat" else Scope()


def _asked(
    rules: str, given: list[str], part: _Part, told: dict[str, Reflection], deleted: Sequence[str]
) -> list[Message]:
    if told:
        items = "\n".join(f"[{name}] {each.shown}" for name, each in told.items())
        given.append(f"{prompts.KNOWN}\n{fenced('known', items)}")
    if deleted:
        given.append(f"{prompts.DELETED}\n" + fenced("deleted", "\n".join(f"- {each}" for each in deleted)))
    given.append(fenced("chat", part.shown))
    return [
        {"role": "system", "content": rules},
        {"role": "user", "content": "\n\n".join([*given, prompts.WHAT_IS_NEW if told else prompts.WHAT_IS_LEARNED])},
    ]


def _parts(chat: Chat, room: int) -> list[_Part]:
    """The new messages in pieces that fit. Names of messages are short, and begin anew with each piece."""
    found: list[_Part] = []
    new = list(chat.messages[chat.learned :])
    before = _before(chat)
    for part in cut_into_parts(new, room - estimate(before)) if any(each["role"] == "user" for each in new) else []:
        lines = [before] if before and not found else []
        places: dict[str, int] = {}
        for place, message in part:
            name = f"[m{len(places) + 1}] " if message["role"] == "user" else ""
            if name:
                places[name[1:-2]] = chat.learned + place
            lines.append(f"{name}{SPEAKERS[message['role']]}: {text_of(message) or '(an image)'}")
        if places:
            found.append(_Part("\n\n".join(lines), places))
    return found


def _before(chat: Chat) -> str:
    """The last messages that were learned from before, each by its end."""
    earlier = chat.messages[max(0, chat.learned - EARLIER) : chat.learned]
    return "\n\n".join(f"{SPEAKERS[each['role']]}: {text_of(each)[-EARLIER_CHARACTERS:]}" for each in earlier)


def _told(knowledge: Knowledge, shown: str, budget: int) -> dict[str, Reflection]:
    """The items that are known, by the names they have here: all, or those that have most to do with the chat."""
    items = [each for kind in KINDS for each in knowledge.items[kind] if each.shown]
    said = terms(shown)
    ranked = sorted(items, key=lambda each: -len(terms(each.text) & said))
    chosen, left = set[str](), budget
    for each in ranked:
        left -= estimate(each.text) + 6
        if left < 0:
            break
        chosen.add(each.id)
    return {f"k{number}": each for number, each in enumerate((i for i in items if i.id in chosen), 1)}


def _deleted(knowledge: Knowledge, shown: str, budget: int) -> list[str]:
    """What was deleted, the newest and what the chat speaks of first."""
    said, chosen, left = terms(shown), list[str](), budget
    for each in sorted(knowledge.forgotten, key=lambda each: (-len(terms(each.text) & said), -each.at.timestamp())):
        left -= estimate(each.text) + 3
        if left < 0:
            break
        chosen.append(each.text)
    return chosen


def _beginning(document: str, tokens: int) -> str:
    """About so many tokens of the document's beginning."""
    text = document[: tokens * 4]
    while text and (used := estimate(text)) > tokens:
        text = text[: int(len(text) * min(0.9, tokens / used))]
    return text
