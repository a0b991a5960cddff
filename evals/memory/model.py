"""The model's server: recorded answers, or answers that somebody writes, and short ones where they do not matter.

redraft is given a model of its own for each role, named after it: so the server knows what it is asked for, however
the prompts are worded.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from evals.memory.cases import Message
from redraft.agents import prompts
from redraft.llm import estimate, estimate_messages

Prompt = list[dict[str, str]]
_END = 24
"""Characters of a message's end by which it is known again in a prompt; a shorter one may stand anywhere."""


@dataclass
class Asked:
    """A call: whose model, what it was sent, what it answered."""

    role: str
    messages: Prompt
    answer: str


class Answering(Protocol):
    """Whoever writes the summaries and learns."""

    async def answer(self, role: str, prompt: Prompt) -> str:
        """The answer to a prompt."""
        ...


class Unexpected:
    """For when nothing is to be summed up or learned by this server: a live model does it, or the chat fits."""

    async def answer(self, role: str, prompt: Prompt) -> str:
        """Raises `RuntimeError`."""
        raise RuntimeError(f"Nobody is there to answer for {role}.")


@dataclass
class Recorded:
    """Answers from a file: by job (`learn main`, `running`, …), a list of answers to its parts in order.

    Each is kept with `until`, how many messages of the chat had been shown by its end; where a part ends elsewhere
    by now, the answer is another part's, and `moved` names it: record again.
    """

    path: Path
    chat: Sequence[Message]
    job: str
    moved: list[str]
    place: int = 0

    async def answer(self, role: str, prompt: Prompt) -> str:
        """The next answer. Raises `RuntimeError` where there is none."""
        kept = json.loads(self.path.read_text("utf-8")).get(self.job, []) if self.path.exists() else []
        if not kept:
            raise RuntimeError(f"{self.path.name} has no answer for {self.job!r}: record it with --record.")
        if self.place >= len(kept) or kept[self.place]["until"] != until(self.chat, prompt):
            self.moved.append(f"{self.path.stem}, {self.job}, part {self.place + 1}")
        told: str = kept[min(self.place, len(kept) - 1)]["answer"]
        self.place += 1
        return told


@dataclass
class Together:
    """Recorded answers for who learns and sums up at once: what was `learned`, with the summary that was made apart."""

    learned: Recorded
    summed_up: Recorded

    async def answer(self, role: str, prompt: Prompt) -> str:
        """What was learned, and in it the summary where it is asked for. Raises `RuntimeError` where there is none."""
        if role == "summarize":
            return await self.summed_up.answer(role, prompt)
        answer = await self.learned.answer(role, prompt)
        if prompts.ALSO_SUM_UP[:30] not in prompt[0]["content"]:
            return answer
        summary = await self.summed_up.answer(role, prompt)
        return json.dumps({**json.loads(answer), "summary": summary}, ensure_ascii=False)


@dataclass
class Spool:
    """Answers that somebody writes: a prompt becomes `NNN.prompt.md`, its answer is what appears as `NNN.answer.txt`.

    What was answered is kept in `path`, under its job.
    """

    directory: Path
    path: Path
    chat: Sequence[Message]
    job: str
    answers: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, role: str, prompt: Prompt) -> str:
        """What was written, without the last line end."""
        number = len(list(self.directory.glob("*.prompt.md"))) + 1
        told = "\n".join(f"===== {each['role']} =====\n{each['content']}" for each in prompt)
        shown = self.directory / f"{number:03}.prompt.md"
        shown.with_suffix(".tmp").write_text(f"{told}\n===== ({self.path.stem}, {self.job}) =====\n", "utf-8")
        shown.with_suffix(".tmp").rename(shown)
        written = self.directory / f"{number:03}.answer.txt"
        while not written.exists():  # noqa: ASYNC110  a file that a person writes has no event
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.2)
        answer = written.read_text("utf-8").removesuffix("\n")
        self.answers.append({"until": until(self.chat, prompt), "answer": answer})
        kept = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        kept[self.job] = self.answers
        self.path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return answer


def until(chat: Sequence[Message], prompt: Prompt) -> int:
    """How many of the chat's messages a prompt shows, counted from the beginning to the last one that it has."""
    shown = prompt[-1]["content"]
    ends = ((place, each["content"][-_END:]) for place, each in enumerate(chat, 1))
    return max((place for place, end in ends if len(end) == _END and end in shown), default=0)


@dataclass
class ModelServer:
    """Speaks chat completions; `answering` sums up and learns.

    `asked` has every call since it was cleared, `written` those for a summary or learning since a job began.
    """

    base_url: str = ""
    asked: list[Asked] = field(default_factory=list)
    written: list[Asked] = field(default_factory=list)
    answering: Answering = field(default_factory=Unexpected)
    wants: str = "question"
    failed: list[str] = field(default_factory=list)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["ModelServer"]:
        """A server on a free port of 127.0.0.1."""
        server = cls()
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", server._complete)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield server
        finally:
            await runner.cleanup()

    def begin(self, answering: Answering) -> None:
        """Have the next summaries and items written by `answering`."""
        self.asked.clear()
        self.written.clear()
        self.answering = answering

    def texts(self, *roles: str) -> list[str]:
        """All that the models of these roles were sent."""
        return [each["content"] for asked in self.asked if asked.role in roles for each in asked.messages]

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = await request.json()
        role, prompt = body["model"], [_text_message(each) for each in body["messages"]]
        try:
            answer = await self._answer(role, prompt, body.get("response_format"))
        except RuntimeError as error:
            self.failed.append(str(error))
            return web.json_response({"error": {"message": str(error)}}, status=400)
        self.asked.append(Asked(role, prompt, answer))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        said = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": answer}}]}
        ended = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        spent = {"prompt_tokens": estimate_messages(prompt), "completion_tokens": estimate(answer)}
        await response.write(
            b"".join(map(_event, (said, ended, {"choices": [], "usage": spent}))) + b"data: [DONE]\n\n"
        )
        return response

    async def _answer(self, role: str, prompt: Prompt, form: dict[str, Any] | None) -> str:
        if role in ("summarize", "reflect"):
            answer = await self.answering.answer(role, prompt)
            self.written.append(Asked(role, prompt, answer))
            return answer
        if role == "route":
            return json.dumps({"wants": self.wants})
        return json.dumps(filled(form["json_schema"]["schema"]), ensure_ascii=False) if form else "Noted."


def filled(schema: dict[str, Any]) -> Any:
    """A value of the schema: what an edit says is of no matter here, only what it was sent.

    A small model is asked for a kind of change before it is asked for words: here it adds them, at the end.
    """
    if "anyOf" in schema:
        return filled(next((each for each in schema["anyOf"] if _adds(each)), schema["anyOf"][0]))
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((each for each in ("add", "last") if each in schema["enum"]), schema["enum"][0])
    if schema.get("type") == "object":
        return {name: "" if name == "of" else filled(each) for name, each in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [filled(schema["items"])] * schema.get("minItems", 0)
    return {"boolean": False, "integer": 0, "number": 0}.get(schema.get("type", ""), "It is so.")


def _adds(schema: dict[str, Any]) -> bool:
    """Whether it is the form of what adds something to a draft: then the words of it are asked for."""
    ask = schema.get("properties", {}).get("ask", {})
    return "add" in (ask.get("const"), *ask.get("enum", ()))


def _text_message(message: dict[str, Any]) -> dict[str, str]:
    content = message["content"]
    text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
    return {"role": message["role"], "content": text}


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps({"id": "c1", "model": "written", **chunk}).encode() + b"\n\n"
