"""Two cut texts compared: which ranges of one became which of the other, so that each may be taken without the rest.

The grain follows the kind of block: sentences of prose, items of a list, rows of a table, lines of code. Where a
change touches what holds a block together (fence lines, header and delimiter row, the kind of list) the whole block
is one range, for half of it would be broken.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redraft.markdown.align import common_prefix, common_suffix
from redraft.markdown.blocks import LINE_END, Block, Outline
from redraft.markdown.diff import opcodes
from redraft.markdown.sentences import sentences

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_WORD = re.compile(r"[\w\u0300-\u036f\u200d\ufe0f]+|\s+|.", re.S)
_MARKER = re.compile(r"(?:[-+*]|\d{1,9}[.)])[ \t]*")
_ALIKE = 0.4  # of the words in common: blocks of one kind that are the same one, rewritten
_NEAR = 20  # blocks among which a rewritten one is looked for


@dataclass(frozen=True, slots=True)
class Range:
    """`a[a1:a2]` became `b[b1:b2]`; code points of the two texts."""

    a1: int
    a2: int
    b1: int
    b2: int


def compare(a: Outline, b: Outline) -> list[Range]:
    """What differs, in order: with every range replaced, `a` is `b`."""
    found = _Comparison(a, b)
    found.run(a.blocks, b.blocks, Range(0, len(a.text), 0, len(b.text)))
    return found.ranges


class _Comparison:
    def __init__(self, a: Outline, b: Outline) -> None:
        self.a, self.b = a, b
        self.ranges: list[Range] = []

    def run(self, olds: Sequence[Block], news: Sequence[Block], span: Range) -> None:
        """Compare two runs of siblings and the gaps around them, which fill the span."""
        at_a, at_b = span.a1, span.b1
        for old, new in self._paired(olds, news):
            if old and new:
                self._add(at_a, old.start, at_b, new.start)
                self._pair(old, new)
                at_a, at_b = old.end, new.end
            elif old:
                self._add(at_a, old.end, at_b, at_b)
                at_a = old.end
            elif new:
                self._add(at_a, at_a, at_b, new.end)
                at_b = new.end
        self._add(at_a, span.a2, at_b, span.b2)

    def _paired(self, olds: Sequence[Block], news: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        """Each block with what it became; alone when it is gone, or new. In order."""
        for code in opcodes([self._key(self.a, each) for each in olds], [self._key(self.b, each) for each in news]):
            left, right = olds[code.a1 : code.a2], news[code.b1 : code.b2]
            if code.tag == "equal":
                yield from zip(left, right, strict=True)
            else:
                yield from self._rewritten(left, right)

    def _rewritten(self, left: Sequence[Block], right: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        if len(left) == len(right) and all(old.kind == new.kind for old, new in zip(left, right, strict=True)):
            yield from zip(left, right, strict=True)
            return
        words = [_words(self.b.source(new)) for new in right]
        first = 0
        for old in left:
            own = _words(self.a.source(old))
            for index in range(first, min(len(right), first + _NEAR)):
                if old.kind == right[index].kind and _alike(own, words[index]):
                    yield from ((None, new) for new in right[first:index])
                    yield old, right[index]
                    first = index + 1
                    break
            else:
                yield old, None
        yield from ((None, new) for new in right[first:])

    def _key(self, outline: Outline, block: Block) -> tuple[str, str]:
        """An item's number does not count: it changes with its neighbours."""
        source = outline.source(block)
        return block.kind, _MARKER.sub("", source, count=1) if block.kind == "item" else source

    def _pair(self, old: Block, new: Block) -> None:
        before, after = self.a.source(old), self.b.source(new)
        span = Range(old.start, old.end, new.start, new.end)
        if before == after:
            return
        match old.kind:
            case "quote" | "item":
                self.run(old.children, new.children, span)
            case "list" if _marks(before) == _marks(after):
                self.run(old.children, new.children, span)
            case "table" if self._head(self.a, old) == self._head(self.b, new):
                self.run(old.children, new.children, span)
            case "paragraph" | "footnote":
                self._parts(_cut(before, sentences(before)), _cut(after, sentences(after)), span)
            case "fence" | "front_matter" if _frame(before) == _frame(after):
                self._parts(_LINE.findall(before), _LINE.findall(after), span)
            case "definitions":
                self._parts(_LINE.findall(before), _LINE.findall(after), span)
            case _:
                self._add(old.start, old.end, new.start, new.end)

    def _head(self, outline: Outline, table: Block) -> str:
        """Header and delimiter row, without padding."""
        end = table.children[1].start if len(table.children) > 1 else table.end
        return re.sub(r"[ \t]+|-+", lambda match: match[0][0], outline.text[table.start : end])

    def _parts(self, old: list[str], new: list[str], span: Range) -> None:
        """Compare sentences or lines; as many for as many are taken one by one."""
        at_a, at_b = _starts(old, span.a1), _starts(new, span.b1)
        for code in opcodes(old, new):
            if code.tag == "equal":
                continue
            if code.a2 - code.a1 == code.b2 - code.b1:
                for shift in range(code.a2 - code.a1):
                    i, j = code.a1 + shift, code.b1 + shift
                    self._add(at_a[i], at_a[i + 1], at_b[j], at_b[j + 1], apart=True)
            else:
                self._add(at_a[code.a1], at_a[code.a2], at_b[code.b1], at_b[code.b2], apart=True)

    def _add(self, a1: int, a2: int, b1: int, b2: int, *, apart: bool = False) -> None:
        """Note a range that differs, without the words that both sides of it share at its ends.

        What touches the range before it is one with it, unless they are known to stand `apart`.
        """
        before, after = self.a.text[a1:a2], self.b.text[b1:b2]
        if before == after:
            return
        if not apart and self.ranges and (last := self.ranges[-1]).a2 == a1 and last.b2 == b1:
            self.ranges[-1] = Range(last.a1, a2, last.b1, b2)
            return
        head, tail = _shared(_WORD.findall(before), _WORD.findall(after))
        self.ranges.append(Range(a1 + head, a2 - tail, b1 + head, b2 - tail))


def _shared(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many characters the words take that both share at their start, and at their end."""
    head = common_prefix(old, new)
    tail = common_suffix(old, new, head)
    return sum(map(len, old[:head])), sum(map(len, old[len(old) - tail :]))


def _words(source: str) -> Counter[str]:
    return Counter(word for word in _WORD.findall(source) if not word.isspace())


def _alike(a: Counter[str], b: Counter[str]) -> bool:
    return (a & b).total() >= _ALIKE * (a | b).total()


def _marks(source: str) -> str:
    """What the first marker of a list says of its kind."""
    match = _MARKER.match(source.lstrip())
    return match[0].strip()[-1:] if match else ""


def _frame(source: str) -> tuple[str, str]:
    """First and last line."""
    lines = LINE_END.split(source)
    return lines[0], lines[-1].strip()


def _cut(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


def _starts(parts: list[str], offset: int) -> list[int]:
    starts = [offset]
    for part in parts:
        starts.append(starts[-1] + len(part))
    return starts
