"""Every way to refuse: on one page, and the same again after it was stored."""

import importlib
import pkgutil
import re

import redraft
from redraft import errors
from redraft.errors import FieldError, RedraftError, RunActive, TooLarge, from_problem
from redraft.web.problems import problem

LINE = re.compile(r"(?P<indent> *)- (?P<name>\w+) +(?P<status>\d{3})  \S")


def in_code(kind: type[RedraftError], depth: int = 0) -> list[tuple[int, str, int]]:
    """The errors below `kind` as they are declared: how deep, what name, what status."""
    found = []
    for each in kind.__subclasses__():
        found += [(depth, each.__name__, each.status), *in_code(each, depth + 1)]
    return found


def test_the_page_of_errors_has_all_of_them() -> None:
    for module in pkgutil.walk_packages(redraft.__path__, "redraft."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    told = [match for line in (errors.__doc__ or "").splitlines() if (match := LINE.match(line))]
    page = [(len(each["indent"]) // 2, each["name"], int(each["status"])) for each in told]
    assert sorted(page) == sorted(in_code(RedraftError))
    assert {each.__module__ for each in errors_of(RedraftError)} == {errors.__name__}


def errors_of(kind: type[RedraftError]) -> set[type[RedraftError]]:
    return {kind}.union(*(errors_of(each) for each in kind.__subclasses__()))


def test_a_stored_problem_comes_back_whole() -> None:
    for error in (RunActive("run_1"), TooLarge(errors=[FieldError("messages", "is over 5 bytes")])):
        stored = problem(error, "req_1")
        again = from_problem(stored)
        assert type(again) is type(error)
        assert problem(again, "req_1") == stored
