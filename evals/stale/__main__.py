"""Score what becomes of an edit that arrives late: `make eval-stale`, or `python -m evals.stale --case 4711`."""

import argparse
import multiprocessing
import os
import platform
from collections import Counter
from collections.abc import Iterator
from functools import partial

from evals.stale.cases import Late, case
from evals.stale.judging import judged, right_ones
from evals.stale.scoring import Sums, scored
from evals.stale.tools import TOOLS

CASES = 100_000
AT_ONCE = 200
COLUMNS = (
    "lands whole",
    "handed back",
    "words lost, in cases",
    "wrong place",
    "deletion not made",
    "model calls an edit",
    "ms",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="N", help="the first case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tool", action="append", choices=TOOLS, help="may be given several times; all without it")
    parser.add_argument("--case", type=int, metavar="N", help="show what each tool makes of case N")
    parser.add_argument("--show", type=int, default=0, metavar="K", help="name K cases of each tool that went wrong")
    options = parser.parse_args()
    names = options.tool or list(TOOLS)
    if options.case is not None:
        _show(case(options.case, options.seed), names)
        return
    print(f"{options.cases} interleavings from {options.first}, seed {options.seed}; "
          f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")  # fmt: skip
    sums: Sums = {name: Counter() for name in names}
    wrong: dict[str, list[int]] = {name: [] for name in names}
    with multiprocessing.get_context("spawn").Pool() as pool:
        numbers = _batches(range(options.first, options.first + options.cases))
        for counted, found in pool.imap_unordered(partial(scored, seed=options.seed, names=names), numbers):
            for name in names:
                sums[name] += counted[name]
                wrong[name] += found[name]
    print(f"| tool | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    for name in names:
        print(f"| {name} | {' | '.join(_figures(sums[name], options.cases))} |")
        for number in sorted(wrong[name])[: options.show]:
            print(f"  case {number}")


def _batches(numbers: range) -> Iterator[range]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))


def _figures(sums: Counter[str], cases: int) -> list[str]:
    return [
        f"{sums['whole'] / cases:.2%}",
        f"{sums['handed back'] / cases:.2%}",
        f"{sums['lost words']}, {sums['cases with lost words']}",
        str(sums["wrong place"]),
        str(sums["undone"]),
        f"{sums['calls'] / cases:.2f}",
        f"{sums['microseconds'] / cases / 1000:.1f}",
    ]


def _show(one: Late, names: list[str]) -> None:
    targets = right_ones(one)
    shown = {"sent": one.draft, "proposed": one.proposed, "typed meanwhile": one.current}
    shown |= {f"right {place}": text for place, text in enumerate(targets, start=1)}
    for name in names:
        landed = TOOLS[name](one)
        found = judged(one, landed, targets)
        shown[f"{name}: {landed.left_out} left out, {found}"] = landed.document
    for title, text in shown.items():
        print(f"===== {title}\n{text}")


if __name__ == "__main__":
    main()
