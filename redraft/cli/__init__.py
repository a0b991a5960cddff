"""The command line: `redraft serve`, and what an operator or a writer does at a prompt."""

import asyncio

import typer
import uvicorn
from pydantic import SecretStr

from redraft.config import Settings
from redraft.embedded.database import embedded_database
from redraft.logs import configure
from redraft.main import create_app

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def redraft() -> None:
    """The backend for apps in which people write with an AI."""


@app.command()
def serve() -> None:
    """Serve the API, with the embedded database where no other is configured."""
    settings = Settings()
    configure(settings.log_level, settings.log_format)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    if settings.mongodb_url is None:
        async with embedded_database(settings.data_dir / "mongodb") as url:
            await _listen(settings.model_copy(update={"mongodb_url": SecretStr(url)}))
    else:
        await _listen(settings)


async def _listen(settings: Settings) -> None:
    config = uvicorn.Config(create_app(settings), host=settings.host, port=settings.port, log_config=None)
    await uvicorn.Server(config).serve()


def main() -> None:
    """The `redraft` program."""
    app()
