"""A number that a link shows, changed in where the link goes as well: `[#174](…/pull/174)`."""

import re
from collections.abc import Iterable

from redraft.agents.editing.draft import Draft
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

_LINK = re.compile(r"\[(?P<shown>[^\[\]\n]{1,200})\]\((?P<goes>[^()\s]{1,2000})\)")
_NUMBER = re.compile(r"\d{2,}")


def with_links(draft: Draft, operations: Iterable[Operation]) -> list[Operation]:
    """The operations, and with each that changes the only number a link shows, the change of where it goes."""
    made = list(operations)
    changes = [each for each in made if isinstance(each, ReplaceRange)]
    for link in _LINK.finditer(draft.task.editing) if changes else ():
        start, end = link.span("shown")
        inside = [each for each in changes if start <= each.start and each.end <= end]
        old = set(_NUMBER.findall(link["shown"]))
        if len(inside) != 1 or len(old) != 1 or any(link.start("goes") < each.end <= link.end() for each in changes):
            continue
        text, change = draft.task.editing, inside[0]
        new = set(_NUMBER.findall(f"{text[start : change.start]}{change.text}{text[change.end : end]}"))
        places = list(re.finditer(rf"(?<!\d){min(old)}(?!\d)", link["goes"]))
        if len(new) == len(places) == 1 and old != new:
            at = link.start("goes")
            made.append(ReplaceRange(at + places[0].start(), at + places[0].end(), new.pop()))
    return made
