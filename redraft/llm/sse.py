"""Server-sent events, read from bytes that come cut anywhere."""

from collections.abc import Iterator

MAX_EVENT_BYTES = 4 * 2**20


class EventTooLong(ValueError):
    """An event passes `MAX_EVENT_BYTES`: this is no stream of tokens."""


class EventReader:
    """Feed it what arrives; it answers the data of each event that is complete.

    Works on bytes, so a character cut in two by the network is whole again before anybody decodes it. Lines end in
    LF, CRLF or CR. Event names, ids and comments are left out: model servers put all they say into `data`.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, arrived: bytes) -> Iterator[bytes]:
        """The data of every event that `arrived` completes. Raises `EventTooLong`."""
        text = self._rest + arrived
        if b"\r" in text:
            held = b"\r" if text.endswith(b"\r") else b""  # its LF may be on the way
            text = text.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held
        *lines, self._rest = text.split(b"\n")
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise EventTooLong(f"an event of more than {MAX_EVENT_BYTES} bytes")
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                yield self._complete()

    def close(self) -> Iterator[bytes]:
        """What the stream's end completes: some servers leave out the blank line after the last event."""
        if self._rest:
            self._take(self._rest.removesuffix(b"\r"))
        if self._data:
            yield self._complete()

    def _take(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            self._size += len(line)

    def _complete(self) -> bytes:
        event = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data, self._size = [], 0
        return event
