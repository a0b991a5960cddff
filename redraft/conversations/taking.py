"""The messages of a request, with every image in them looked at before anything is accepted or stored."""

from collections.abc import Sequence
from typing import Any

from redraft.config import Settings
from redraft.conversations.models import MessageIn
from redraft.errors import FieldError, InvalidRequest
from redraft.llm import ImageRules, Message, UnusableImage, image_characters, is_remote, usable
from redraft.threads import in_thread_if_long


async def taken(messages: Sequence[MessageIn], settings: Settings, *, fetches: bool = True) -> list[Message]:
    """The messages as models take them, images made anew from what was read in them.

    `fetches` is whether the model that is to see them fetches images itself. Raises `InvalidRequest` naming the first
    images that cannot be used, and what to do.
    """
    plain = [message.plain() for message in messages]
    places = [
        (f"messages.{at}.content.{number}.image_url.url", part["image_url"])
        for at, message in enumerate(plain)
        if isinstance(message["content"], list)
        for number, part in enumerate(message["content"])
        if part["type"] == "image_url"
    ]
    if len(places) > settings.max_images:
        reason = f"is one of {len(places)} images, and a request takes {settings.max_images}: leave out the oldest"
        raise InvalidRequest(errors=[FieldError(places[settings.max_images][0], reason)])
    if places:
        await in_thread_if_long(image_characters(plain), _read, places, ImageRules.of(settings), fetches)
    return plain


def _read(places: list[tuple[str, dict[str, Any]]], rules: ImageRules, fetches: bool) -> None:
    problems: list[FieldError] = []
    for field, image in places:
        try:
            image["url"] = usable(image["url"], rules)
        except UnusableImage as error:
            problems.append(FieldError(field, str(error)))
            continue
        if is_remote(image["url"]) and not fetches:
            reason = "is an address, and this model fetches none: send the image itself as data:image/png;base64,…"
            problems.append(FieldError(field, reason))
    if problems:
        raise InvalidRequest(errors=problems)
