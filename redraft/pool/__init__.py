"""Work on long texts in processes of its own, which can be killed: at most so many, and so many of one user, at once.

A thread can neither be stopped nor does it leave the event loop alone: both need the one interpreter lock.
"""
