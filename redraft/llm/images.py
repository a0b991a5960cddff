"""Images in messages: what a user sent is read as an image, and only what was read goes on to a provider.

Packages of providers take a string for whatever it looks like: a path that they open, an address that they fetch. So
none of them is given a user's string; each gets base64 that was made here, under a media type that the bytes have.
"""

import binascii
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redraft.config import Settings
from redraft.llm.ask import Message
from redraft.llm.image_addresses import ForbiddenAddress, public_address
from redraft.llm.image_headers import MEDIA_TYPES, NoImage, size_of

LEFT_OUT = "(An image that cannot be shown.)"
"""Stands for an image that was stored before it was checked, and is none that may go on."""
DETAILS = ("auto", "low", "high")
_DATA = re.compile(r"data:(image/[a-z]+);base64,", re.IGNORECASE)
_CANONICAL = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/]+={0,2})")
_REMOTE = re.compile(r"https?:", re.IGNORECASE)
_TYPES = ", ".join(MEDIA_TYPES)


class UnusableImage(ValueError):
    """An image that no provider gets. The text says why and what to do, and quotes nothing of it."""


@dataclass(frozen=True)
class ImageRules:
    """What an image may be: bytes of the file, pixels, and whether addresses that a provider fetches are allowed."""

    most_bytes: int
    most_pixels: int
    remote: bool

    @classmethod
    def of(cls, settings: Settings) -> "ImageRules":
        """As the settings say."""
        return cls(settings.max_image_bytes, settings.max_image_pixels, settings.remote_images)


def is_remote(url: str) -> bool:
    """Whether it is an address to fetch from, and not the image itself."""
    return _REMOTE.match(url) is not None


def usable(url: str, rules: ImageRules) -> str:
    """`url` made anew from what was read in it: a `data:` URL of an image, or an address. Raises `UnusableImage`."""
    if not is_remote(url):
        return _data(url, rules)
    if not rules.remote:
        reason = "is an address, and this deployment takes none: send the image itself as data:image/png;base64,…"
        raise UnusableImage(f"{reason} (REDRAFT_REMOTE_IMAGES allows addresses)")
    try:
        return public_address(url)
    except ForbiddenAddress as error:
        raise UnusableImage(str(error)) from error


def _data(url: str, rules: ImageRules) -> str:
    declared = _DATA.match(url)
    media_type = declared[1].lower() if declared else ""
    if not declared or media_type not in MEDIA_TYPES:
        raise UnusableImage(f"must be data:<type>;base64,<the image>, the type one of {_TYPES}")
    if (len(url) - declared.end()) // 4 * 3 - 2 > rules.most_bytes:
        raise _too_large(rules)
    try:
        content = binascii.a2b_base64(url[declared.end() :].encode("ascii"), strict_mode=True)
    except (ValueError, UnicodeEncodeError) as error:
        raise UnusableImage("is not valid base64: use A-Z, a-z, 0-9, +, / and = at the end, nothing else") from error
    if len(content) > rules.most_bytes:
        raise _too_large(rules)
    try:
        width, height = size_of(media_type, content)
    except NoImage as error:
        raise UnusableImage(f"is not an image of type {media_type}: it {error}") from error
    if width * height > rules.most_pixels:
        raise UnusableImage(f"has more than {rules.most_pixels} pixels: scale it down (REDRAFT_MAX_IMAGE_PIXELS)")
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def _too_large(rules: ImageRules) -> UnusableImage:
    return UnusableImage(f"is over {rules.most_bytes} bytes: scale it down (REDRAFT_MAX_IMAGE_BYTES)")


def remote_in(messages: Sequence[Message]) -> bool:
    """Whether any part is an address; of messages that are `sound`."""
    return any(is_remote(part["image_url"]["url"]) for part in _parts(messages) if part["type"] == "image_url")


def sound(messages: Sequence[Message], rules: ImageRules) -> list[Message]:
    """The messages with every part made anew; `LEFT_OUT` stands for images that are not `usable`.

    A request with such an image was refused, so they are in messages that were stored before images were checked. They
    must not make the conversation impossible to go on with.
    """
    return [
        {**message, "content": [_sound(part, rules) for part in message["content"]]}
        if isinstance(message["content"], list)
        else message
        for message in messages
    ]


def _sound(part: dict[str, Any], rules: ImageRules) -> dict[str, Any]:
    if part.get("type") == "text":
        return {"type": "text", "text": str(part.get("text", ""))}
    address = part.get("image_url")
    try:
        if part.get("type") != "image_url" or not isinstance(address, dict):
            raise UnusableImage("is no image")
        image = {"url": usable(str(address.get("url")), rules)}
    except UnusableImage:
        return {"type": "text", "text": LEFT_OUT}
    detail = address.get("detail")
    return {"type": "image_url", "image_url": image | ({"detail": detail} if detail in DETAILS else {})}


def image_characters(messages: Sequence[Message]) -> int:
    """How much there is to read for `sound`."""
    addresses = (part.get("image_url") for part in _parts(messages))
    return sum(len(str(address.get("url"))) for address in addresses if isinstance(address, dict))


def as_blocks(content: Any, *, remote: bool) -> Any:
    """A message's content with images as LangChain's own blocks. `remote` is whether addresses may be among them.

    Raises `UnusableImage` for what is not as `sound` makes it.
    """
    return [_block(part, remote) for part in content] if isinstance(content, list) else content


def _block(part: dict[str, Any], remote: bool) -> dict[str, Any]:
    if part["type"] == "text":
        return part
    url = part["image_url"]["url"]
    if found := _CANONICAL.fullmatch(url):
        return {"type": "image", "mime_type": found[1], "base64": found[2]}
    if not (remote and is_remote(url)):
        raise UnusableImage("is no image that was read")
    return {"type": "image", "url": url}


def _parts(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
