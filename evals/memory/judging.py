"""The judge: what a text says of a fact, and what is known against what should be. Plain functions of texts."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from evals.memory.cases import Chat, Fact, Groups

Seen = Literal["newest", "older", "missing"]


def has(text: str, groups: Groups) -> bool:
    """Whether the text has a word of each group. Case, blanks and kinds of quotation marks do not count."""
    plain = _plain(text)
    return all(any(_pattern(word).search(plain) for word in group) for group in groups)


def seen(text: str, fact: Fact) -> Seen:
    """What a text says of a fact: what it is by now, only what it was before, or nothing."""
    if has(text, fact.must):
        return "newest"
    return "older" if fact.old and has(text, [[fact.old]]) else "missing"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate({0x2019: "'", 0x201C: '"', 0x201D: '"', 0x201E: '"'}).split())


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    """The word; a number only where it is not a part of a longer one."""
    plain = _plain(word)
    before = r"(?<!\d)(?<!\d[.,])" if plain[0].isdigit() else ""
    after = r"(?![.,]?\d)" if plain[-1].isdigit() else ""
    return re.compile(before + re.escape(plain) + after)


@dataclass
class Known:
    """What is known of a user afterwards, judged: lists hold what to show, and are empty where all is right."""

    items: int = 0
    wanted: int = 0
    lost: list[str] = field(default_factory=list)
    own: int = 0
    own_changed: list[str] = field(default_factory=list)
    noted: int = 0
    not_noted: list[str] = field(default_factory=list)
    turns: int = 0
    older: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    never: dict[str, list[str]] = field(default_factory=dict)


def judged(chat: Chat, reflections: list[dict[str, Any]]) -> Known:
    """What is known, as `GET /v1/reflections` tells it, held against what the chat should have taught."""
    texts = [str(each["text"]) for each in reflections]
    owned = {own.text for own in chat.own}
    learned = [text for text in texts if text not in owned]
    found = Known(items=len(texts), wanted=len(chat.items), own=len(chat.own))
    for item in chat.items:
        saying = [text for text in texts if has(text, item.words)]
        if not saying:
            found.lost.append(_told(item.words))
        if item.old is not None:
            found.turns += 1
            found.older += [text for text in texts if has(text, item.old) and not has(text, item.words)]
    for fact in chat.facts:
        if fact.old is not None:
            found.turns += 1
            found.older += [text for text in texts if seen(text, fact) == "older"]
    found.doubled = _doubled(chat, learned)
    _judge_own(chat, reflections, found)
    for rule in chat.never:
        said = [text for text in learned if has(text, rule.words)]
        if rule.why == "older":
            found.turns += 1
            found.older += said
        found.never.setdefault(rule.why, []).extend(said)
    return found


def _doubled(chat: Chat, texts: list[str]) -> list[str]:
    """Items that say what an earlier one says: the same words that were planted, and no others that were."""
    seen_before: set[tuple[int, ...]] = set()
    found = []
    for text in texts:
        says = tuple(place for place, item in enumerate(chat.items) if has(text, item.words))
        if says and says in seen_before:
            found.append(text)
        seen_before.add(says)
    return found


def _judge_own(chat: Chat, reflections: Iterable[dict[str, Any]], found: Known) -> None:
    """The user's own items are as they were, and what the chat says otherwise is noted beside them."""
    known = {each["text"]: each for each in reflections if each["origin"] == "user"}
    for own in chat.own:
        item = known.get(own.text)
        if item is None:
            found.own_changed.append(own.text)
            continue
        beside = item["contradiction"]
        if own.said is not None:
            found.noted += 1
            if beside is None or not has(str(beside["text"]), [[own.said]]):
                found.not_noted.append(f"{own.text} ({own.said})")
        elif beside is not None and beside["text"] is not None:
            found.not_noted.append(f"{own.text}: {beside['text']}")


def _told(groups: Groups) -> str:
    return " + ".join("/".join(group) for group in groups)
