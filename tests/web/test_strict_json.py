"""Bodies that are small to send and dear to read are refused before they are read; large ones are read in a thread."""

import json

import pytest
from starlette.types import Message

from redraft.web.routing import LARGE_BODY, StrictRequest
from redraft.web.strict_json import MAX_VALUES, BadJson, parse
from tests.beats import beats


@pytest.mark.parametrize("body", [b"[" + b"[]," * 60_000 + b"[]]", b"[" + b"1," * 60_000 + b"1]"])
def test_more_values_than_any_honest_request_holds(body: bytes) -> None:
    with pytest.raises(BadJson, match="values"):
        parse(body)


def test_an_object_of_too_many_names() -> None:
    with pytest.raises(BadJson, match="names"):
        parse(json.dumps(dict.fromkeys(map(str, range(2_000)), 1)).encode())


@pytest.mark.parametrize("text", ["[link](x), {a}, " * MAX_VALUES, '\\"[,' * MAX_VALUES, "\\\\" * 9])
def test_commas_and_brackets_inside_a_text_count_nothing(text: str) -> None:
    assert parse(json.dumps({"text": text}).encode()) == {"text": text}


@pytest.mark.parametrize(
    "body", [b'{"a": "' + b'\\"' * 100_000 + b"," * 60_000, b'"' * 100_001 + b"," * 60_000 + b"\\"]
)
def test_strings_that_never_end(body: bytes) -> None:
    with pytest.raises(BadJson):
        parse(body)


@pytest.mark.parametrize("text", [r"\u0000", r"a\\\u0000", r"\"\u0000", "\\\\" * 9 + r"\u0000"])
def test_an_escaped_nul_is_refused(text: str) -> None:
    with pytest.raises(BadJson, match="U\\+0000"):
        parse(f'{{"text": "{text}"}}'.encode())


@pytest.mark.parametrize("text", [r"\\u0000", r"a\\\\u0000", r"\"\\u0000"])
def test_a_text_about_escapes_holds_no_nul(text: str) -> None:
    assert parse(f'{{"text": "{text}"}}'.encode())["text"].endswith("\\u0000")


async def test_a_large_body_is_parsed_beside_the_loop() -> None:
    body = json.dumps({"text": "a, b" * LARGE_BODY}).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    assert await beats(StrictRequest({"type": "http"}, receive).json) > 1
