"""Server-sent events, read from bytes that come cut anywhere, as the WHATWG's HTML standard describes them."""

from collections.abc import Iterator

import orjson

MAX_EVENT_BYTES = 4 * 2**20
BOM = b"\xef\xbb\xbf"


class EventTooLong(ValueError):
    """An event passes `MAX_EVENT_BYTES`: this is no stream of tokens."""


class EventReader:
    """Feed it what arrives; it answers the data of each event that is complete.

    Works on bytes, so a character cut in two by the network is whole again before anybody decodes it. Lines end in
    LF, CRLF or CR; a byte order mark at the start, comments, ids and unknown fields are passed over. Model servers put
    all they say into `data`, so names are left out too, but for one: the data of an event named `error` comes as
    `{"error": data}`. An answer that is no event stream but one JSON text, or one to a line, comes as such events.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._is_error = False
        self._cr_ended = False
        self._is_json: bool | None = None

    def feed(self, arrived: bytes) -> Iterator[bytes]:
        """The data of every event that `arrived` completes. Raises `EventTooLong`."""
        if self._is_json is None and not self._begin(arrived):
            return
        if self._is_json is None:
            arrived, self._rest = self._rest, b""
            self._is_json = arrived.lstrip()[:1] in (b"{", b"[")
        if self._cr_ended and arrived:  # a CR has ended the line before; an LF after it belongs to it
            arrived = arrived.removeprefix(b"\n")
            self._cr_ended = False
        text = self._rest + arrived
        if b"\r" in arrived and not self._is_json:
            self._cr_ended = text.endswith(b"\r")
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self._is_json:
            lines, self._rest = [], text
        else:
            *lines, self._rest = text.split(b"\n")
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise EventTooLong(f"an event of more than {MAX_EVENT_BYTES} bytes")
        for line in lines:
            if line:
                self._take(line)
            elif (event := self._complete()) is not None:
                yield event

    def close(self) -> Iterator[bytes]:
        """What the stream's end completes.

        The standard discards a last event without its blank line. Some model servers leave that line out, so it counts
        here if it is whole: `[DONE]` or JSON. Half an event is discarded.
        """
        if self._is_json is None:
            self._is_json = self._rest.lstrip()[:1] in (b"{", b"[")
        if self._is_json:
            yield from _json_texts(self._rest)
            return
        if self._rest:
            self._take(self._rest)
        event = self._complete()
        if event is not None and (event.strip() == b"[DONE]" or _is_json(event)):
            yield event

    def _begin(self, arrived: bytes) -> bool:
        """Take in the first bytes; False until they tell whether this is an event stream."""
        self._rest += arrived
        if len(self._rest) < len(BOM) and BOM.startswith(self._rest):
            return False
        self._rest = self._rest.removeprefix(BOM)
        return bool(self._rest.strip())

    def _take(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            self._size += len(line)
        elif line == b"data":
            self._data.append(b"")
        elif line in (b"event: error", b"event:error"):
            self._is_error = True
        elif line.startswith(b"event:") or line == b"event":
            self._is_error = False

    def _complete(self) -> bytes | None:
        """The event that a blank line ends; None where it has no data."""
        if not self._data:
            self._is_error = False
            return None
        event = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        if self._is_error:
            event = b'{"error":' + (event if _is_json(event) else orjson.dumps(event.decode(errors="replace"))) + b"}"
        self._data, self._size, self._is_error = [], 0, False
        return event


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _json_texts(body: bytes) -> list[bytes]:
    """The body, or where it is no JSON as a whole, its lines."""
    return [body] if _is_json(body) else [line for line in body.splitlines() if line.strip()]
