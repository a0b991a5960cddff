"""The record of every model call: cost, budget, feedback, metrics."""

from redraft.usage.allowance import Allowance
from redraft.usage.amounts import Amount, Need, charged, repeated
from redraft.usage.budgets import Budgets
from redraft.usage.calls import CALLS, CallStore
from redraft.usage.days import DayStore
from redraft.usage.feedback import FEEDBACK, FeedbackStore
from redraft.usage.money import Cost
from redraft.usage.observe import observe
from redraft.usage.router import router
from redraft.usage.service import Usage
from redraft.usage.settle import call_writes
from redraft.usage.unpriced import check_prices
from redraft.usage.user_data import CallData

INDEXES = (CALLS, FEEDBACK)

__all__ = [
    "INDEXES",
    "Allowance",
    "Amount",
    "Budgets",
    "CallData",
    "CallStore",
    "Cost",
    "DayStore",
    "FeedbackStore",
    "Need",
    "Usage",
    "call_writes",
    "charged",
    "check_prices",
    "observe",
    "repeated",
    "router",
]  # fmt: skip
