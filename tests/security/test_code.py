"""What the code of the package may not do at all, because user text could reach it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import redraft
from redraft.agents.words import occurrences

PACKAGE = Path(redraft.__file__).parent
MODULES = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}

FORBIDDEN = {
    "deserialises objects, or code": {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "code", "codeop"},
    "reads XML": {"xml", "lxml", "defusedxml", "xmltodict"},
    "speaks to a directory, a mail server or a cache": {"ldap", "ldap3", "smtplib", "imaplib", "pymemcache", "redis"},
    "makes pages of templates": {"jinja2", "mako", "chevron"},
    "writes CSV or archives": {"csv", "openpyxl", "zipfile", "tarfile"},
}
ASKS_OTHER_SERVERS = {
    "accounts/sms.py",  # the operator's webhook, or Twilio
    "cli/edit.py",  # the redraft that the user named
    "llm/arrivals.py",  # what its server answers completions.py
    "llm/completions.py",  # the model's server, of the settings
    "llm/embedded.py",  # the one on this machine
    "llm/models.py",  # makes the client that these two use
}
PICKLES = {"pool/child.py", "pool/process.py"}
"""To and from a process that was started for it, over a pipe that no other has."""
WAITS_A_RANDOM_WHILE = {"llm/models.py", "runs/sweeper.py", "usage/service.py"}
"""So that replicas do not meet. Whatever must not be guessed comes from `secrets` and `os.urandom`."""


def imported(tree: ast.Module) -> Iterator[str]:
    """The first part of the name of every module that is imported, anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def dotted(node: ast.expr) -> str:
    """`a.b` of what is called; only the last name where it is not one of a module or a variable."""
    if isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        return f"{owner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in the package: file and line, what is called, and the call."""
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", dotted(node.func), node


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_is_imported_that_takes_text_for_something_else(what: str) -> None:
    found = {path: set(imported(tree)) & FORBIDDEN[what] for path, tree in MODULES.items()}
    unexpected = {str(path.relative_to(PACKAGE)): names for path, names in found.items() if names}
    assert {path: names for path, names in unexpected.items() if path not in PICKLES or names != {"pickle"}} == {}


def test_no_text_is_run_as_code_or_as_a_command() -> None:
    for place, name, call in calls():
        assert name not in {"eval", "exec", "compile", "os.system", "os.popen", "__import__"}, place
        assert not any(each.arg == "shell" for each in call.keywords), place
        assert "create_subprocess_shell" not in name, place
        assert "getoutput" not in name, place


def is_ours(node: ast.expr) -> bool:
    """Whether a text is a constant, by its kind or by its name."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return isinstance(node, ast.Constant) or name.strip("_").isupper()


def test_only_constants_are_formats() -> None:
    for place, name, call in calls():
        if name.endswith((".format", ".format_map")):
            assert isinstance(call.func, ast.Attribute)
            assert is_ours(call.func.value), place


@pytest.mark.parametrize("find", ["a.b", "(a|b)*", "[x]", "^$", "\\d+", "a{2}"])
def test_signs_of_patterns_in_a_text_are_signs(find: str) -> None:
    assert occurrences(f"axb 12 aa {find} x", find) == [(10, 10 + len(find))]


def test_few_files_ask_other_servers_and_the_addresses_are_the_operators() -> None:
    clients = {"aiohttp", "httpx", "requests", "urllib3", "socket"}
    asking = {path.relative_to(PACKAGE).as_posix() for path, tree in MODULES.items() if clients & set(imported(tree))}
    listening = {name for name in asking if name.startswith(("cli/", "embedded/"))}
    assert asking - listening <= ASKS_OTHER_SERVERS


def test_numbers_that_can_be_guessed_are_for_waiting_only() -> None:
    using = {path.relative_to(PACKAGE).as_posix() for path, tree in MODULES.items() if "random" in imported(tree)}
    assert using <= WAITS_A_RANDOM_WHILE


def test_weak_hashes_are_made_for_nothing() -> None:
    weak = {"md5", "sha1", "new"}
    for place, name, _ in calls():
        assert name not in {f"hashlib.{each}" for each in weak}, place
    # The second factor's standard wants HMAC-SHA-1, which is not broken (RFC 6238).
    using = [place for place, name, call in calls() if name.startswith("hmac.") and "sha1" in ast.unparse(call)]
    assert [place.split(":")[0] for place in using] == ["accounts/totp.py"]


def test_logs_go_to_one_place() -> None:
    handlers = [place for place, name, _ in calls() if name.endswith("Handler") and name.startswith("logging")]
    assert [place.split(":")[0] for place in handlers] == ["logs.py"]
    printing = [place for place, name, _ in calls() if name in {"sys.stdout.write", "print"}]
    assert [place for place in printing if not place.startswith("cli/")] == []
