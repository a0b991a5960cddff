"""The parts `redraft serve` starts when nothing is configured: a database and a model, each a process of its own.

Only the command line and the tests use this package; the application itself sees a MongoDB URL and a model address.
"""
