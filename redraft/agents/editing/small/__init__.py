"""The path for small models: a request is parsed without the draft, then code looks up what it names.

The rooms are the steps of docs/editing.md: `asked`, `meant`, `new`, and `held` (did it work?). `kinds` decides between
what the steps found, `plans` leads through them kind by kind, `run` begins.
"""
