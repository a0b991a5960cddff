"""Keeps what was written by somebody apart from what the agent is told to do."""

import hashlib


def fenced(name: str, text: str) -> str:
    """`text` between two marks that name it and that it cannot hold itself, so that nothing in it ends it early.

    The marks carry a hash of the text, so that the same text gets the same marks and a prompt cache still knows it.
    A writer who tries millions of texts can find one that holds its own hash; then another is taken.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    while (mark := f"{name}-{digest.hexdigest()[:8]}") in text:
        digest.update(b"again")
    return f"<{mark}>\n{text}\n</{mark}>"
