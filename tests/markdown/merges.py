"""What the tests of merging share."""

from redraft.markdown import merge

LIST = "# Soups\n\n- [Leek](leek.md)\n- [Onion](onion.md)\n\nThe end.\n"


def merged(base: str, mine: str, theirs: str) -> str:
    result = merge(base, mine, theirs)
    assert result.conflicts == []
    return result.document
