"""What a run is expected to take of its user's budget, before anything is asked."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from redraft.llm import TOKENS_OF_AN_IMAGE, Models, estimate
from redraft.runs.models import NewRun
from redraft.runs.work import Work
from redraft.usage import Budgets, Need

TOKENS_A_MESSAGE = 140
"""Of a history that is not read yet. Calls are held against what they really send."""
INSTRUCTION_TOKENS = 150
"""Of the prompt that comes with every kind of run; the shortest has about as many."""


class Expecting:
    """Knows the kinds of run and the models that they ask."""

    def __init__(self, budgets: Budgets, models: Models, kinds: Mapping[str, Work]) -> None:
        self._budgets = budgets
        self._models = models
        self._kinds = kinds

    def of(self, new: NewRun) -> Need:
        """Its input, as far as the model's context holds it, and the most that its kind writes in one answer."""
        work = self._kinds[new.kind]
        context = self._models.context_tokens(work.role)
        output = self._models.output_tokens(work.role, min(work.most_output_tokens, context // 4))
        sent = min(INSTRUCTION_TOKENS + input_tokens(new), context - output)
        return self._budgets.need(sent, output, partial(self._models.cost, work.role))


def input_tokens(new: NewRun) -> int:
    """About what is sent to the model. What stands there twice, as a draft without changes does, is counted once."""
    texts: set[str] = set()
    images = _collect(new.input, texts)
    before = 0
    if new.turn is not None:
        images += _collect(new.turn.messages, texts)
        before = TOKENS_A_MESSAGE * (new.turn.after or 0)
    return before + sum(map(estimate, texts)) + TOKENS_OF_AN_IMAGE * images


def _collect(value: Any, texts: set[str]) -> int:
    """Add all texts in `value` to `texts`; how many images there are."""
    if isinstance(value, str):
        if value.startswith("data:"):
            return 1
        texts.add(value)
        return 0
    if isinstance(value, dict):
        return sum(_collect(each, texts) for each in value.values())
    return sum(_collect(each, texts) for each in value) if isinstance(value, list) else 0
