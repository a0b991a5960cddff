"""What texts that were made to be slow cost in CPU, and whether other users notice.

    python -m bench.hostile                 # two minutes
    python -m bench.hostile --no-server     # the merges alone
    python -m bench.hostile --no-merges     # what others notice alone

The first table is CPU of `merge` in this process. The second is the time `/healthz` takes while seven clients of one
user send such merges to a server, one after the other each; the server, its database and the clients are processes of
their own or share this one.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import uvloop

from bench.processes import REDRAFT, cpu_seconds, database, model, redraft_settings, server
from redraft.markdown import merge
from redraft.markdown.diff import differences

SIZES = (45_000, 190_000, 1_000_000)
AT_ONCE = 7
SECONDS = 20.0
PAUSE_SECONDS = 0.01


def texts(part: Callable[[random.Random], str], size: int) -> tuple[str, str, str]:
    """Three texts of `size` characters, each of the same parts in another order."""
    return tuple(_text(part, size, seed) for seed in (1, 2, 3))  # type: ignore[return-value]


def _text(part: Callable[[random.Random], str], size: int, seed: int) -> str:
    chance = random.Random(seed)
    made: list[str] = []
    length = 0
    while length < size:
        made.append(part(chance))
        length += len(made[-1])
    return "".join(made)[:size]


KINDS: dict[str, Callable[[random.Random], str]] = {
    "shuffled short lines": lambda chance: f"w{chance.randrange(400)}\n",
    "lines of one letter": lambda chance: f"{chance.choice('abcd')}\n",
    "shuffled words": lambda chance: f"{chance.choice('abcd')} ",
    "blank lines": lambda chance: chance.choice(["\n", " \n", "\n\n", "a\n"]),
    "one repeated line": lambda chance: "x\n" * chance.randrange(1, 9),
    "one huge word": lambda chance: chance.choice("xy"),
    "list items": lambda chance: f"1. {chance.choice('abcdef')}\n",
    "table rows": lambda chance: f"|{chance.choice('abcdef')}|{chance.choice('xyz')}|\n",
    "reference definitions": lambda chance: f"[{chance.randrange(999)}]: http://{chance.choice('abc')}\n",
    "headings": lambda chance: f"# {chance.choice('abcdefgh')}\n\n- {chance.choice('xyz')}\n\n",
    "marks": lambda chance: chance.choice("`*_[]()|\\<>$"),
    "deep quotes": lambda chance: ">" * chance.randrange(1, 400) + "\n",
    "random Unicode": lambda chance: chr(
        chance.choice([10, 32, chance.randrange(0x20, 0x2FF), chance.randrange(0x4E00, 0x9FFF)])
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-server", action="store_true", help="the merges alone")
    parser.add_argument("--no-merges", action="store_true", help="what others notice alone")
    options = parser.parse_args()
    if not options.no_merges:
        _merges()
    if not options.no_server:
        uvloop.run(_beside())


def _merges() -> None:
    print("| CPU seconds | " + " | ".join(f"{size:,} characters" for size in SIZES) + " | difference, 1,000,000 |")
    print("| --- |" + " ---: |" * (len(SIZES) + 1))
    for name, part in KINDS.items():
        print(f"| {name} | {' | '.join(f'{each:.2f}' for each in _costs(part))} |", flush=True)


def _costs(part: Callable[[random.Random], str]) -> Iterator[float]:
    for size in SIZES:
        yield _cpu(merge, *texts(part, size))
    before, after, _ = texts(part, SIZES[-1])
    yield _cpu(differences, before, after, "a.md")


def _cpu(work: Callable[..., object], *given: str) -> float:
    started = time.process_time()
    work(*given)
    return time.process_time() - started


async def _beside() -> None:
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = await stack.enter_async_context(database(directory))
        models = await stack.enter_async_context(model(1, 0.01))
        settings = redraft_settings(directory, store, models)
        replica = await stack.enter_async_context(server(REDRAFT, settings, "/healthz"))
        http = await stack.enter_async_context(aiohttp.ClientSession(base_url=replica.base))
        who = {"phone": "+84901234567", "password": "a rather good passphrase"}
        async with http.post("/v1/auth/register", json=who) as response:
            headers = {"Authorization": f"Bearer {(await response.json())['access_token']}"}
        print("\n| seven clients of one user send | /healthz, ms: median | p99 | worst | server's CPU s | answers |")
        print("| --- | ---: | ---: | ---: | ---: | --- |")
        for size in (0, *SIZES):
            base, mine, theirs = texts(KINDS["shuffled short lines"], size)
            body = {"base": base, "mine": mine, "theirs": theirs}
            before, statuses = cpu_seconds(replica.pid), []
            at_work = [asyncio.create_task(_send(http, body, headers, statuses)) for _ in range(AT_ONCE if size else 0)]
            times = await _healthy(http)
            for each in at_work:
                each.cancel()
            await asyncio.gather(*at_work, return_exceptions=True)
            p99 = times[int(0.99 * len(times))]
            row = f"{statistics.median(times):.1f} | {p99:.1f} | {times[-1]:.1f}"
            spent, answers = cpu_seconds(replica.pid) - before, _counted(statuses)
            print(f"| {f'{size:,} characters' if size else 'nothing'} | {row} | {spent:.1f} | {answers} |", flush=True)


async def _send(http: aiohttp.ClientSession, body: object, headers: dict[str, str], statuses: list[int]) -> None:
    while True:
        async with http.post("/v1/merges", json=body, headers=headers) as response:
            await response.read()
            statuses.append(response.status)


async def _healthy(http: aiohttp.ClientSession) -> list[float]:
    """Milliseconds of each request, from the shortest to the longest."""
    times: list[float] = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        started = time.perf_counter()
        async with http.get("/healthz") as response:
            await response.read()
        times.append(1_000 * (time.perf_counter() - started))
        await asyncio.sleep(PAUSE_SECONDS)
    return sorted(times)


def _counted(statuses: list[int]) -> str:
    return ", ".join(f"{len([*same])} x {status}" for status, same in itertools.groupby(sorted(statuses)))


if __name__ == "__main__":
    main()
