"""What many late edits come to, with each tool: sums that can be added up."""

import random
import time
from collections import Counter
from collections.abc import Iterable

from evals.stale.atoms import atoms_of
from evals.stale.cases import Late, case, late
from evals.stale.judging import judged, right_ones
from evals.stale.tools import TOOLS, Tool

MOST_CALLS = 5
"""How often a model is asked for the same edit, before the user gives up."""

Sums = dict[str, Counter[str]]
"""By tool."""


def scored(numbers: Iterable[int], seed: int, names: list[str]) -> tuple[Sums, dict[str, list[int]]]:
    """The sums of these cases, and the cases in which a tool lost words or put something where it does not belong."""
    sums: Sums = {name: Counter() for name in names}
    wrong: dict[str, list[int]] = {name: [] for name in names}
    for number in numbers:
        late_edit = case(number, seed)
        targets = right_ones(late_edit)
        for name in names:
            began = time.process_time()
            landed = TOOLS[name](late_edit)
            took = time.process_time() - began
            found = judged(late_edit, landed, targets)
            chance = random.Random(number)
            sums[name] += Counter(
                {
                    "whole": found.whole,
                    "handed back": landed.left_out > 0,
                    "cases with lost words": bool(found.lost),
                    "lost words": len(found.lost),
                    "wrong place": found.wrong_place,
                    "undone": found.undone,
                    "calls": 1 + (_asked_again(TOOLS[name], late_edit, chance) if landed.asks_again else 0),
                    "microseconds": int(1e6 * took),
                }
            )
            if found.lost or found.wrong_place or found.undone:
                wrong[name].append(number)
    return sums, wrong


def _asked_again(tool: Tool, before: Late, chance: random.Random) -> int:
    """How many more calls it takes until an edit of the draft lands, while its user types on."""
    draft = atoms_of(before.current)
    for calls in range(1, MOST_CALLS):
        following = late(draft, chance)
        if not tool(following).asks_again:
            return calls
        draft = atoms_of(following.current)
    return MOST_CALLS - 1
