"""What redraft stands on: pinned, from one place, and under licences that leave its users free."""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
LOCKED = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
PERMISSIVE = {
    "0BSD", "Apache Software License", "Apache-2.0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0",
    "CNRI-Python", "ISC", "ISC License (ISCL)", "MIT", "MIT License", "MIT-0", "PSF-2.0",
    "Python Software Foundation License", "Unlicense", "Zlib",
}  # fmt: skip
FREE_BY_FILE = {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}
"""Changed files of theirs must be published; what uses them is free. Ours are used as they come."""


def needed(name: str, extras: frozenset[str] = frozenset(), seen: set[str] | None = None) -> Iterator[str]:
    """The distributions that `name` needs when it is installed with these extras, and what those need."""
    seen = seen if seen is not None else set()
    for line in importlib.metadata.requires(name) or ():
        wanted = Requirement(line)
        environments = [{"extra": extra} for extra in (extras or {""})]
        if wanted.marker and not any(wanted.marker.evaluate(each) for each in environments):
            continue
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if key not in seen:
            seen.add(key)
            yield key
            yield from needed(wanted.name, frozenset(wanted.extras), seen)


def licences(name: str) -> set[str]:
    """The parts of the licence of an installed distribution, as it names it itself."""
    about = importlib.metadata.metadata(name)
    told = [each.rpartition(" :: ")[2] for each in about.get_all("Classifier", []) if each.startswith("License :: ")]
    expression = about.json.get("license_expression") or " OR ".join(each for each in told if each != "OSI Approved")
    if not expression:
        expression = str(about.json.get("license", "")).strip().splitlines()[0]
    parts = re.split(r" AND | OR ", str(expression))
    return {part.removeprefix("(") if part.count("(") == part.count(")") else part.strip("()") for part in parts}


def test_everything_a_server_needs_is_under_a_permissive_licence() -> None:
    needs = list(needed("redraft"))
    assert {"fastapi", "pymongo", "langgraph", "cryptography", "uvloop"} <= set(needs)
    unknown = {name: licences(name) - PERMISSIVE - FREE_BY_FILE for name in needs}
    assert {name: names for name, names in unknown.items() if names} == {}


def test_the_one_copyleft_program_is_in_an_extra_and_never_imported() -> None:
    assert "secantusdb" not in set(needed("redraft"))
    assert "secantusdb" in set(needed("redraft", frozenset({"embedded"})))
    assert any("GPL" in each for each in licences("secantusdb"))
    for path in (ROOT / "redraft").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) (secantus|secantusdb)\b", path.read_text(), re.MULTILINE), path


def test_every_dependency_is_pinned_with_its_hash() -> None:
    assert len(LOCKED) > 100
    for package in LOCKED:
        if package["source"] == {"editable": "."}:
            continue
        assert set(package["source"]) == {"registry"}, package["name"]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(each["hash"].startswith("sha256:") for each in files), package["name"]
    assert len({package["source"]["registry"] for package in LOCKED if "registry" in package["source"]}) == 1
