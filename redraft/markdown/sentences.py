"""Prose cut into sentences, no cut falling into emphasis, a code span, a link, math or an HTML element."""

import re

_END = re.compile(
    r"[.!?…]+[\"'”’»)\]*_~`]*(?=\s)(?:\s+)(?=[^\s])"  # an end, closing marks, white space
    r"|[。！？]+[”’」』》）\"']*\s*"
)
_MARK = re.compile(r"\\.|`+|\*+|_+|~~|\$+|[\[\]]|<(/?)([A-Za-z][\w-]*)[^<>]*?(/?)>", re.S)
_VOID = {"br", "hr", "img", "input", "wbr", "source", "meta", "link"}
_LINE_BREAK = re.compile(r"(?: {2,}|\\)(?:\r\n|\n|\r)")
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|vs|cf|Mr|Mrs|Ms|Dr|Prof|St|No|Nr|bzw|ca)\.\Z")


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a paragraph as ranges that tile it, each with the white space behind it."""
    cuts: list[int] = []
    covered = _marked(text)
    at = 0
    breaks = {match.end() for match in _LINE_BREAK.finditer(text)}
    for end in sorted({match.end() for match in _END.finditer(text)} | breaks):
        while at < len(covered) and covered[at][1] < end:
            at += 1
        inside = at < len(covered) and covered[at][0] < end
        if inside or end >= len(text) or (end not in breaks and _runs_on(text, end)):
            continue
        cuts.append(end)
    return [(start, end) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True) if start < end]


def _runs_on(text: str, end: int) -> bool:
    """Whether the sentence goes on behind what looks like its end: an abbreviation, or a small letter."""
    before = text[max(0, end - 12) : end].rstrip()
    return text[end].islower() or bool(_ABBREVIATED.search(before))


def _marked(text: str) -> list[tuple[int, int]]:
    """The ranges between paired marks, merged where they overlap, in order.

    Marks pair up by turns, not by CommonMark's rules: it takes linear time, and where it errs a sentence is too long.
    """
    open_at: dict[str, int] = {}
    depth: list[int] = []
    found: list[tuple[int, int]] = []
    for match in _MARK.finditer(text):
        mark = match[0]
        if mark[0] == "\\" or (open_at.keys() & {"`"} and mark[0] != "`"):
            continue
        if mark == "[" or (mark[0] == "<" and not match[1] and not match[3] and match[2].lower() not in _VOID):
            depth.append(match.start())
        elif mark == "]" or (mark[0] == "<" and match[1]):
            if depth:
                found.append((depth.pop(), _destination_end(text, match.end()) if mark == "]" else match.end()))
        elif mark[0] != "<" and not _stands_alone(text, match):
            key = "`" if mark[0] == "`" else mark
            if key in open_at:
                found.append((open_at.pop(key), match.end()))
            else:
                open_at[key] = match.start()
    return _merged(found)


def _destination_end(text: str, position: int) -> int:
    """Where a link's `(address)` ends that starts at `position`, if one does."""
    if not text.startswith("(", position):
        return position
    end = text.find(")", position, position + 2_000)
    return end + 1 if end >= 0 else position


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """A star between spaces, an underscore within a word: no mark."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if match[0][0] == "_" and before.isalnum() and after.isalnum():
        return True
    return match[0][0] in "*_$" and not before.strip() and not after.strip()


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
