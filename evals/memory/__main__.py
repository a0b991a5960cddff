"""Measure what redraft remembers of long chats: `make eval-memory`, or `python -m evals.memory --show`."""

import argparse
import asyncio
from pathlib import Path

from evals.memory.cases import chats
from evals.memory.measuring import PARTS, Answers, Bench
from evals.memory.report import shown, table
from evals.memory.serving import LARGE, SMALL, app, surroundings
from redraft.logs import configure


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a live model sums up and learns: provider:name, or embedded")
    parser.add_argument("--size", choices=["1.5b", "0.5b"], help="of the embedded model")
    parser.add_argument("--record", type=Path, metavar="DIR", help="have the answers written in DIR, and keep them")
    parser.add_argument("--chat", action="append", help="only this chat; may be given several times")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given several times")
    parser.add_argument("--show", action="store_true", help="name each thing that is not as it should be")
    parser.add_argument("--items", action="store_true", help="list what is known after learning")
    return parser.parse_args()


async def main() -> None:
    """Measure, and print the table."""
    options = arguments()
    configure("error", None)
    if options.record:
        options.record.mkdir(parents=True, exist_ok=True)
    answers = Answers(live=bool(options.model), spool=options.record)
    parts, results = tuple(options.part or PARTS), []
    async with (
        surroundings(options.model, options.size) as (settings, server),
        app(settings, SMALL) as small,
        app(settings, LARGE) as large,
    ):
        bench = Bench(small, large, server, answers)
        for chat in chats(options.chat):
            results.append(await bench.measured(chat, parts))
    print(table(results))
    for each in results:
        if each.failed:
            print(f"\n{each.chat.id} could not be measured: {each.failed[0]}")
        if each.moved:
            print(f"\nRecorded of other parts than are asked now, so record again: {', '.join(each.moved)}")
        if options.items:
            print("\n".join([f"\n{each.chat.id} taught:", *(f"- {text}" for text in each.items)]))
    if options.show:
        print(f"\n{shown(results)}")


asyncio.run(main())
