"""What kind of image some bytes are, and how many pixels, from their first bytes; nothing is decoded.

An imaging library reads the metadata as well when it opens a file: a PNG of 0.8 MB with many colour profiles kept one
busy for more than two seconds. Here each format costs a look at fixed places, and JPEG one step for each segment.
"""

import struct
from collections.abc import Callable

Size = tuple[int, int]
"""Width and height, in pixels."""

MOST_STEPS = 100_000
"""Segments or blocks before the size. Real files have some hundreds; each is a few bytes, so that there could be
millions."""
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: ITU T.81, table B.1."""


class NoImage(ValueError):
    """The bytes are not of this format, or end before they tell the size."""


def size_of(media_type: str, content: bytes) -> Size:
    """The size that the header tells. Raises `NoImage`; `KeyError` for a type that is not one of `MEDIA_TYPES`."""
    try:
        width, height = _READERS[media_type](content)
    except (struct.error, IndexError) as error:
        raise NoImage("ends before it says how large it is") from error
    if width < 1 or height < 1:
        raise NoImage("has no pixels")
    return width, height


def _png(content: bytes) -> Size:
    """PNG, 5.6: the header chunk is the first."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        raise NoImage("does not begin as a PNG file does")
    width, height = struct.unpack_from(">II", content, 16)
    struct.unpack_from(">5BI", content, 24)
    return width, height


def _jpeg(content: bytes) -> Size:
    if content[:3] != b"\xff\xd8\xff":
        raise NoImage("does not begin as a JPEG file does")
    place = 2
    for _ in range(MOST_STEPS):
        if content[place] != 0xFF:
            raise NoImage("is damaged")
        marker = content[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
        elif marker in _JPEG_BARE:
            place += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        elif marker in (0xD8, 0xD9, 0xDA):
            break
        else:
            (length,) = struct.unpack_from(">H", content, place + 2)
            if length < 2:
                break
            place += 2 + length
    raise NoImage("does not say how large it is")


def _gif(content: bytes) -> Size:
    """The screen, or the first frame where that reaches beyond it, for which decoders make room."""
    if content[:6] not in (b"GIF87a", b"GIF89a"):
        raise NoImage("does not begin as a GIF file does")
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(MOST_STEPS):
        if content[place] == 0x2C:
            left, top, frame_width, frame_height = struct.unpack_from("<4H", content, place + 1)
            return max(width, left + frame_width), max(height, top + frame_height)
        if content[place] != 0x21:
            break
        place = _after_extension(content, place)
    raise NoImage("holds no frame")


def _after_extension(content: bytes, place: int) -> int:
    place += 2
    for _ in range(MOST_STEPS):
        length = content[place]
        place += 1 + length
        if not length:
            return place
    raise NoImage("is damaged")


def _webp(content: bytes) -> Size:
    """RFC 9649, 2.5 to 2.7: a canvas, or one image in either of two codings."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise NoImage("does not begin as a WebP file does")
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = content[24:27], content[27:30]
        if len(height) < 3:
            raise NoImage("ends before it says how large it is")
        return 1 + int.from_bytes(width, "little"), 1 + int.from_bytes(height, "little")
    if kind == b"VP8L" and content[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", content, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width_bits, height_bits = struct.unpack_from("<HH", content, 26)
        return width_bits & 0x3FFF, height_bits & 0x3FFF
    raise NoImage("does not say how large it is")


_READERS: dict[str, Callable[[bytes], Size]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/gif": _gif,
}
MEDIA_TYPES = tuple(_READERS)
