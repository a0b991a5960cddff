"""Proposals of an agent, applied to the draft as it is by then; merges."""
