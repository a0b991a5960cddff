"""Addresses as browsers take them, so that another spelling of one is the same one, and another one is another."""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from html import unescape
from urllib.parse import quote

_ENTITY = re.compile(r"&(#0*+[0-9]{1,7}(?![0-9])|#[xX]0*+[0-9a-fA-F]{1,6}(?![0-9a-fA-F])|[A-Za-z][A-Za-z0-9]{1,31});?")
_REMOVED = dict.fromkeys(map(ord, "\t\r\n"))  # which browsers take out of an address, wherever they stand
_ENDS = "".join(map(chr, range(0x21)))
IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
"""Characters that show nothing, as a class of a regular expression; a host is the same with and without them."""
_IGNORED = re.compile(f"[{IGNORED}]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HIDDEN = re.compile(f"{_ENTITY.pattern}|{_ESCAPE.pattern}|[{IGNORED}]++|[０-９Ａ-Ｚａ-ｚ．／：＠－]{{4,}}+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*+):")
_WEB = {"http", "https", "ftp", "ftps", "ws", "wss"}
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*+:|[\\/]{2}|www\.", re.IGNORECASE)
_AUTHORITY_END = re.compile(r"[/?#]|\Z")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_DOTS = str.maketrans("。｡．", "...")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_KEPT = "%!\"#$&'()*+,/:;<=>?@[\\]^`{|}~-._ "


def entities(text: str) -> str:
    """The text with its character references resolved."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def unescaped(text: str) -> str:
    """A Markdown destination without its escapes and character references."""
    return entities(_ESCAPE.sub(r"\1", text) if "\\" in text else text)


def cleaned(address: str) -> str:
    """The address without what browsers pass over: tabs, line ends, blanks around it."""
    return address.translate(_REMOVED).strip(_ENDS)


def is_absolute(address: str) -> bool:
    """Whether it leads elsewhere than beside the text."""
    return _ABSOLUTE.match(address) is not None


def decoded(text: str) -> tuple[str, Callable[[int], int]] | None:
    """The text without character references, escapes, characters that show nothing and full-width letters, and where
    its positions lie in `text`; None when it is the same.
    """
    pieces: list[str] = []
    froms, tos = [0], [0]
    last = length = 0
    for match in _HIDDEN.finditer(text):
        piece = _shown(match)
        if piece == match[0]:
            continue
        pieces += text[last : match.start()], piece
        length += match.start() - last + len(piece)
        last = match.end()
        froms.append(length)
        tos.append(last)
    if not pieces:
        return None
    return "".join([*pieces, text[last:]]), partial(_origin, froms, tos)


def _origin(froms: list[int], tos: list[int], position: int) -> int:
    low, high = 0, len(froms)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if froms[middle] <= position else (low, middle)
    return tos[low] + position - froms[low]


def _shown(match: re.Match[str]) -> str:
    written = match[0]
    if written[0] == "&":
        return _entity(match)
    if written[0] == "\\":
        return written[1:]
    return unicodedata.normalize("NFKC", written) if "０" <= written[0] <= "ｚ" or written[0] in "．／－" else ""


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name[0] != "#":
        return unescape(match[0])
    digits = name[1:].lstrip("xX").lstrip("0") or "0"  # Python refuses to read thousands of zeros
    return unescape(f"&#{'x' if name[1] in 'xX' else ''}{digits};")


def key(address: str) -> str:
    """What the spellings of one address have in common."""
    if address[:4].lower() == "www.":
        address = "http://" + address
    scheme = _SCHEME.match(address)
    if scheme is None:
        return "//" + _web(address[2:]) if address[:2].strip("\\/") == "" and len(address) > 2 else _path(address)
    name, rest = scheme[1].lower(), address[scheme.end() :]
    if name not in _WEB:
        return f"{name}:{rest}"
    return f"{name}://{_web(rest.replace(chr(92), '/').lstrip('/'))}"


def _web(rest: str) -> str:
    found = _AUTHORITY_END.search(rest)
    end = found.start() if found else len(rest)
    user, at, host = rest[:end].rpartition("@")
    return user + at + _host(host) + _path(rest[end:] or "/")


def _host(host: str) -> str:
    if not host.isascii() or "%" in host:
        host = _PERCENT.sub(_byte, host).encode("latin-1", "ignore").decode("utf-8", "ignore") if "%" in host else host
        host = unicodedata.normalize("NFKC", _IGNORED.sub("", host).translate(_DOTS))
    host = host.casefold()
    return ".".join(map(_label, host.split("."))).rstrip(".") if "xn--" in host else host.rstrip(".")


def _byte(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _label(label: str) -> str:
    if not label.startswith("xn--") or len(label) > 63:  # the longest that the domain name system knows
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _path(path: str) -> str:
    if "%" in path:
        path = _PERCENT.sub(_unreserved, path)
    return path if path.isascii() else quote(path, safe=_KEPT)


def _unreserved(match: re.Match[str]) -> str:
    char = _byte(match)
    return char if char in _PLAIN else match[0].upper()
