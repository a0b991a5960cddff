"""Text cut into what a merge compares: lines, and words. Joining the parts is always the text again."""

import re
from collections.abc import Iterable, Sequence

import regex

# Written without spaces between words: each character is a word.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_END = re.compile(r"\r\n|\n|\r")
_OTHER_ENDS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # which `str.splitlines` takes for ends of lines too
_LETTERS = rf"[{_CJK}]|[^\W{_CJK}_]+(?:['’][^\W{_CJK}_]+)*"
_WORD = re.compile(_LETTERS)
_TOKEN = re.compile(rf"{_LETTERS}|_+|\r\n|\n|\r|[^\S\r\n]+|.", re.DOTALL)
# Where characters are made of several code points, as UAX 29 tells them: none of these is cut.
_JOINS = regex.compile(r"[\p{M}\p{Cf}\u1100-\u11ff\U0001F1E6-\U0001F1FF]")
_CLUSTER_WORD = rf"[{_CJK}]\p{{M}}*|[^\W{_CJK}_](?:(?![{_CJK}_])[\w\p{{M}}\u200c\u200d'’](?<!['’](?!\w)))*"
_CLUSTERS = regex.compile(rf"{_CLUSTER_WORD}|_+|\r\n|\n|\r|(?:[^\S\r\n](?!\p{{M}}))+|\X", regex.DOTALL)
_SIGN = re.compile(rf"[{_CJK}]")
_UNSEEN = re.compile(r"[\s\u200b-\u200d\u2060\ufe0e\ufe0f\ufeff]+")
_SELECTORS = "\ufe0e\ufe0f"


def lines(text: str) -> list[str]:
    """The lines of `text` with their ends: `\\n`, `\\r\\n` and a lone `\\r`, as in CommonMark, and nothing else."""
    return _LINE.findall(text) if _OTHER_ENDS.search(text) else text.splitlines(keepends=True)


def line_end(text: str) -> str:
    """The first line end of `text`; "" where it has none."""
    found = _END.search(text)
    return found[0] if found else ""


def tokens(text: str) -> list[str]:
    """Words, runs of spaces, line ends, and every other character (grapheme cluster) alone."""
    clustered = not text.isascii() and _JOINS.search(text)
    return _CLUSTERS.findall(text) if clustered else _TOKEN.findall(text)


def words(text: str) -> list[str]:
    """The tokens of `text` that are words."""
    return _WORD.findall(text)


def is_word(token: str) -> bool:
    return token[0].isalnum()


def is_sign(token: str) -> bool:
    """Whether it is written without spaces around it, so that it is a word of its own."""
    return bool(_SIGN.match(token))


def glued(parts: Iterable[str]) -> bool:
    """Whether two words stand side by side with nothing between, and so would be read as one."""
    before = ""
    for part in parts:
        if before and part and is_word(before) and is_word(part) and not is_sign(before) and not is_sign(part):
            return True
        before = part or before
    return False


def visible(parts: Sequence[str]) -> list[str]:
    """`parts` without what a reader does not see: spaces, line ends, joiners, variation selectors."""
    return [part.rstrip(_SELECTORS) for part in parts if not _UNSEEN.fullmatch(part)]


def holds(parts: Sequence[str], run: Sequence[str]) -> bool:
    """Whether `run` stands in `parts`, all of it and in one piece."""
    return "\0".join(["", *run, ""]) in "\0".join(["", *parts, ""])


def says(line: str) -> bool:
    """Whether the line is not blank."""
    return not line.isspace()


def ends_line(text: str) -> bool:
    return text.endswith(("\n", "\r"))
