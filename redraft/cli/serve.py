"""`redraft serve`: the embedded parts, then the API, and the way down in the opposite order."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import structlog
import uvicorn
import uvloop

from redraft.cli.parts import CannotStart, database_part, model_part, prepare_weights, wants_embedded_model
from redraft.config import Settings
from redraft.embedded.model import EmbeddedModel
from redraft.logs import configure

log = structlog.get_logger()

DRAIN_SECONDS = 10


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `CannotStart`."""
    configure(settings.log_level, settings.log_format)
    with _bound(settings) as listener:
        weights = prepare_weights(settings) if wants_embedded_model(settings) else None
        uvloop.run(_serve(settings, weights, listener))


@contextlib.contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """A socket on the address, which does not listen yet: who comes too early is refused, and not left waiting."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            address = f"{settings.host} port {settings.port}"
            raise CannotStart(
                f"Cannot listen on {address} ({error.strerror}); REDRAFT_PORT chooses another."
            ) from error
        yield listener


async def _serve(settings: Settings, weights: Path | None, listener: socket.socket) -> None:
    async with contextlib.AsyncExitStack() as stack:
        settings, model = await stack.enter_async_context(model_part(settings, weights))
        settings = await stack.enter_async_context(database_part(settings))
        await stack.enter_async_context(_told_when_loaded(model))
        await _listen(settings, listener)


@contextlib.asynccontextmanager
async def _told_when_loaded(model: EmbeddedModel | None) -> AsyncIterator[None]:
    async def tell(model: EmbeddedModel) -> None:
        started = time.monotonic()
        try:
            await model.loaded()
        except RuntimeError as error:
            log.error("the embedded model is not there", reason=str(error))
        else:
            log.info("the embedded model is ready", model=model.name, seconds=round(time.monotonic() - started, 1))

    task = asyncio.create_task(tell(model)) if model else None
    try:
        yield
    finally:
        if task:
            task.cancel()


class _Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn raises them again when it ends, which would kill us before our children end."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


async def _listen(settings: Settings, listener: socket.socket) -> None:
    from redraft.main import create_app

    config = uvicorn.Config(
        create_app(settings), log_config=None, access_log=False, server_header=False, lifespan="on", ws="none",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )  # fmt: skip
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    await server.serve(sockets=[listener])
