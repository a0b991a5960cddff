"""`redraft serve`: the embedded parts, then the API, and the way down in the opposite order."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from pymongo.errors import PyMongoError

from redraft.agents.beginnings import beginnings
from redraft.cli.banner import show_banner
from redraft.cli.descriptors import raise_limit
from redraft.cli.exposure import NO_MESSAGES, console_fault, exposure, is_loopback, reachable_codes
from redraft.cli.fitness import ensure_fit, told
from redraft.cli.parts import (
    CannotStart,
    check,
    database_part,
    key_fault,
    make_data_dir,
    model_part,
    prepare_weights,
    wants_embedded_model,
    writes_files,
)
from redraft.config import Settings
from redraft.embedded.child import Child
from redraft.embedded.model import EmbeddedModel
from redraft.errors import Unavailable
from redraft.logs import configure
from redraft.main import create_app, go_down, turn_away
from redraft.vault import WrongMasterKey
from redraft.web.heads import bounded
from redraft.web.prometheus import forget_dead_processes, forget_process

log = structlog.get_logger()

LEAVE_SECONDS = 6
"""After the drain time: runs are handed over, and their streams end."""
GC_THRESHOLD = (20_000, 20, 100)
"""Objects made before the youngest are looked through; how often that, before the next generation is."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `CannotStart`."""
    chosen = settings
    settings = reachable_codes(chosen)
    if fault := console_fault(settings):
        raise CannotStart(fault)
    configure(settings.log_level, settings.log_format)
    if settings is not chosen:
        log.warning("no text messages", detail=NO_MESSAGES)
    if few := raise_limit():
        log.warning("few file descriptors", detail=few)
    if writes_files(settings):
        make_data_dir(settings)
    with _bound(settings) as listener:
        weights = prepare_weights(settings) if wants_embedded_model(settings) else None
        with contextlib.suppress(asyncio.CancelledError):
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


class _Stop:
    """What SIGTERM and SIGINT do: at first they cancel the start, and later whatever `then` was set to.

    It is given the signal's number.
    """

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  made in a coroutine
        self.then: Callable[[int], object] = lambda number: task.cancel()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)

    def _signalled(self, number: int) -> None:
        self.then(number)


async def _serve(settings: Settings, weights: Path | None, listener: socket.socket) -> None:
    stop = _Stop()
    if settings.mongodb_url is None and not is_loopback(settings.host):
        log.warning("the embedded database is for one machine; set REDRAFT_MONGODB_URL to serve others")
    await check(settings)
    async with contextlib.AsyncExitStack() as stack:
        own_database = settings.mongodb_url is None
        settings, model = await stack.enter_async_context(model_part(settings, weights))
        settings = await stack.enter_async_context(database_part(settings, share=False))
        await ensure_fit(settings)
        await stack.enter_async_context(_made_ready(model))
        show_banner(settings, listener.getsockname()[1], model, own_database=own_database)
        print("\n".join(exposure(settings)), end="\n" if exposure(settings) else "", flush=True)
        if settings.workers == 1:
            await _listen(settings, listener, stop)
        else:
            await _lead(settings, listener, stop)


@contextlib.asynccontextmanager
async def _made_ready(model: EmbeddedModel | None) -> AsyncIterator[None]:
    """Tell when it is loaded, and have it read beforehand what the prompts begin with: half of a first edit's time."""

    async def prepare(model: EmbeddedModel) -> None:
        started = time.monotonic()
        try:
            await model.loaded()
            log.info("the embedded model is ready", model=model.name, seconds=round(time.monotonic() - started, 1))
            read = 0
            async for tokens in model.read(beginnings()):
                read += tokens
            seconds = round(time.monotonic() - started, 1)
            log.info("the embedded model knows the fixed prompts", tokens_read=read, seconds=seconds)
        except RuntimeError as error:
            log.error("the embedded model is not there", reason=str(error))
        except aiohttp.ClientError as error:  # most likely it died; started again, it reads them when it is asked
            log.warning("the embedded model reads no further ahead", error=type(error).__name__)

    task = asyncio.create_task(prepare(model)) if model else None
    try:
        yield
    finally:
        if task:
            task.cancel()


class Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn raises them again when it ends, which would kill us before our children end."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and then have the garbage collector leave alone what is here to stay.

        With 200 streams open a full collection took most of a second, in which no token moved, and found nothing.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)

    def leave(self) -> None:
        """Answer what is being answered, then end; asked a second time, end at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def _listen(settings: Settings, listener: socket.socket, stop: _Stop) -> None:
    app = create_app(settings)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on", ws="none",
        http=bounded(settings.max_head_bytes, settings.head_seconds, settings.body_seconds),
        proxy_headers=False,  # REDRAFT_TRUSTED_PROXIES says whose are believed; uvicorn would believe this machine's
        timeout_graceful_shutdown=round(settings.run_drain_seconds + LEAVE_SECONDS),
    )  # fmt: skip
    server = Server(config)
    stop.then = _Leaving(app, server, settings).asked
    await server.serve(sockets=[listener])
    failure = getattr(app.state, "failure", None)
    if isinstance(failure, (PyMongoError, Unavailable, WrongMasterKey)):
        raise CannotStart(told(settings, failure)) from failure
    if isinstance(failure, (OSError, ValueError)) and settings.master_key_command:
        raise CannotStart(key_fault(settings, failure)) from failure
    if failure is not None:
        raise failure


class _Leaving:
    """The way down: `/readyz` says so, a while later nothing new is taken, and what runs ends or is handed over."""

    def __init__(self, app: FastAPI, server: Server, settings: Settings) -> None:
        self._app, self._server, self._settings = app, server, settings
        self._lame: asyncio.TimerHandle | None = None

    def asked(self, number: int) -> None:
        """A signal came: SIGTERM begins, Ctrl-C takes no time for balancers, and whatever comes second ends at once."""
        seconds = self._settings.lame_duck_seconds
        if self._lame is None and number == signal.SIGTERM and seconds > 0:
            log.info("going down", still_serving_seconds=seconds)
            turn_away(self._app)
            self._lame = asyncio.get_running_loop().call_later(seconds, self._leave)
            return
        if self._lame is not None:
            self._lame.cancel()
            self._server.should_exit = True  # so that this second time it does not wait
        self._leave()

    def _leave(self) -> None:
        go_down(self._app)
        self._server.leave()
        patience = self._settings.run_drain_seconds + 3 * LEAVE_SECONDS
        asyncio.get_running_loop().call_later(patience, _give_up)


def _give_up() -> None:
    """End at once: whatever still holds us (a driver that waits for ever, say), other replicas take our runs."""
    log.error("not down in time")
    os._exit(1)


async def _lead(settings: Settings, listener: socket.socket, stop: _Stop) -> None:
    """Run `workers` processes on one socket, each started again when it dies, until we are told to stop."""
    stopped = asyncio.Event()
    stop.then = lambda number: stopped.set()
    forget_dead_processes()
    listener.listen(2048)
    command = (sys.executable, "-m", "redraft.cli.worker", str(os.getpid()), str(listener.fileno()))
    secrets = {
        "REDRAFT_MONGODB_URL": settings.mongodb_url,
        "REDRAFT_MASTER_KEY": settings.master_key,
        "REDRAFT_EMBEDDED_MODEL_KEY": settings.embedded_model_key,
    }
    found = {name: secret.get_secret_value() for name, secret in secrets.items() if secret}
    found["REDRAFT_EMBEDDED_MODEL_URL"] = settings.embedded_model_url or ""
    found["REDRAFT_SMS_SENDER"] = settings.sms_sender

    async def one(number: int) -> None:
        inherited = [listener.fileno()]
        name = f"worker {number}"
        patience = settings.lame_duck_seconds + settings.run_drain_seconds + 2 * LEAVE_SECONDS
        worker = Child(
            name, command, None, environment=found, sockets=inherited, stop_seconds=patience, gone=forget_process
        )
        async with worker.running():
            await stopped.wait()

    await asyncio.gather(*(one(number) for number in range(1, settings.workers + 1)))


async def work(settings: Settings, descriptor: int) -> None:
    """One worker, on the socket it inherited."""
    with socket.socket(fileno=descriptor) as listener:
        await _listen(settings, listener, _Stop())
