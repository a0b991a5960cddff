"""The model server's own process: llama.cpp with an OpenAI-compatible API. Started by `embedded_model`, never by hand.

It takes its options as one JSON object on standard input, and the pid of its parent as its argument.
"""

import json
import os
import signal
import sys
from dataclasses import dataclass

from redraft.embedded.guard import end_with_parent

BATCH_TOKENS = 64
"""Read in one go, and until that is done no answer gets its next word. Reading is no faster with more: 58 tokens a
second of CPU with 64, 60 with 512, 50 with 32 (the 0.5B)."""


@dataclass(frozen=True)
class Options:
    """`context` is in tokens, input and output together, for each of the `slots` answers written at once.

    States of the model are saved in the directory `kept`, whose name ends in a slash.
    """

    path: str
    name: str
    port: int
    key: str
    slots: int
    context: int
    threads: int
    kept: str | None = None


def serve(options: Options) -> None:
    """Load the model and answer requests on 127.0.0.1 until SIGTERM."""
    # Threads that wait for each other by spinning all stand still as soon as one has to share its core: two of them on
    # two cores wrote 13 tokens a second of the 1.5B, and 0.4 beside another process. Asleep they write 10, one alone 7.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when the library is loaded
    import xllamacpp  # noqa: PLC0415  an optional part, and only this process needs it

    params = xllamacpp.CommonParams()
    params.model.path = options.path
    params.model_alias = {options.name}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [options.key]  # without a key it would answer any page in the user's browser
    params.ui = False
    params.endpoint_slots = True  # says whether anybody is being answered
    if options.kept is not None:
        params.slot_save_path = options.kept
    params.n_parallel = options.slots
    params.n_ctx = options.context * options.slots
    params.n_batch = BATCH_TOKENS
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.fit_params = False  # it would load the model once more to measure it, for graphics cards
    params.cache_ram_mib = 256  # its own default is 8 GB
    _server = xllamacpp.Server(params)  # returns when the model is loaded; lives as long as the name does
    while True:
        signal.pause()


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.nice(5)  # the API answers at once even while an answer is being written
    serve(Options(**json.loads(sys.stdin.buffer.read())))
