"""The model server's own process: llama.cpp with an OpenAI-compatible API. Started by `embedded_model`, never by hand.

It takes its options as one JSON object on standard input, and the pid of its parent as its argument.
"""

import json
import os
import signal
import sys
from dataclasses import dataclass

from redraft.embedded.guard import end_with_parent


@dataclass(frozen=True)
class Options:
    """`context` is in tokens, input and output together, for each of the `slots` answers written at once."""

    path: str
    name: str
    port: int
    key: str
    slots: int
    context: int
    threads: int


def serve(options: Options) -> None:
    """Load the model and answer requests on 127.0.0.1 until SIGTERM."""
    import xllamacpp  # noqa: PLC0415  an optional part, and only this process needs it

    params = xllamacpp.CommonParams()
    params.model.path = options.path
    params.model_alias = {options.name}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [options.key]  # without a key it would answer any page in the user's browser
    params.ui = False
    params.n_parallel = options.slots
    params.n_ctx = options.context * options.slots
    params.cpuparams.n_threads = options.threads
    # Reading a prompt waits for its threads far less often than writing does, so all cores help, busy or not.
    params.cpuparams_batch.n_threads = max(options.threads, os.cpu_count() or 1)
    params.fit_params = False  # it would load the model once more to measure it, for graphics cards
    params.cache_ram_mib = 256  # its own default is 8 GB
    _server = xllamacpp.Server(params)  # returns when the model is loaded; lives as long as the name does
    while True:
        signal.pause()


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.nice(5)  # the API answers at once even while an answer is being written
    serve(Options(**json.loads(sys.stdin.buffer.read())))
