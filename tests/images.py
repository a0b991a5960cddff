"""Real images, small ones, as files and as `data:` URLs."""

import io
from base64 import b64encode
from typing import Any

from PIL import Image

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}


def image(media_type: str, size: tuple[int, int] = (3, 2), mode: str = "RGB", **options: Any) -> bytes:
    """A file of this type and size."""
    written = io.BytesIO()
    Image.new(mode, size).save(written, FORMATS[media_type], **options)
    return written.getvalue()


def data_url(media_type: str, content: bytes) -> str:
    """The file as a `data:` URL."""
    return f"data:{media_type};base64,{b64encode(content).decode()}"


PNG = data_url("image/png", image("image/png"))
