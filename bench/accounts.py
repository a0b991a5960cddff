"""What accounts cost: logins against raw argon2id, the check of an access token, logout, sealing, timing by number.

    python -m bench.accounts        # about three minutes; the app and the database are processes of their own

Every figure is taken on this machine, in this run. What is compared is measured by turns, in short blocks, and the
median of the blocks counts, so that what else the machine does falls on both. CPU is a process's own, user and system.
"""

import asyncio
import contextlib
import itertools
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import psutil
from pydantic import SecretStr

from redraft.accounts.passwords import _HASHER, _give_way
from redraft.config import Settings
from redraft.embedded.database import embedded_database, free_port
from redraft.vault import OwnerKey, Place

PASSWORD = "a rather good passphrase"
PEOPLE = 100
AT_ONCE = 16
PAIRS = 5
BLOCK_SECONDS = 4.0
CALLS = 500
TRIES = 200
LOGOUTS = 20

Figures = dict[str, float]
phones = [f"+8490{number:07d}" for number in range(PEOPLE)]
in_turn = itertools.cycle(phones)


def serve(settings: Settings, anybody: dict[str, str] | None) -> None:
    """The app; with `anybody`, the same app without authentication: every caller is that one."""
    import uvicorn

    from redraft.accounts import Identity, caller
    from redraft.logs import configure
    from redraft.main import create_app

    configure("warning", "json")
    app = create_app(settings)
    if anybody:

        async def nobody_asks() -> Identity:
            return Identity(anybody["id"], "", False)

        app.dependency_overrides[caller._caller] = nobody_asks
    uvicorn.run(app, host="127.0.0.1", port=settings.port, log_level="error", access_log=False)


@contextlib.asynccontextmanager
async def serving(settings: Settings, anybody: dict[str, str] | None = None) -> AsyncIterator[tuple[str, int]]:
    """The app in a process of its own: its address and its process id."""
    settings = settings.model_copy(update={"port": free_port()})
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, anybody))
    process.start()
    url = f"http://127.0.0.1:{settings.port}"
    try:
        async with aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{url}/healthz"):
                        break
                await asyncio.sleep(0.2)
        assert process.pid
        yield url, process.pid
    finally:
        process.terminate()
        process.join()


def cpu_of(*pids: int) -> Callable[[], float]:
    """Asked a second time, how many milliseconds of CPU the processes have used since; asked again, since then."""
    processes, before = [psutil.Process(pid) for pid in pids], 0.0

    def spent() -> float:
        nonlocal before
        times = [each.cpu_times() for each in processes]
        total = sum(each.user + each.system for each in times) * 1000
        since, before = total - before, total
        return since

    spent()
    return spent


def raw_hashes(threads: int) -> int:
    """How many hashes `threads` threads check in a block of time, doing nothing else."""
    kept, until = _HASHER.hash(PASSWORD), time.perf_counter() + BLOCK_SECONDS

    def verify() -> int:
        done = 0
        while time.perf_counter() < until:
            _HASHER.verify(PASSWORD, kept)
            done += 1
        return done

    with ThreadPoolExecutor(threads, initializer=_give_way) as pool:
        return sum(each.result() for each in [pool.submit(verify) for _ in range(threads)])


async def call(http: aiohttp.ClientSession, url: str, status: int, body: object) -> dict[str, object]:
    async with http.post(url, json=body) as response:
        assert response.status == status, await response.text()
        answer: dict[str, object] = await response.json(content_type=None)
        return answer


async def logins(http: aiohttp.ClientSession, url: str) -> int:
    """How many logins are answered in a block of time, `AT_ONCE` at once."""
    until, done = time.perf_counter() + BLOCK_SECONDS, 0

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await call(http, f"{url}/v1/auth/login", 200, {"phone": next(in_turn), "password": PASSWORD})
            done += 1

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return done


async def logins_beside_hashes(http: aiohttp.ClientSession, url: str, pid: int, threads: int) -> Figures:
    """Logins a second and their CPU, beside those of the hash alone; without what the app uses when idle."""
    children = psutil.Process().children(recursive=True)
    database = cpu_of(*(each.pid for each in children if "secantusd" in " ".join(each.cmdline())))
    mine, app = cpu_of(os.getpid()), cpu_of(pid)
    blocks: dict[str, list[float]] = defaultdict(list)
    await logins(http, url)
    app()
    await asyncio.sleep(BLOCK_SECONDS)
    idle = app() / BLOCK_SECONDS
    for _ in range(PAIRS):
        mine()
        started = time.perf_counter()
        hashes = await asyncio.to_thread(raw_hashes, threads)
        raw, raw_cpu = hashes / (time.perf_counter() - started), mine() / hashes
        app(), database()
        started = time.perf_counter()
        done = await logins(http, url)
        seconds = time.perf_counter() - started
        rate, cpu = done / seconds, (app() - idle * seconds) / done
        blocks["raw argon2id, hashes/s"].append(raw)
        blocks["logins/s"].append(rate)
        blocks["logins as a part of raw, by time"].append(rate / raw)
        blocks["a raw hash, CPU ms"].append(raw_cpu)
        blocks["a login, CPU ms of the app"].append(cpu)
        blocks["logins as a part of raw, by CPU of the app"].append(raw_cpu / cpu)
        blocks["a login, CPU ms of the database"].append(database() / done)
        blocks["a login, CPU ms of this client"].append(mine() / done)
    medians = {name: statistics.median(values) for name, values in blocks.items()}
    return medians | {"the idle app, CPU ms a second": idle}


