"""Addresses that are written out, with or without a scheme, and mail addresses: next to any script or punctuation."""

import re
from collections.abc import Iterator

from redraft.markdown.links.found import past
from redraft.markdown.links.hosts import is_host

_TRIGGER = re.compile(
    r"(?P<scheme>(?<=[a-zA-Z0-9+.-]):(?=[^\s]))|(?P<www>www\d{0,3}[.。．])|(?P<host>(?<![:/a-zA-Z0-9\\])//(?=[\w\[]))|(?P<mail>@(?=\w))",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,31}\Z")
_KNOWN = re.compile(
    r"(?:https?|ftps?|wss?|file|mailto|xmpp|tel|sms|javascript|vbscript|data|blob|magnet|geo|sips?|skype|callto|facetime|"
    r"whatsapp|intent|obsidian|vscode|view-source|cid)\Z",
    re.IGNORECASE,
)
_AFTER = {
    "data": re.compile(r"[a-zA-Z]+/|[,;]"),
    "tel": re.compile(r"[+\d(]"),
    "sms": re.compile(r"[+\d(]"),
    "geo": re.compile(r"[-\d]"),
    "file": re.compile(r"[\\/]"),
    "cid": re.compile(r"\S+@"),
}
"""What must follow these words: in prose they are followed by other things."""
_REFERENCE = re.compile(r"&#?\w{1,9};\Z")
_SLASHES = re.compile(r"(?:\\?/){2}")
_SLASHES_ONLY = re.compile(r"(?:[a-zA-Z0-9+.-]*:)?[\\/]*\Z")
_WORD = re.compile(r"[^\s<>\"'`|()\[\]、。，；：！？「」『』【】《》〈〉（）“”‘’…]++")
_OPEN, _CLOSE = "([", ")]"
_FULL = re.compile(r"(?:[^\s<>`\]]++|\](?![(\[:]))*+")
_ENDING = ".,;:!?*_~'\"、。，；：！？”’…»›」』】》〉）"
_LOCAL = re.compile(r"[a-zA-Z0-9.!#$%&*+/=?^_{}~-]{1,64}\Z")
_ANY_LOCAL = re.compile(r"[\w.+-]{1,64}\Z")
_DOMAIN = re.compile(r"[\w-]++(?:\.[\w-]++)*+")
_HOST = re.compile(
    r"(?<![a-zA-Z0-9@./:\\_-])(?:[a-zA-Z0-9][a-zA-Z0-9-]*+\.)++([a-zA-Z][a-zA-Z0-9-]++|рф|中国|公司)(?=([:/?#])?)"
)
_BEFORE_FULL = ('"', "'", "=")


def bare(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Start, end and address, and whether it is only a guess that this is one; in order of appearance but for guesses.

    Where renderers do not agree on its end, an address comes once for each end.
    """
    done = chunk = 0
    for match in _TRIGGER.finditer(text):
        if match.start() < done:
            continue
        if match["mail"]:
            found = _mail(text, match, done)
            if found is not None:
                done = found[1]
                yield found
            continue
        start = _start(text, match, done)
        if start is None:
            continue
        done = end = _end(text, start)
        address = text[start:end].rstrip(_ENDING)
        if len(address) <= match.end() - start or _SLASHES_ONLY.match(address):
            done = match.end()
            continue
        yield start, end, address, False
        if start >= chunk:  # the one that goes on to the next blank; others in the same word are parts of it
            chunk = past(_FULL, text, start)
            whole = _trimmed(text[start:chunk])
            if len(whole) > len(address) and text[max(0, start - 1) : start] not in _BEFORE_FULL:
                yield start, chunk, whole, True
    yield from _hosts(text)


def _start(text: str, match: re.Match[str], done: int) -> int | None:
    """Where the address of a trigger begins."""
    at = match.start()
    if match["www"]:
        return at
    if match["host"]:
        domain = _DOMAIN.match(text, match.end())
        return at if text[match.end()] == "[" or (domain and "." in domain[0]) else None
    tail = _TAIL.search(text, max(done, at - 32), at)
    if tail is None:
        return None
    known = _KNOWN.search(tail[0])
    name = known[0].lower() if known else ""
    start = tail.start() + (known.start() if known else 0)
    if text[start - 1 : start] == ";" and _REFERENCE.search(text, max(0, start - 12), start):
        return None  # its first letters are a character reference, which is for `decoded` to resolve
    if _SLASHES.match(text, at + 1):
        return start if at - start > 1 else None
    if not name or (name in _AFTER and not _AFTER[name].match(text, at + 1)):
        return None
    return start


def _end(text: str, start: int) -> int:
    """Where the address ends at the latest: at a blank, a quote, or a bracket that none of its own has opened."""
    depth, end = 0, start
    while end < len(text):
        if text[end] in _OPEN:
            depth += 1
            end += 1
        elif text[end] in _CLOSE:
            if depth == 0:
                break
            depth -= 1
            end += 1
        else:
            word = _WORD.match(text, end)
            if word is None:
                break
            end = word.end()
    return end


def _trimmed(word: str) -> str:
    """The word without the punctuation behind it, and brackets there that it does not open."""
    spare = {close: word.count(close) - word.count(open_) for open_, close in zip(_OPEN, _CLOSE, strict=True)}
    end = len(word)
    while end:
        last = word[end - 1]
        if spare.get(last, 0) > 0:
            spare[last] -= 1
        elif last not in _ENDING:
            break
        end -= 1
    return word[:end]


def _mail(text: str, match: re.Match[str], done: int) -> tuple[int, int, str, bool] | None:
    at = match.start()
    domain = _DOMAIN.match(text, at + 1)
    if domain is None or "." not in domain[0] or not domain[0].rpartition(".")[2][:1].isalpha():
        return None
    first = max(done, at - 64)
    local = _LOCAL.search(text, first, at) or _ANY_LOCAL.search(text, first, at)
    if local is None:
        return None
    return local.start(), domain.end(), f"mailto:{local[0].lstrip('.')}@{domain[0]}", False


def _hosts(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Hosts without a scheme, as mail clients and some renderers make links of."""
    done = 0
    for match in _HOST.finditer(text):
        if (
            match.start() >= done
            and is_host(match[0], with_path=match[2] is not None)
            and match[0][:4].lower() != "www."
        ):
            done = _end(text, match.start())
            yield match.start(), done, text[match.start() : done].rstrip(_ENDING), True
