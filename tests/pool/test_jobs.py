"""Work on long texts runs in processes that end when they have to."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from redraft.config import Settings
from redraft.errors import Overloaded, TooManyRequests, TooMuchWork, Unavailable
from redraft.main import create_app
from redraft.markdown import merge
from redraft.markdown.diff import differences
from redraft.pool import jobs as pool_jobs
from redraft.pool.jobs import HERE, IN_A_THREAD, Jobs
from tests.clients import client_of, until
from tests.conftest import listening
from tests.people import somebody

LONG = IN_A_THREAD + 1
ROOT = Path(__file__).parent.parent.parent
BASE = "".join(f"Line {n} says something of its own.\n" for n in range(1_000))
MINE, THEIRS = BASE.replace("Line 3 ", "My line 3 "), BASE.replace("Line 900 ", "Their line 900 ")


@pytest.fixture(scope="module")
async def served(settings: Settings) -> AsyncIterator[tuple[str, Jobs]]:
    app = create_app(settings)
    async with listening(app) as url:
        yield url, app.state.services[Jobs]


def _is_there(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not waited for does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_a_long_merge_is_done_in_another_process_and_says_the_same() -> None:
    async with Jobs(Settings()).running() as jobs:
        assert await jobs.do("ada", len(BASE) * 3, merge, BASE, MINE, THEIRS) == merge(BASE, MINE, THEIRS)
        assert await jobs.do("ada", LONG, os.getpid) == jobs.pids[0] != os.getpid()
        assert await jobs.do("ada", HERE, os.getpid) == await jobs.do("ada", IN_A_THREAD, os.getpid) == os.getpid()


async def test_what_fails_there_is_raised_here_and_the_process_goes_on() -> None:
    async with Jobs(Settings()).running() as jobs:
        with pytest.raises(ZeroDivisionError):
            await jobs.do("ada", LONG, divmod, 1, 0)
        [pid] = jobs.pids
        assert await jobs.do("ada", LONG, os.getpid) == pid


async def test_a_job_past_its_cpu_time_is_stopped_and_the_next_one_runs() -> None:
    async with Jobs(Settings(work_cpu_seconds=0.1)).running() as jobs:
        with pytest.raises(TooMuchWork):
            await jobs.do("ada", LONG, sum, range(10**12))
        assert jobs.pids == []
        assert await jobs.do("ada", LONG, max, 1, 2) == 2


async def test_a_process_that_dies_is_an_error_that_says_to_try_again() -> None:
    async with Jobs(Settings()).running() as jobs:
        with pytest.raises(Unavailable) as caught:
            await jobs.do("ada", LONG, os._exit, 3)
        assert caught.value.retry_after
        assert await jobs.do("ada", LONG, max, 1, 2) == 2


async def test_a_process_is_killed_with_the_job_that_is_cancelled_and_with_the_server() -> None:
    async with Jobs(Settings()).running() as jobs:
        await jobs.do("bob", LONG, max, 1, 2)
        [warm] = jobs.pids
        sleeping = [asyncio.create_task(jobs.do(name, LONG, time.sleep, 1_000)) for name in ("ada", "bob")]
        await until(lambda: len(jobs.pids) == 2)
        pids = jobs.pids
        sleeping[0].cancel()
        await asyncio.wait({sleeping[0]})
        await until(lambda: sum(map(_is_there, pids)) == 1)
        assert warm in pids
    assert not any(map(_is_there, pids))
    with pytest.raises(Unavailable):
        await sleeping[1]


async def test_one_user_waits_for_themselves_and_others_pass() -> None:
    async with Jobs(Settings(work_queue_per_user=2)).running() as jobs:
        sleeping = [asyncio.create_task(jobs.do("ada", LONG, time.sleep, 1_000)) for _ in range(3)]
        await until(lambda: len(jobs.pids) == 1)
        with pytest.raises(TooManyRequests):
            await jobs.do("ada", LONG, max, 1, 2)
        assert await jobs.do("bob", LONG, max, 1, 2) == 2
        assert len(jobs.pids) == 2
        for each in sleeping:
            each.cancel()
        await asyncio.wait(sleeping)
        assert await jobs.do("ada", LONG, max, 1, 2) == 2


async def test_all_users_together_wait_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_jobs, "WAITING", 1)
    async with Jobs(Settings(work_processes=1)).running() as jobs:
        sleeping = [asyncio.create_task(jobs.do(name, LONG, time.sleep, 1_000)) for name in ("ada", "bob")]
        await until(lambda: len(jobs.pids) == 1)
        with pytest.raises(Overloaded):
            await jobs.do("eve", LONG, max, 1, 2)
        for each in sleeping:
            each.cancel()
        await asyncio.wait(sleeping)


async def test_a_sigterm_to_the_whole_service_leaves_a_job_its_answer() -> None:
    async with Jobs(Settings()).running() as jobs:
        await jobs.do("ada", LONG, max, 1, 2)
        [pid] = jobs.pids
        working = asyncio.create_task(jobs.do("ada", LONG, time.sleep, 0.2))
        os.kill(pid, signal.SIGTERM)
        await working
        assert jobs.pids == [pid]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends when it reads its next job")
async def test_a_process_ends_when_its_server_is_killed_in_the_middle_of_a_job() -> None:
    server = (
        "import asyncio, time\n"
        "from redraft.config import Settings\n"
        "from redraft.pool.jobs import Jobs\n"
        "async def main():\n"
        "    jobs = Jobs(Settings())\n"
        "    await jobs.do('ada', 10**6, max, 1, 2)\n"
        "    print(*jobs.pids, flush=True)\n"
        "    await jobs.do('ada', 10**6, time.sleep, 1_000)\n"
        "asyncio.run(main())\n"
    )
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", server, stdout=pipe, cwd=ROOT)
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    assert _is_there(pid)
    process.kill()
    await process.wait()
    await until(lambda: not _is_there(pid))


async def test_a_client_that_leaves_ends_its_merge(served: tuple[str, Jobs]) -> None:
    url, jobs = served
    async with client_of(url) as client:
        ada = await somebody(client)
        body = {"base": BASE, "mine": MINE, "theirs": THEIRS}
        answer = await client.post("/v1/merges", json=body, headers=ada.headers)
        assert answer.json() == {"document": merge(BASE, MINE, THEIRS).document, "conflicts": []}
        [pid] = jobs.pids
        os.kill(pid, signal.SIGSTOP)  # work that would never end
        async with client_of(url) as leaving:
            with suppress(httpx.ReadTimeout):
                await leaving.post("/v1/merges", json=body, headers=ada.headers, timeout=0.5)
        await until(lambda: not _is_there(pid))
        assert (await client.post("/v1/merges", json=body, headers=ada.headers)).json() == answer.json()


async def test_a_save_and_a_comparison_of_long_texts_work_there_too(
    served: tuple[str, Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, jobs = served
    done: list[object] = []
    in_process = jobs._in_process

    async def noted(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        done.append(work)
        return await in_process(work, args)

    monkeypatch.setattr(jobs, "_in_process", noted)
    async with client_of(url) as client:
        ada = await somebody(client)
        made = (await client.post("/v1/documents", json={"name": "a.md", "text": BASE}, headers=ada.headers)).json()
        path = f"/v1/documents/{made['id']}"
        for text in (MINE, THEIRS):
            saved = await client.put(path, json={"text": text, "base_version": 1}, headers=ada.headers)
            assert saved.status_code == 200, saved.text
        assert saved.json()["text"] == merge(BASE, THEIRS, MINE).document
        found = await client.get(f"{path}/diff?from_version=1&to_version=3", headers=ada.headers)
        assert "+My line 3 says" in found.json()["diff"]
        assert "".join(each["text"] for each in found.json()["words"] if each["kind"] != "insert") == BASE
    assert done == [merge, differences]
