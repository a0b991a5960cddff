"""`redraft edit`: the edit agent at the prompt, on a file."""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from redraft.agents.beginnings import beginnings
from redraft.agents.editing import EditTask, Proposal, propose
from redraft.cli.parts import CannotStart, model_part, prepare_weights, wants_embedded_model
from redraft.config import Settings
from redraft.llm import Ask, Cut, Models, Role
from redraft.markdown import merge


class PromptTools:
    """What the agent may use here: the models. There is nobody to show an answer to."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.cut: Cut | None = None

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        """See `AgentTools.stream`."""
        self.cut = None
        return self._models.stream(role, ask, lambda call: None, on_cut=self._note_cut)

    async def answer(self, role: Role, ask: Ask) -> str:
        """See `AgentTools.answer`."""
        self.cut = None
        return await self._models.answer(role, ask, lambda call: None, on_cut=self._note_cut)

    def _note_cut(self, cut: Cut) -> None:
        self.cut = cut

    def say(self, text: str) -> None:
        """See `AgentTools.say`."""

    def context_tokens(self, role: Role) -> int:
        """See `AgentTools.context_tokens`."""
        return self._models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        """See `AgentTools.sees_images`."""
        return self._models.sees_images(role)


def read(path: Path, max_bytes: int) -> str:
    """The file's text, its line ends as they are. Raises `CannotStart`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > max_bytes:
        raise CannotStart(f"{path} is larger than REDRAFT_MAX_DOCUMENT_BYTES, {max_bytes} bytes.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise CannotStart(f"{path} is not UTF-8 (byte {error.start}); nothing was changed.") from error


async def ask_for_edit(settings: Settings, text: str, name: str, instruction: str) -> Proposal:
    """What the configured model, or the embedded one, proposes. Raises `CannotStart` and what `propose` raises."""
    weights = prepare_weights(settings) if wants_embedded_model(settings) else None
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        found, model = await stack.enter_async_context(model_part(settings, weights))
        if model is not None:
            await model.loaded()
            await model.recall(beginnings())
        models = await stack.enter_async_context(Models.opened(found))
        messages = [{"role": "user", "content": instruction}]
        return await propose(PromptTools(models), EditTask(messages, original=text, editing=text, name=name))


def write(path: Path, before: str, edited: str, max_bytes: int) -> bool:
    """Put the edit into the file, merged with what was written to it since it was `before`.

    False when both touched the same words: then the file stays as it is. It is replaced in one step, so that nobody
    ever finds half of it. Raises `CannotStart`.
    """
    merged = merge(before, read(path, max_bytes), edited)
    if merged.conflicts:
        return False
    target = path.resolve()  # a link stays a link
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(merged.document.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(target.stat().st_mode & 0o7777)
        Path(beside).replace(target)
    except OSError as error:
        Path(beside).unlink(missing_ok=True)
        raise CannotStart(f"{path} cannot be written: {error.strerror}.") from error
    return True
