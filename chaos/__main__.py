"""`python -m chaos --seconds 60 --replicas 3 --clients 200 --seed 1`: exit status 1 when a promise was broken.

SIGINT or SIGTERM cuts it short: what is known by then is told, and the exit status is 1.
"""

import argparse
import asyncio
import json
import signal
import sys

import uvloop

from chaos.plan import Plan
from chaos.suite import chaos


async def _until_told_to_end(plan: Plan) -> int:
    cut = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, cut.set)
    told = await chaos(plan, cut)
    print(json.dumps(told, indent=2), flush=True)
    return 1 if told["cut short"] or any(told["broken"].values()) else 0


def main() -> int:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for name, default in vars(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    return uvloop.run(_until_told_to_end(Plan(**vars(parser.parse_args()))))


if __name__ == "__main__":
    sys.exit(main())
