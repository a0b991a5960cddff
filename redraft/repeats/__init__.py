"""Requests that come again under the client's `Idempotency-Key`: the first does its work, all get its answer."""

from redraft.repeats.models import Attempt
from redraft.repeats.once import Once
from redraft.repeats.service import Repeats
from redraft.repeats.store import ANSWERS, AnswerStore

INDEXES = (ANSWERS,)

__all__ = ["INDEXES", "AnswerStore", "Attempt", "Once", "Repeats"]
