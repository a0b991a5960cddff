"""One of the processes of `redraft serve` with REDRAFT_WORKERS above 1. Started by it, never by hand."""

import sys

import structlog
import uvloop

from redraft.cli.parts import CannotStart
from redraft.cli.serve import work
from redraft.config import Settings
from redraft.embedded.guard import end_with_parent
from redraft.logs import configure

if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    settings = Settings()
    configure(settings.log_level, settings.log_format)
    try:
        uvloop.run(work(settings, int(sys.argv[2])))
    except CannotStart as error:
        structlog.get_logger().error("the worker cannot start", reason=str(error))
        sys.exit(1)
