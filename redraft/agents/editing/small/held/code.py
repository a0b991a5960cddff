"""Whether a block of code can be read as what its fence says it is: what parsed before must parse afterwards."""

import ast
import json
import re
import tomllib

_LANGUAGE = re.compile(r"\A[`~]+[ \t]*([\w+#.-]*)[^\n]*\n(.*?)\n?[`~]*\s*\Z", re.S)


def parses(fence: str) -> bool:
    """False when the code is of a language known here, and broken. `fence` is the whole block with its fences."""
    found = _LANGUAGE.match(fence)
    if not found:
        return True
    language, body = found[1].casefold(), found[2]
    try:
        if language in ("python", "py", "python3"):
            ast.parse(body)
        elif language == "json":
            json.loads(body)
        elif language == "toml":
            tomllib.loads(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
