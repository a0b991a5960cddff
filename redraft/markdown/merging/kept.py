"""One side rewrote a place, and what the other changed there can still be found in the rewriting."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Sequence

from redraft.markdown.merging.changes import changes
from redraft.markdown.merging.tokens import is_word, visible

Words = Sequence[str]

MOST = 20  # changes of one side up to which they are looked for in what the other wrote
SHARE = 0.25  # of the words that one side added, those that the other added too

# What is copied whole, whatever is written around it: an address behind a link's text, or bare; a code span.
_THING = re.compile(r"(?<=\]\()[^)\s]*|https?://[^\s)>\]]+|(?<!`)`[^`\n]+`(?!`)")


def renewed(base: str, less: str, more: str) -> str | None:
    """`more` with the addresses and code spans that `less` changed, or None.

    `less` is `base` but for these, and `more` still holds the old ones, each as often as `base`.
    """
    if _THING.sub("\0", base) != _THING.sub("\0", less):
        return None
    old, new = _THING.findall(base), _THING.findall(less)
    before, there = Counter(old), Counter(_THING.findall(more))
    changed = {thing for thing, other in zip(old, new, strict=True) if thing != other}
    if any(before[thing] != there[thing] for thing in changed):
        return None
    turns: defaultdict[str, deque[str]] = defaultdict(deque)
    for thing, other in zip(old, new, strict=True):
        turns[thing].append(other)
    return _THING.sub(lambda match: turns[match[0]].popleft() if match[0] in changed else match[0], more)


def includes(base: Words, less: Words, more: Words) -> bool:
    """Whether `more` has every change that `less` made: what it added stands there too, what it deleted is gone.

    What it added must be a good part of what `more` added: one word in a sentence written anew is chance.
    """
    found = changes(base, less)
    if len(found) > MOST:
        return False
    there, before = _text(more), _text(base)
    added = 0
    for change in found:
        old, new = visible(base[change.start : change.end]), visible(less[change.new_start : change.new_end])
        if new and there.count(_text(new)) <= before.count(_text(new)):
            return False
        if old and there.count(_text(old)) >= before.count(_text(old)):
            return False
        added += sum(map(is_word, new))
    return added > 0 and added >= SHARE * (Counter(filter(is_word, more)) - Counter(filter(is_word, base))).total()


def _text(run: Words) -> str:
    return "\0".join(["", *visible(run), ""])
