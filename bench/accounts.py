"""What accounts cost: logins against raw argon2id, the check of an access token, sealing, and timing by number.

    python -m bench.accounts        # about two minutes; the app and the database are processes of their own

Every figure is taken on this machine, in this run. CPU is the server process's own (user and system).
"""

import asyncio
import contextlib
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import psutil
from pydantic import SecretStr

from redraft.accounts.passwords import _HASHER
from redraft.config import Settings
from redraft.embedded.database import embedded_database, free_port
from redraft.vault.vault import OwnerKey

PASSWORD = "a rather good passphrase"
SECONDS = 8.0
CALLS = 3_000
TRIES = 200


def serve(settings: Settings, anybody: dict[str, str] | None) -> None:
    """The app; with `anybody`, the same app without authentication: every caller is that one."""
    import uvicorn

    from redraft.accounts import Identity, caller
    from redraft.logs import configure
    from redraft.main import create_app

    configure("warning", "json")
    app = create_app(settings)
    if anybody:
        app.dependency_overrides[caller._caller] = lambda: Identity(anybody["id"], "", False)
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
                    await http.get(f"{url}/healthz")
                    break
                await asyncio.sleep(0.2)
        assert process.pid
        yield url, process.pid
    finally:
        process.terminate()
        process.join()


def raw_hashes(threads: int) -> float:
    """Hashes a second of `threads` threads that do nothing else."""
    kept, until = _HASHER.hash(PASSWORD), time.perf_counter() + SECONDS

    def verify() -> int:
        done = 0
        while time.perf_counter() < until:
            _HASHER.verify(PASSWORD, kept)
            done += 1
        return done

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        total = sum(each.result() for each in [pool.submit(verify) for _ in range(threads)])
    return total / (time.perf_counter() - started)


async def register(http: aiohttp.ClientSession, url: str, number: int) -> dict[str, object]:
    wish = {"phone": f"+8490{number:07d}", "password": PASSWORD}
    async with http.post(f"{url}/v1/auth/register", json=wish) as response:
        assert response.status == 201, await response.text()
        answer: dict[str, object] = await response.json()
        return answer


async def logins(http: aiohttp.ClientSession, url: str, people: int) -> float:
    """Logins a second, `people` at once."""
    until, done = time.perf_counter() + SECONDS, 0

    async def one(number: int) -> None:
        nonlocal done
        while time.perf_counter() < until:
            wish = {"phone": f"+8490{number:07d}", "password": PASSWORD}
            async with http.post(f"{url}/v1/auth/login", json=wish) as response:
                assert response.status == 200, await response.text()
                done += 1

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(people)))
    return done / (time.perf_counter() - started)


async def cpu_ms(http: aiohttp.ClientSession, url: str, pid: int, headers: dict[str, str]) -> float:
    """CPU milliseconds of the server for one `GET /v1/me`; the median of five rounds."""
    process, rounds = psutil.Process(pid), []
    for _ in range(6):
        before = process.cpu_times()
        for _ in range(CALLS // 6):
            async with http.get(f"{url}/v1/me", headers=headers) as response:
                assert response.status == 200
        after = process.cpu_times()
        spent = after.user + after.system - before.user - before.system
        rounds.append(spent * 1000 / (CALLS // 6))
    return statistics.median(rounds[1:])


async def told_apart(http: aiohttp.ClientSession, url: str) -> tuple[float, float, float]:
    """Median milliseconds of a wrong password and of an unknown number, and how often the first took longer."""

    async def milliseconds(number: int) -> float:
        started = time.perf_counter()
        wish = {"phone": f"+8490{number:07d}", "password": "not the password"}
        async with http.post(f"{url}/v1/auth/login", json=wish) as response:
            assert response.status == 401, await response.text()
        return (time.perf_counter() - started) * 1000

    wrong, unknown = [], []
    for number in range(TRIES):
        wrong.append(await milliseconds(number % 40))
        unknown.append(await milliseconds(5_000_000 + number % 40))
    longer = sum(one > other for one in wrong for other in unknown) / (len(wrong) * len(unknown))
    return statistics.median(wrong), statistics.median(unknown), longer


def sealing_us(size: int) -> tuple[float, float]:
    """Microseconds to seal and to open a text of `size` characters."""
    key, text, rounds = OwnerKey(b"k" * 32), "x" * size, 2_000
    started = time.process_time()
    sealed = [key.seal(text) for _ in range(rounds)]
    between = time.process_time()
    for each in sealed:
        key.open(each)
    return (between - started) / rounds * 1e6, (time.process_time() - between) / rounds * 1e6


async def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        async with embedded_database(Path(directory) / "mongodb") as database, aiohttp.ClientSession() as http:
            settings = Settings(
                mongodb_url=SecretStr(database), data_dir=Path(directory), log_level="error", model="openai:none"
            )
            async with serving(settings) as (url, pid):
                people = [await register(http, url, number) for number in range(40)]
                figures["raw argon2id, hashes/s"] = await asyncio.to_thread(raw_hashes, settings.hash_threads)
                figures["logins/s"] = await logins(http, url, 16)
                figures["raw argon2id again, hashes/s"] = await asyncio.to_thread(raw_hashes, settings.hash_threads)
                raw = (figures["raw argon2id, hashes/s"] + figures["raw argon2id again, hashes/s"]) / 2
                figures["logins as a part of raw"] = figures["logins/s"] / raw
                wrong, unknown, longer = await told_apart(http, url)
                figures |= {"wrong password, ms": wrong, "unknown number, ms": unknown, "told apart (0.5: not)": longer}
                headers = {"Authorization": f"Bearer {people[0]['access_token']}"}
                figures["GET /v1/me, CPU ms"] = await cpu_ms(http, url, pid, headers)
            user: dict[str, str] = people[0]["user"]  # type: ignore[assignment]
            async with serving(settings, user) as (url, pid):
                figures["the same without authentication, CPU ms"] = await cpu_ms(http, url, pid, {})
    figures["the check, CPU ms"] = figures["GET /v1/me, CPU ms"] - figures["the same without authentication, CPU ms"]
    for size in (100, 10_000, 1_000_000):
        sealed, opened = sealing_us(size)
        figures |= {f"seal {size:,} characters, us": sealed, f"open {size:,} characters, us": opened}
    return figures


def main() -> None:
    figures = asyncio.run(measure())
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<42}{value:>10.3f}")


if __name__ == "__main__":
    main()
