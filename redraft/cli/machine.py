"""What `redraft doctor` finds of the machine: the data directory, the address, file descriptors, memory."""

import errno
import os
import shutil
import socket
from pathlib import Path

import aiohttp

from redraft.cli.descriptors import fault, limits
from redraft.cli.exposure import is_loopback
from redraft.cli.finding import Finding
from redraft.cli.parts import embedded_weights, wants_embedded_model, writes_files
from redraft.config import Settings

GIGABYTE = 10**9
ASK = aiohttp.ClientTimeout(total=3)
PROCESS_BYTES = 100_000_000
"""Of one worker; a little more than was seen."""
BESIDE_WEIGHTS_BYTES = 900_000_000
"""What the embedded model needs beyond its weights, at the default slots and context."""


def data(settings: Settings) -> Finding:
    """Whether there is room for what the embedded parts keep."""
    directory = settings.data_dir
    if not writes_files(settings):
        return Finding("ok", "data", "nothing is kept in files")
    there = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    if not there.is_dir():
        return Finding("fail", "data", f"{there} is a file: set REDRAFT_DATA_DIR to a directory.")
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("fail", "data", f"{there} is not writable: set REDRAFT_DATA_DIR to a directory that is.")
    free = shutil.disk_usage(there).free
    if free < 2 * GIGABYTE:
        return Finding("warn", "data", f"{directory} has {free / GIGABYTE:.1f} GB free: make room, or move it.")
    return Finding("ok", "data", f"{directory}, {free / GIGABYTE:.0f} GB free")


async def address(settings: Settings) -> Finding:
    """Whether redraft can listen there: by listening."""
    where = f"{settings.host} port {settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((settings.host, settings.port))
            listener.listen(1)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            fix = "set REDRAFT_HOST to an address of this machine, and REDRAFT_PORT to one that you may use"
            return Finding("fail", "address", f"{where} cannot be listened on ({error.strerror}): {fix}.")
        if await _is_redraft(settings):
            return Finding("ok", "address", f"{where}, where redraft answers now")
        return Finding("fail", "address", f"{where} is taken by another program: set REDRAFT_PORT.")
    if not is_loopback(settings.host) and settings.mongodb_url is None:
        return Finding("warn", "address", f"{where} is open to others: set REDRAFT_MONGODB_URL, and TLS before it.")
    return Finding("ok", "address", f"{where}, free")


async def _is_redraft(settings: Settings) -> bool:
    """Whether who answers there describes itself as redraft does."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  to ask, not to listen
    host = f"[{host}]" if ":" in host else host
    try:
        async with (
            aiohttp.ClientSession(timeout=ASK) as http,
            http.get(f"http://{host}:{settings.port}/openapi.json", allow_redirects=False) as answer,
        ):
            told = await answer.json()
            return bool(told["info"]["title"] == "redraft")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError):
        return False


def files() -> Finding:
    """Whether it may have many connections."""
    soft, hard = limits()
    if few := fault(hard):
        return Finding("warn", "files", few)
    raised = "" if soft == hard else f" (`redraft serve` raises {soft:,} to it)"
    return Finding("ok", "files", f"{hard:,} files and connections at once{raised}")


def memory(settings: Settings) -> Finding:
    """Whether what it starts fits into what is free."""
    needed = settings.workers * PROCESS_BYTES
    if settings.mongodb_url is None:
        needed += PROCESS_BYTES
    if wants_embedded_model(settings):
        path = settings.embedded_model_path
        weights = (
            embedded_weights(settings).size_bytes if path is None else path.stat().st_size if path.is_file() else 0
        )
        needed += weights + BESIDE_WEIGHTS_BYTES
    free = available_bytes()
    text = f"{free / GIGABYTE:.1f} GB free, about {needed / GIGABYTE:.1f} GB needed"
    if free < needed:
        smaller = "REDRAFT_EMBEDDED_MODEL_SIZE names a smaller model, REDRAFT_MODEL one elsewhere"
        fix = smaller if wants_embedded_model(settings) else "set REDRAFT_WORKERS lower"
        return Finding("warn", "memory", f"{text}: free some; {fix}.")
    return Finding("ok", "memory", text)


def available_bytes() -> int:
    """What programs may still take on this machine or, if that is less, in this container."""
    free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    limit, used = _lines("/sys/fs/cgroup/memory.max"), _lines("/sys/fs/cgroup/memory.current")
    if limit and used and limit[0].isdigit() and used[0].isdigit():
        free = min(free, max(0, int(limit[0]) - int(used[0])))
    return free


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
