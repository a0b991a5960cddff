"""A number that a link shows, changed in where the link goes as well: `[#174](…/pull/174)`."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from redraft.agents.editing.draft import Draft
from redraft.markdown import Operation
from redraft.markdown.operations import ReplaceRange

_LINK = re.compile(r"\[(?P<shown>[^\[\]\n]{1,200})\]\((?P<goes>[^()\s]{1,2000})\)")
_NUMBER = re.compile(r"\d{2,}")


def with_links(draft: Draft, operations: Iterable[Operation]) -> list[Operation]:
    """The operations, and with each that changes the only number a link shows, the change of where it goes."""
    made = list(operations)
    changes = sorted((each for each in made if isinstance(each, ReplaceRange)), key=lambda each: each.start)
    starts, ends = [each.start for each in changes], [each.end for each in changes]
    for link in _LINK.finditer(draft.task.editing) if changes else ():
        start, end = link.span("shown")
        inside = changes[bisect_left(starts, start) : bisect_right(ends, end)]
        old = set(_NUMBER.findall(link["shown"]))
        is_told = bisect_right(ends, link.start("goes")) < bisect_right(
            ends, link.end()
        )  # where it goes changes already
        if len(inside) != 1 or len(old) != 1 or is_told:
            continue
        text, change = draft.task.editing, inside[0]
        new = set(_NUMBER.findall(f"{text[start : change.start]}{change.text}{text[change.end : end]}"))
        places = list(re.finditer(rf"(?<!\d){min(old)}(?!\d)", link["goes"]))
        if len(new) == len(places) == 1 and old != new:
            at = link.start("goes")
            made.append(ReplaceRange(at + places[0].start(), at + places[0].end(), new.pop()))
    return made
