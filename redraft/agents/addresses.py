"""Addresses in what is learned of a user: none stays there but those that the user wrote.

What is learned stands in every later prompt. An address that came with a pasted text would be shown to the model again
and again, until an answer holds it as a link or, worse, as an image, which a browser fetches at once.
"""

import re
import unicodedata
from collections.abc import Collection

from redraft.agents.messages import text_of
from redraft.llm import Message
from redraft.markdown import links_added

LEFT_OUT = "…"
LONGEST_OWN = 300  # characters
_ADDRESS = re.compile(
    r"""!?\[[^\[\]]*\]\([^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\s[^()]*)?\)"""  # a Markdown link or image, with its words
    r"""|(?:[a-z][a-z0-9+.-]*:)?//[^\s<>"'`|]+"""
    r"""|(?<![a-z0-9])(?:mailto|data|javascript|vbscript|file|blob|tel|sms|ftp|ipfs|magnet):[^\s<>"'`|]+"""
    r"""|(?<![a-z0-9])www\.[^\s<>"'`|]+"""
    r"""|(?<![^\s<>()\[\]"',;:|])[^\s<>()\[\]"',;:|@]+@[^\s<>()\[\]"',;:|@]+\.[^\s<>()\[\]"',;:|@]+"""
    r"""|(?<![\w.-])(?:[\w-]+\.)+[a-z][\w-]+(?::\d+)?[/?#][^\s<>"'`|]*""",  # host.example/path
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"""```.*?(?:```|\Z)|`[^`]*`|"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‹[^›]*›|「[^」]*」|『[^』]*』|<[^>]*>"""
    r"""|!?\[[^\]]*\]\([^)]*\)|^\s*>.*$""",
    re.DOTALL | re.MULTILINE,
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MAY_LINK = re.compile(r"[:<@\[]|//|www\.", re.IGNORECASE)
_WORD = re.compile(r"\w")
_LAST = ".,;:!?)]}*_~。，；：！？）"


def own_addresses(message: Message) -> tuple[str, ...]:
    """The addresses that the user wrote in this message themselves, as far as can be told, in small letters.

    A message counts as their own words when it is one short line: what is pasted in mostly has more. Within it, what
    stands between quotation marks, as code, HTML, or a Markdown link or image, is somebody else's or is not to be said
    again. When in doubt an address is not theirs: then it is only left out of what is learned.
    """
    text = text_of(message).strip()
    if message["role"] != "user" or len(text) > LONGEST_OWN or len(text.splitlines()) > 1:
        return ()
    found = (_bare(match[0]) for match in _ADDRESS.finditer(_QUOTED.sub(" ", text)))
    return tuple(dict.fromkeys(address for address in found if address))


def addresses_in(text: str) -> tuple[str, ...]:
    """Every address in a text, as `without_addresses` compares them."""
    found = [match[0] for match in _ADDRESS.finditer(text)]
    return tuple(dict.fromkeys(_bare(address) for address in (*found, *links_added("", text))))


def without_addresses(text: str, own: Collection[str] = ()) -> str:
    """`text` with `LEFT_OUT` for each address that is not one of `own`; empty when that leaves no word, or a link."""
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    if len(_ADDRESS.findall(plain)) > len(_ADDRESS.findall(text)):
        text = plain  # letters that only look other: a model writes them as they are meant

    def kept(match: re.Match[str]) -> str:
        if _bare(match[0]) in own:
            return match[0]
        after = match[0][len(match[0].rstrip(_LAST)) :]
        return LEFT_OUT + after.lstrip(")]}*_~")

    text = _ADDRESS.sub(kept, text).strip()
    if _MAY_LINK.search(text) and any(_bare(link) not in own for link in links_added("", text)):
        return ""
    return text if _WORD.search(text) else ""


def _bare(address: str) -> str:
    return address.rstrip(_LAST).casefold()
