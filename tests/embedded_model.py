"""Real models for tests that need one: llama.cpp with real weights, each started once, when first asked for."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from redraft.config import ModelSize, default_data_dir
from redraft.embedded.model import EmbeddedModel, embedded_model
from redraft.embedded.weights import WEIGHTS, prepare


@contextlib.asynccontextmanager
async def running_model(size: ModelSize, directory: Path) -> AsyncIterator[EmbeddedModel]:
    """The model of that size, loaded. Its weights are put together once, where `make run` keeps them."""
    weights = prepare(WEIGHTS[size], default_data_dir() / "weights")
    async with embedded_model(weights, directory / "model.log", kept=directory / "cache") as model:
        await model.loaded()
        yield model


@pytest.fixture(scope="session")
async def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedModel]:
    """SmolLM2-135M: speaks the API at 90 tokens a second, and cannot be trusted with anything else."""
    async with running_model("135m", tmp_path_factory.mktemp("model")) as model:
        yield model


@pytest.fixture(scope="session")
async def real_model(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedModel]:
    """Qwen2.5-Coder-0.5B: the smallest that chats, summarizes and makes an easy edit."""
    async with running_model("0.5b", tmp_path_factory.mktemp("model")) as model:
        yield model
