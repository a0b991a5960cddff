"""Which addresses of images a provider may be asked to fetch: those of hosts that anybody on the internet could name.

Only names are taken, no addresses in numbers: those have many spellings, and no public image needs one. The name is
not looked up, because the provider does that itself, later and elsewhere: what it leads to is the provider's to bound.
"""

import re
import unicodedata
from urllib.parse import urlsplit

PORTS = {"http": (None, 80), "https": (None, 443)}
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.IGNORECASE)
"""RFC 3986's characters, and no others: what parsers make of a backslash or a line break differs."""
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LAST_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Begins with a letter: a host whose last label is a number is an IPv4 address in some spelling (WHATWG URL, 3.5)."""
INSIDE = (
    "localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "cluster",
    "svc", "test", "invalid", "onion",
)  # fmt: skip
"""Last labels that no public name has (RFC 6761, 6762, 7686, 8375, 9476; ICANN's list of name collisions)."""
ANYWHERE = ("nip.io", "sslip.io", "xip.io", "traefik.me", "localtest.me", "lvh.me", "vcap.me", "lacolhost.com")
"""Public names that lead to whatever address stands in them, or to this machine."""


class ForbiddenAddress(ValueError):
    """The address is not one to fetch from; the text says why, as the rest of a sentence about it."""


def public_address(address: str) -> str:
    """`address` as it is passed on: host in small letters, no fragment. Raises `ForbiddenAddress`."""
    if len(address) > 2_000 or not _ADDRESS.fullmatch(address):
        raise ForbiddenAddress("is no address of at most 2,000 ASCII characters: encode others as %XX")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress("is no valid address") from error
    if "@" in parts.netloc:
        raise ForbiddenAddress("must hold no user name or password")
    if port not in PORTS[parts.scheme]:
        raise ForbiddenAddress("must use the usual port of its scheme")
    host = _public_host(parts.netloc.partition(":")[0].lower())
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path or '/'}{query}"


def _public_host(host: str) -> str:
    labels = host.split(".")
    is_name = all(_LABEL.fullmatch(label) and _is_plain(label) for label in labels)
    if not is_name or not _LAST_LABEL.fullmatch(labels[-1]) or len(labels) < 2 or len(host) > 253:
        raise ForbiddenAddress("must name its host by a public name, such as images.example.com, and not by a number")
    if labels[-1] in INSIDE or f".{host}".endswith(tuple(f".{name}" for name in ANYWHERE)):
        raise ForbiddenAddress("must name a public host, not one of an inner network")
    return host


def _is_plain(label: str) -> bool:
    """Whether the label, where it is encoded, stands for letters that are not other letters in disguise."""
    if not label.startswith("xn--"):
        return True
    try:
        meant = label.removeprefix("xn--").encode().decode("punycode")
    except UnicodeError:
        return False
    return not meant.isascii() and unicodedata.normalize("NFKC", meant).lower() == meant
