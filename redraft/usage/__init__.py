"""The record of every model call: cost, budget, feedback, metrics."""

from redraft.usage.budgets import Budgets, BudgetSpent
from redraft.usage.calls import CALLS, CallStore
from redraft.usage.days import DayStore
from redraft.usage.feedback import FEEDBACK, FeedbackStore
from redraft.usage.keeper import FeedbackKeeper, UsageKeeper
from redraft.usage.money import Cost
from redraft.usage.observe import observe
from redraft.usage.router import router
from redraft.usage.service import Usage
from redraft.usage.settle import call_writes

INDEXES = (CALLS, FEEDBACK)

__all__ = [
    "INDEXES", "BudgetSpent", "Budgets", "CallStore", "Cost", "DayStore", "FeedbackKeeper", "FeedbackStore", "Usage",
    "UsageKeeper", "call_writes", "observe", "router",
]  # fmt: skip
