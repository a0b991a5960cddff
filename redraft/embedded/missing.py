"""How to get a part that is not installed, in the words that fit this installation."""

from pathlib import Path

CHECKOUT = (Path(__file__).parents[2] / "Makefile").is_file()
"""Whether this is a checkout of the repository; else a wheel was installed."""


def remedy(*, checkout: bool = CHECKOUT) -> str:
    """What to run when the embedded parts are not there: a wheel has an extra, and no Makefile."""
    return "run `make setup`" if checkout else "run `pip install 'redraft[embedded]'`"
