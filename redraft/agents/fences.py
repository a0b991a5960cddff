"""Keeps what was written by somebody apart from what the agent is told to do."""

import hashlib


def fenced(name: str, text: str) -> str:
    """`text` between two marks that name it and that it cannot hold itself, so that nothing in it ends it early.

    The marks carry a hash of the text: a writer cannot foresee it, and the same text gets the same marks, so that a
    prompt cache still knows it.
    """
    mark = f"{name}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"<{mark}>\n{text}\n</{mark}>"
