"""The record of every model call: cost, budget, satisfaction, metrics."""
