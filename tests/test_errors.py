"""Errors that are stored as problem objects, and raised again."""

from redraft.errors import FieldError, RunActive, TooLarge, from_problem
from redraft.web.problems import problem


def test_a_stored_problem_comes_back_whole() -> None:
    for error in (RunActive("run_1"), TooLarge(errors=[FieldError("messages", "is over 5 bytes")])):
        stored = problem(error, "req_1")
        again = from_problem(stored)
        assert type(again) is type(error)
        assert problem(again, "req_1") == stored