async def lateness(http: aiohttp.ClientSession, url: str) -> Figures:
    """Milliseconds of `GET /healthz` while nobody logs in, and while a crowd does."""

    async def ping(until: float) -> list[float]:
        taken = []
        while time.perf_counter() < until:
            started = time.perf_counter()
            async with http.get(f"{url}/healthz"):
                taken.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(0.02)
        return sorted(taken)

    quiet = await ping(time.perf_counter() + BLOCK_SECONDS)
    crowd, _ = await asyncio.gather(ping(time.perf_counter() + BLOCK_SECONDS), logins(http, url))
    return {
        f"/healthz {who}, {part} ms": taken[int(len(taken) * share)]
        for who, taken in (("alone", quiet), ("beside a crowd that logs in", crowd))
        for part, share in (("median", 0.5), ("p99", 0.99))
    }


async def check(http: aiohttp.ClientSession, guarded: tuple[str, int], free: tuple[str, int], token: str) -> Figures:
    """CPU of `GET /v1/me` with authentication and without."""
    rounds: dict[str, list[float]] = defaultdict(list)
    headers = {"Authorization": f"Bearer {token}"}
    for number in range(2 * PAIRS + 1):
        costs = {}
        for name, (url, pid) in (("with", guarded), ("without", free)):
            spent = cpu_of(pid)
            for _ in range(CALLS):
                async with http.get(f"{url}/v1/me", headers=headers) as response:
                    assert response.status == 200
            costs[name] = spent() / CALLS
        if number:  # the first warms up
            rounds["GET /v1/me, CPU ms"].append(costs["with"])
            rounds["the same without authentication, CPU ms"].append(costs["without"])
            rounds["the check, CPU ms"].append(costs["with"] - costs["without"])
    return {name: statistics.median(values) for name, values in rounds.items()}


async def cut_off(http: aiohttp.ClientSession, here: str, there: str) -> Figures:
    """Milliseconds from the answer of a logout until the same replica and another one refuse its access token."""
    taken: dict[str, list[float]] = {"here": [], "there": []}
    for _ in range(LOGOUTS):
        entered = await call(http, f"{here}/v1/auth/login", 200, {"phone": next(in_turn), "password": PASSWORD})
        headers = {"Authorization": f"Bearer {entered['access_token']}"}
        async with http.get(f"{there}/v1/me", headers=headers) as response:
            assert response.status == 200
        async with http.post(f"{here}/v1/auth/logout", headers=headers) as response:
            assert response.status == 204
        started = time.perf_counter()
        for name, url in (("here", here), ("there", there)):
            status = 200
            while status != 401:
                async with http.get(f"{url}/v1/me", headers=headers) as response:
                    status = response.status
                taken[name].append((time.perf_counter() - started) * 1000)
                await asyncio.sleep(0 if status == 401 else 0.02)
    return {
        "a logout is felt on its replica, ms at most": max(taken["here"]),
        "a logout is felt on another, ms at most": max(taken["there"]),
    }


async def told_apart(http: aiohttp.ClientSession, url: str) -> Figures:
    """Median milliseconds of a wrong password and of an unknown number, and how often the first took longer."""

    async def milliseconds(phone: str) -> float:
        started = time.perf_counter()
        await call(http, f"{url}/v1/auth/login", 401, {"phone": phone, "password": "not the password"})
        return (time.perf_counter() - started) * 1000

    wrong, unknown = [], []
    for number in range(TRIES):
        wrong.append(await milliseconds(phones[number % PEOPLE]))
        unknown.append(await milliseconds(f"+8495{number % PEOPLE:07d}"))
    longer = sum(one > other for one in wrong for other in unknown) / (len(wrong) * len(unknown))
    return {
        "a wrong password, ms": statistics.median(wrong),
        "an unknown number, ms": statistics.median(unknown),
        "the first took longer (0.5: nothing to tell apart)": longer,
    }


def sealing() -> Figures:
    """Microseconds to seal and to open texts."""
    figures, key, place, rounds = {}, OwnerKey(b"k" * 32), Place("messages", "content", "msg_1"), 1_000
    for size in (100, 10_000, 1_000_000):
        text, started = "x" * size, time.process_time()
        sealed = [key.seal(text, place) for _ in range(rounds)]
        between = time.process_time()
        for each in sealed:
            key.open(each, place)
        figures[f"seal {size:,} characters, us"] = (between - started) / rounds * 1e6
        figures[f"open {size:,} characters, us"] = (time.process_time() - between) / rounds * 1e6
    return figures


async def measure() -> Figures:
    figures = {"load of the machine before": os.getloadavg()[0]}
    async with contextlib.AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = SecretStr(await stack.enter_async_context(embedded_database(directory / "mongodb")))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = Settings(mongodb_url=database, data_dir=directory, log_level="error", model="openai:none")
        threads = os.cpu_count() or 1
        guarded = url, pid = await stack.enter_async_context(serving(settings))
        people = [await call(http, f"{url}/v1/auth/register", 201, {"phone": p, "password": PASSWORD}) for p in phones]
        figures["cores, and threads that hash"] = threads
        figures |= await logins_beside_hashes(http, url, pid, threads)
        figures |= await lateness(http, url)
        figures |= await told_apart(http, url)
        free = await stack.enter_async_context(serving(settings, people[0]["user"]))  # type: ignore[arg-type]
        figures |= await check(http, guarded, free, str(people[0]["access_token"]))
        other, _ = await stack.enter_async_context(serving(settings))
        figures |= await cut_off(http, url, other)
    return figures | sealing() | {"load of the machine after": os.getloadavg()[0]}


def main() -> None:
    figures = asyncio.run(measure())
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<52}{value:>10.3f}")


if __name__ == "__main__":
    main()
