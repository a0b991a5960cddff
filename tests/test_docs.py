"""What the documentation says is so: its links lead somewhere, and no setting or error is missing."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from redraft.config import Settings
from redraft.errors import RedraftError
from redraft.main import create_app  # by its import, every error is a class
from redraft.web import problems

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def errors(of: type[RedraftError]) -> Iterator[type[RedraftError]]:
    yield of
    for each in of.__subclasses__():
        yield from errors(each)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(FENCE.sub("", page.read_text()))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    assert [name for name in Settings.model_fields if f"`REDRAFT_{name.upper()}`" not in text] == []


def test_no_setting_is_documented_that_does_not_exist() -> None:
    pages = "".join(page.read_text() for page in PAGES)
    named = {name.lower() for name in re.findall(r"REDRAFT_([A-Z_]+[A-Z])", pages)}
    assert named - set(Settings.model_fields) - {"test_mongodb_url"} == set()


def test_every_error_code_is_documented_with_its_status() -> None:
    text = (ROOT / "docs/errors.md").read_text()
    assert [each.code for each in errors(RedraftError) if f"| `{each.code}` | {each.status} |" not in text] == []


def test_every_status_that_is_raised_without_an_error_of_ours_is_documented_with_its_code() -> None:
    text = (ROOT / "docs/errors.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "redraft").rglob("*.py"))
    raised = {HTTPStatus[name] for name in re.findall(r"HTTPException\(\s*HTTPStatus\.([A-Z_]+)", sources)}
    assert HTTPStatus.UNSUPPORTED_MEDIA_TYPE in raised
    for status in {*raised, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:  # these two the router raises itself
        assert f"| `{problems.code_of(status)}` | {status.value} |" in text


def test_every_body_has_an_example_to_paste() -> None:
    api = create_app(Settings()).openapi()
    shapes = api["components"]["schemas"]
    missing = []
    for path, calls in api["paths"].items():
        for method, call in calls.items():
            body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
            shape = shapes.get(name, {})
            fields = shape.get("properties", {}).values()
            if name and not shape.get("examples") and not all("examples" in each for each in fields):
                missing.append(f"{method} {path}")
    assert missing == []
