"""A fixed sample of merges that people made must stay as they made them; `make eval-merge` scores all."""

import random

import pytest

from evals.merges.cases import SETS, Case, cases, judged
from redraft.markdown import merge

SAMPLE = 40  # of each set, chosen once and for all by the seed
EXACT = {"prose": 40, "moves": 40, "real": 18}  # fewer is a regression; more is a reason to raise the number


def sample(name: str) -> list[Case]:
    return random.Random(1).sample(list(cases(name)), SAMPLE)


@pytest.mark.parametrize("name", SETS)
def test_the_sample_is_merged_as_people_did(name: str) -> None:
    exact = 0
    for case in sample(name):
        result = merge(case.base, case.mine, case.theirs)
        answer = judged(case, result.document, len(result.conflicts), 0)
        exact += answer.verdict == "exact"
        assert answer.lost == 0, case.id
        assert answer.verdict != "differs" or not case.git_clean, f"{case.id}: git merges this, and rightly"
    assert exact >= EXACT[name]


@pytest.mark.parametrize("name", SETS)
def test_swapped_sides_conflict_in_the_same_places(name: str) -> None:
    for case in sample(name):
        there = merge(case.base, case.mine, case.theirs).conflicts
        back = merge(case.base, case.theirs, case.mine).conflicts
        assert sorted((c.base, c.mine, c.theirs) for c in there) == sorted((c.base, c.theirs, c.mine) for c in back)
