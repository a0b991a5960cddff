"""Event streams as clients of all kinds read them."""

import json

from redraft.web.sse import frame


def test_no_text_is_taken_for_the_end_of_a_line() -> None:
    text = "a\nb\r\nc\rd\x85e\u2028f\u2029g\x0bh\x0ci\x1cj “quoted” …"
    sent = frame(7, "token", {"text": text}).decode()
    lines = sent.splitlines()
    assert lines[:2] == ["id: 7", "event: token"]
    assert json.loads(lines[2].removeprefix("data: ")) == {"text": text}
    assert lines[3:] == [""]
