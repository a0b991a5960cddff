"""Takes out what a small model says again and again until it is cut off, and nothing else."""

import re

from redraft.agents.cutting import fenced_lines

LONG = 25
"""Characters from which a line says something that nobody writes twice in one list; `}` or "- cheap" may come again."""
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")


def without_loops(text: str) -> str:
    """`text` without whole bullets that came before word for word, and without a run of lines said again at its end.

    What stands in code blocks stays, and so do short lines.
    """
    lines = text.splitlines()
    inside = fenced_lines(lines)
    seen: set[str] = set()
    kept: list[str] = []
    ends: list[bool] = []
    for line, block in zip(lines, inside, strict=True):
        bare = line.rstrip()
        if not block and len(bare) >= LONG and _BULLET.match(bare):
            if bare in seen:
                continue
            seen.add(bare)
        kept.append(line)
        ends.append(bool(block))
    return "\n".join(_without_last_runs(kept, ends)).strip("\n").rstrip()


def _without_last_runs(lines: list[str], fenced: list[bool]) -> list[str]:
    """Without what repeats the lines right before it, at the end, the last time perhaps not to the end.

    Empty lines do not count.
    """
    free = len(lines)
    while free and not fenced[free - 1]:
        free -= 1
    places = [at for at in range(free, len(lines)) if lines[at].strip()]
    tail = [lines[at].rstrip() for at in places]
    for length in range(1, len(tail) // 2 + 1):
        for rest in range(length):  # lines of a run that was begun once more
            first = len(tail) - rest - length
            run = tail[first : first + length]
            if sum(map(len, run)) < LONG or tail[max(first - length, 0) : first] != run:
                continue
            if rest and not _begins(run, tail[first + length :]):
                continue
            while first >= length and tail[first - length : first] == run:
                first -= length
            return lines[: places[first + length - 1] + 1]
    return lines


def _begins(run: list[str], said: list[str]) -> bool:
    """Whether `said` are the first lines of `run`, the last of them perhaps not whole."""
    return said[:-1] == run[: len(said) - 1] and run[len(said) - 1].startswith(said[-1])
