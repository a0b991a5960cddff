"""The record of every model call: cost, budget, feedback, metrics."""

from redraft.usage.budgets import Budgets, BudgetSpent
from redraft.usage.calls import CALLS, CallStore
from redraft.usage.settle import call_writes

INDEXES = (CALLS,)

__all__ = ["INDEXES", "BudgetSpent", "Budgets", "CallStore", "call_writes"]
