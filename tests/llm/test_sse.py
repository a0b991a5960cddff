"""The event-stream reader, by the WHATWG's rules, and where model servers leave them."""

import pytest

from redraft.llm.sse import EventReader


def read(sent: bytes, size: int = 10_000) -> list[bytes]:
    reader = EventReader()
    found = [event for at in range(0, len(sent), size) for event in reader.feed(sent[at : at + size])]
    return found + list(reader.close())


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (b"\xef\xbb\xbfdata: 1\n\n", [b"1"]),
        (b"data: \xef\xbb\xbf1\n\n", [b"\xef\xbb\xbf1"]),
        (b"data: 1\r\rdata: 2\n\ndata: 3\r\n\r\n", [b"1", b"2", b"3"]),
        (b"data: 1\r\n\ndata: 2\n\r\n", [b"1", b"2"]),
        (b": comment\n:\n\ndata: 1\n\n", [b"1"]),
        (b"data:1\ndata:  2\n\n", [b"1\n 2"]),
        (b"data\n\ndata\ndata\n\n", [b"", b"\n"]),
        (b"data:\n\n", [b""]),
        (b"id: 7\nretry: 10\nevent: x\n\n", []),
        (b" data: 1\nDATA: 2\ndatax: 3\n\n", []),
        (b"\n\n\ndata: 1\n\n\n\n", [b"1"]),
        (b'event: error\ndata: {"message": "no"}\n\n', [b'{"error":{"message": "no"}}']),
        (b"event: error\ndata: no\n\n", [b'{"error":"no"}']),
        (b"event: error\n\ndata: 1\n\n", [b"1"]),
        (b"data: [DONE]", [b"[DONE]"]),
        (b'data: {"a": 1}', [b'{"a": 1}']),
        (b'data: {"a": 1', []),
        (b'{"a":\n 1}\n', [b'{"a":\n 1}\n']),
        (b' {"a": 1}\r\n{"b": 2}\r\n', [b'{"a": 1}', b'{"b": 2}']),
        (b"", []),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5, 10_000])
def test_a_stream_is_read_to_the_letter_however_it_is_cut(sent: bytes, events: list[bytes], size: int) -> None:
    assert [event.strip(b" ") for event in read(sent, size)] == [event.strip(b" ") for event in events]


def test_an_event_is_given_as_soon_as_its_line_ends_by_a_carriage_return() -> None:
    reader = EventReader()
    assert list(reader.feed(b"data: 1\r\r")) == [b"1"]
    assert list(reader.feed(b"\ndata: 2\r\r")) == [b"2"]
