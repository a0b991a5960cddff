"""Words that a model repeats loosely: plain spaces, quotation marks and dashes where the text has others.

What is found so keeps the spelling of the text wherever the new words only repeat it.
"""

import re
import unicodedata
from difflib import SequenceMatcher

SPACE = r"(?:[^\S\r\n]*(?:\r\n|\n|\r)[ \t>]*|[^\S\r\n]+)"
"""White space within a paragraph: one line end at most, and what the next line starts with in a quote or an item."""
_TOKEN = re.compile(rf"{SPACE}|(?:\w[\u00ad\u200b\u2060]*(?:[^\W\w]|[\u0300-\u036f])*)+|\.{{3}}|.[\ufe0e\ufe0f]?", re.S)
_ASCII = re.compile(r"[\x00-\x7f]+(?=[\x00-\x7f]|\Z)")  # the last one may have an accent behind it
_UNSEEN = dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF])
_JOINS = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")  # goes on with the emoji before it
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
    }
)
_LINES = re.compile(r"[\r\n]")
_MOST_TOKENS = 4_000  # of both texts together: comparing them takes their product in the worst case


def occurrences(text: str, find: str, within: tuple[int, int], *, caseless: bool = False) -> list[tuple[int, int]]:
    """Where `find` stands between two positions, whatever the kind of spaces, quotation marks, dashes and accents."""
    flags = re.IGNORECASE if caseless else 0
    folded, starts, ends = _folded(text[within[0] : within[1]])
    wanted = SPACE.join(map(re.escape, _folded(find)[0].split()))
    found: list[tuple[int, int]] = []
    for match in re.compile(wanted, flags).finditer(folded) if wanted else ():
        first, last = starts[match.start()], ends[match.end() - 1]
        whole = _is_edge(starts, match.start()) and _is_edge(starts, match.end())
        if whole and (not found or within[0] + first >= found[-1][1]):
            found.append((within[0] + first, within[0] + last))
    return found


def is_within_one(text: str, at: int) -> bool:
    """Whether a position lies within a character as the reader sees it: a letter and its accent, a joined emoji, a
    flag of two letters."""
    if not 0 < at < len(text) or text.isascii():
        return False
    if unicodedata.combining(text[at]) or _JOINS.match(text[at]) or text[at - 1] == "\u200d":
        return True
    start = at
    while start and _FLAG_LETTER.match(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 1 and _FLAG_LETTER.match(text[at]) is not None


def as_it_was(old: str, new: str, find: str) -> str:
    """`new`, with what it repeats of `old` spelled as there; `find` is how the model repeated `old`.

    Where `new` differs from `find` in spelling alone, the spelling is what was asked for.
    """
    if plain(new) == plain(find):
        return new
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(before) + len(after) > _MOST_TOKENS:
        return new
    given = set(_TOKEN.findall(find))
    keys = [plain(each).casefold() for each in before], [plain(each).casefold() for each in after]
    same = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    pairs = {match.b + step: match.a + step for match in same for step in range(match.size)}
    made: list[str] = []
    for at, token in enumerate(after):
        there = pairs.get(at)
        repeats = there is not None and _is_kept(before[there], token, given)
        if repeats and there is not None and _LINES.search(before[there]):
            repeats = at - 1 in pairs or at + 1 in pairs  # else all around it is new, the lines too
        made.append(before[there] if repeats and there is not None else token)
    return "".join(_with_spaces(made, before, after, pairs))


def plain(text: str) -> str:
    """The text as it is compared: composed, without what is not seen, with plain spaces, quotation marks and dashes."""
    folded = unicodedata.normalize("NFC", text.translate(_UNSEEN)).translate(_PLAIN)
    return re.sub(SPACE, " ", folded)


def _is_kept(old: str, new: str, given: set[str]) -> bool:
    """Whether a token of the text stays where the new words have an equal one: theirs is no more special.

    In another case it is equal only if the model repeated it so: `given` is what it quoted.
    """
    if plain(old) != plain(new) and new not in given:
        return False
    if new.isspace():
        return old == new or not new.strip(" \t")
    return unicodedata.normalize("NFC", new) == unicodedata.normalize("NFC", plain(new)) or plain(old) != old


def _with_spaces(made: list[str], before: list[str], after: list[str], pairs: dict[int, int]) -> list[str]:
    """Spaces between new words as the old ones at that place have them, where these are of a special kind."""
    for at, each in enumerate(after):
        left = pairs.get(at - 1)
        if at in pairs or each != " " or left is None or left + 1 >= len(before):
            continue
        there = before[left + 1]
        if there.isspace() and not _LINES.search(there):
            made[at] = there
    return made


def _folded(text: str) -> tuple[str, list[int], list[int]]:
    """The text as it is compared, and for each of its characters where that begins and ends in the text."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(text):
        if run := _ASCII.match(text, position):
            parts.append(run[0])
            starts += range(position, run.end())
            ends += range(position + 1, run.end() + 1)
            position = run.end()
            continue
        end = position + 1
        while end < len(text) and (unicodedata.combining(text[end]) or ord(text[end]) in _UNSEEN):
            end += 1
        part = unicodedata.normalize("NFC", text[position:end].translate(_UNSEEN)).translate(_PLAIN)
        parts.append(part)
        starts += [position] * len(part)
        ends += [end] * len(part)
        position = end
    return "".join(parts), starts, ends


def _is_edge(starts: list[int], index: int) -> bool:
    """Whether a character of the text begins there, and not only one that it was written out as."""
    return index in (0, len(starts)) or starts[index] != starts[index - 1]
