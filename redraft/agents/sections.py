"""The form of a summary: Markdown under a few fixed headings, and which of its lines are rules of the writer's own.

A rule reaches the model as an instruction, so it must be the writer's: a line counts only when a message of theirs says
it outside of what they quote or paste.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from redraft.agents.addresses import own_addresses, without_addresses
from redraft.agents.cutting import closed, fenced_lines
from redraft.agents.messages import text_of
from redraft.agents.splitting import STEM
from redraft.agents.stems import Words, words_of
from redraft.llm import Message

INSTRUCTIONS = "Instructions"
DECIDED = "Decided"
OPEN = "Open"
SO_FAR = "So far"
LONGEST_RULE = 200  # characters
MOST_RULES = 30
LONGEST_OWN = 1_500
"""Characters of a message that is the writer's own all through; of a longer one, only the first and last paragraph."""
ENOUGH = 0.6
ENOUGH_WITH_NAMES = 0.3
"""How much of a rule's words one message must have, and how much when it has all its numbers and names."""
LONGEST_PLACEHOLDER = 8
"""Characters of a single word under a heading that says that there is nothing ("None.")."""
MOST_MENTIONED = 2
"""Words between quotation marks that the writer only mentions ("write “colour”"); more of them are somebody else's."""
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.{0,80})$")
_WORD = re.compile(r"\w")
_LABEL = re.compile(
    r"^\s*(?:[-*+•>]|\d{1,3}[.)])?\s*(?:\*\*)?(?:Writer|Assistant|App|Decided|Assistant suggested):(?:\*\*)?"
)
_OURS = {name.casefold(): name for name in (INSTRUCTIONS, DECIDED, OPEN, SO_FAR)}
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_PASTED = re.compile(  # each part stops where another of its kind begins: hostile texts must not take long
    r"""(?P<mark>```|~~~).*?(?:(?P=mark)|\Z)|<(?P<tag>blockquote|pre|code|q|table)\b.*?(?:</(?P=tag)\s*>|\Z)|`[^`]*`"""
    r"""|"[^"]*"|“[^“”"]*[”"]|„[^„“”"]*[“”"]|«[^«»]*»|»[^«»]*«|‹[^‹›]*›|「[^「」]*」|『[^『』]*』|《[^《》]*》"""
    r"""|<[^<>\n]*>|(?<!\w)['‘](?=\w)(?:[^\n'’‘]|(?<=\w)['’](?=\w))+['’](?!\w)|!?\[[^\[\]]*\]\([^()]*\)"""
    r"""|^[ \t]*>[^\n]*$|^(?: {4}|\t)(?!\s*(?:[-*+•]|\d+[.)])\s)[^\n]*$""",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


_FRAMING = """
from now on always never ever again please every each all any only must should will the this that and for with
từ bây giờ nay trở luôn không bao đừng hãy nhé mọi tất siempre nunca jamás ahora partir desde adelante favor
toujours jamais désormais maintenant dorénavant tous toutes les sempre mai ora agora diante
immer nie niemals jetzt künftig bitte alle всегда никогда теперь впредь пожалуйста все
"""
FRAMING = frozenset(word[:STEM] for word in _FRAMING.split())
"""Words that make a sentence a rule and tell no rule from another; other languages do without, and lose little."""


@dataclass(frozen=True)
class Form:
    """A summary taken apart: the rules, one a line, and all the rest as it stands."""

    rules: tuple[str, ...]
    rest: str


def form_of(summary: str) -> Form:
    """The lines under the heading "Instructions" that are short enough to be rules, and the rest.

    Lines that are too long, too many, or in a code block are put under "So far".
    """
    lines = summary.splitlines()
    rules: list[str] = []
    rest: list[str] = []
    moved: list[str] = []
    under = ""
    for line, block in zip(lines, fenced_lines(lines), strict=True):
        heading = None if block else _HEADING.match(line)
        if heading is not None:
            under = _OURS.get(heading[1].strip("*_:：# \t").casefold(), heading[1])
            if under != INSTRUCTIONS:
                rest.append(f"## {under}" if under in _OURS.values() else line)
        elif under != INSTRUCTIONS:
            rest.append(line)
        elif block:
            moved.append(line)
        elif rule := " ".join(_BULLET.sub("", line, count=1).split()):
            short = len(rule) <= LONGEST_RULE and len(rules) < MOST_RULES
            (rules if short else moved).append(rule if short else f"- {rule}")
    return Form(tuple(dict.fromkeys(rules)), _without_empty(_under_so_far("\n".join(rest), moved)))


def formed(rules: Iterable[str], rest: str) -> str:
    """The summary again: the rules first, under their heading."""
    told = "\n".join(f"- {rule}" for rule in rules)
    return "\n\n".join(part for part in (f"## {INSTRUCTIONS}\n{told}" if told else "", rest.strip("\n")) if part)


@dataclass(frozen=True)
class Evidence:
    """What tells the writer's own rules from others': their messages' words, what they pasted, their addresses.

    `rules` are those of the summary before, which were held against it when that was made.
    """

    own: tuple[Words, ...]
    pasted: tuple[Words, ...]
    addresses: frozenset[str]
    rules: frozenset[str]


def evidence_of(messages: Sequence[Message], previous: str | None, *, own: bool = False) -> Evidence:
    """What `messages` and the summary before them show; with `own`, the writer wrote that themselves."""
    rules = form_of(previous or "").rules
    written = [*messages, {"role": "user", "content": previous}] if previous and own else messages
    said, pasted = _own_and_pasted(written)
    addresses = frozenset(address for message in written for address in own_addresses(message))
    return Evidence((*said, *map(words_of, rules)), tuple(pasted), addresses, frozenset(rules))


def with_own_rules(summary: str, evidence: Evidence) -> str:
    """`summary`, in which every rule is one that the writer gave.

    All others, and those with an address that the writer did not write, are put under "So far".
    """
    form = form_of(summary)
    rules: list[str] = []
    others: list[str] = []
    for rule in form.rules:
        clean = rule in evidence.rules or without_addresses(rule, evidence.addresses) == rule
        if clean and _is_own(words_of(rule), evidence):
            rules.append(rule)
        elif len(rule.split()) > 1 or len(rule) > LONGEST_PLACEHOLDER:
            others.append(f"- {rule}")
    return formed(rules, _under_so_far(form.rest, others)) or "\n".join(f"- {rule}" for rule in form.rules)


def merged(first: str, second: str) -> str:
    """Both summaries in one: under each heading the lines of `first`, then those of `second` that are not there."""
    one, two = form_of(first), form_of(second)
    sections = _sections(one.rest)
    for heading, lines in _sections(two.rest).items():
        there = {line.strip() for line in sections.get(heading, ()) if line.strip()}
        numbers = fenced_lines(lines)
        new = [line for line, number in zip(lines, numbers, strict=True) if number or line.strip() not in there]
        sections[heading] = [*closed("\n".join(sections.get(heading, ()))).rstrip().splitlines(), *new]
    told = [f"{heading}\n" * bool(heading) + "\n".join(lines).strip("\n") for heading, lines in sections.items()]
    rules = dict.fromkeys((*one.rules, *two.rules))
    return formed(rules, "\n\n".join(part for part in told if part.strip()))


def has_words(text: str) -> bool:
    """Whether `text` says anything beside headings, bullets and labels."""
    lines = [line for line in text.splitlines() if not _HEADING.match(line)]
    return any(_WORD.search(_LABEL.sub("", line)) for line in lines)


def _sections(rest: str) -> dict[str, list[str]]:
    """The lines under each heading; those before the first under ""."""
    lines = rest.splitlines()
    found: dict[str, list[str]] = {}
    under = ""
    for line, block in zip(lines, fenced_lines(lines), strict=True):
        if not block and _HEADING.match(line):
            under = line
            found.setdefault(under, [])
        else:
            found.setdefault(under, []).append(line)
    return found


def as_material(summary: str) -> str:
    """`summary` without rules: what stood there as such is under "So far"."""
    form = form_of(summary)
    return formed((), _under_so_far(form.rest, [f"- {rule}" for rule in form.rules]))


def _is_own(rule: Words, evidence: Evidence) -> bool:
    """Whether some message of the writer's says the rule, and nothing that they pasted says it better."""
    rule = replace(rule, telling=rule.telling - FRAMING)
    best = max((rule.share_in(said) for said in evidence.own), default=0.0)
    if best < ENOUGH and not any(_is_named(rule, said) for said in evidence.own):
        return False
    return best >= max((rule.share_in(said) for said in evidence.pasted), default=0.0)


def _is_named(rule: Words, said: Words) -> bool:
    return bool(rule.names) and rule.names <= said.all and rule.share_in(said) >= ENOUGH_WITH_NAMES


def _own_and_pasted(messages: Sequence[Message]) -> tuple[list[Words], list[Words]]:
    own: list[Words] = []
    pasted: list[Words] = []
    for message in messages:
        if message["role"] != "user":
            continue
        text = text_of(message)
        quoted = [match[0] for match in _PASTED.finditer(text) if not _is_mentioned(match)]
        said = _PASTED.sub(lambda match: match[0] if _is_mentioned(match) else " ", text)
        if len(said) > LONGEST_OWN:
            paragraphs = [part for part in re.split(r"\n\s*\n", said) if part.strip()]
            quoted += paragraphs[1:-1]
            said = "\n".join([*paragraphs[:1], *paragraphs[1:][-1:]])
        own.append(words_of(said))
        pasted += [words_of(line) for part in quoted for line in part.splitlines() if line.strip()]
    return own, pasted


def _is_mentioned(match: re.Match[str]) -> bool:
    return match[0][0] not in "`~<>![ \t" and len(match[0].split()) <= MOST_MENTIONED and match[0].isprintable()


def _under_so_far(rest: str, lines: Sequence[str]) -> str:
    if not lines:
        return rest
    kept = closed(rest).rstrip().splitlines()
    at = next((at for at, line in enumerate(kept) if line == f"## {SO_FAR}"), None)
    if at is None:
        headed = any(line.startswith("## ") for line in kept)
        return "\n".join([*kept, "", f"## {SO_FAR}", *lines] if headed or not kept else [*kept, *lines]).strip("\n")
    return "\n".join([*kept[: at + 1], *lines, *kept[at + 1 :]])


def _without_empty(rest: str) -> str:
    """Without those of our headings that have nothing under them."""
    lines = rest.splitlines()
    kept: list[str] = []
    for place, line in enumerate(lines):
        if line.startswith("## ") and line[3:] in _OURS.values():
            after = next((later for later in lines[place + 1 :] if later.strip()), None)
            if after is None or _HEADING.match(after):
                continue
        kept.append(line)
    return "\n".join(kept).strip("\n")
