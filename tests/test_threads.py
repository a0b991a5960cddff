"""Work beside the event loop, step by step."""

import asyncio
import threading

import pytest

from redraft.threads import in_thread_by_steps, on_the_loop


async def test_steps_are_done_in_threads_and_what_they_await_in_the_loop() -> None:
    async def where() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    async def steps() -> list[int]:
        return [threading.get_ident(), await on_the_loop(where), threading.get_ident()]

    first, awaited, last = await in_thread_by_steps(steps())
    assert first != threading.get_ident() != last
    assert awaited == threading.get_ident()


async def test_what_fails_in_the_loop_can_be_caught_in_a_step() -> None:
    async def fails() -> None:
        raise ValueError("no")

    async def steps() -> str:
        try:
            await on_the_loop(fails)
        except ValueError as error:
            raise KeyError("step") from error
        return "never"

    with pytest.raises(KeyError):
        await in_thread_by_steps(steps())


async def test_a_cancel_ends_what_is_awaited_and_then_the_steps() -> None:
    ended: list[str] = []
    waiting = asyncio.Event()

    async def forever() -> None:
        try:
            waiting.set()
            await asyncio.sleep(3600)
        finally:
            ended.append("awaited")

    async def steps() -> None:
        try:
            await on_the_loop(forever)
        finally:
            ended.append("step")

    task = asyncio.create_task(in_thread_by_steps(steps()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["awaited", "step"]


async def test_a_cancel_in_the_middle_of_a_step_is_not_held_up_by_it() -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def steps() -> None:
        begun.set()
        go_on.wait(60)

    task = asyncio.create_task(in_thread_by_steps(steps()))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
