"""Score redraft's merge beside other tools: `make eval-merge`, or `python -m evals.merges --tool redraft --show 5`."""

import argparse
import difflib
import os
import platform
import statistics
import time
from collections.abc import Iterable

from evals.merges.cases import SETS, Case, Judged, cases, judged
from evals.merges.tools import TOOLS, Tool

COLUMNS = (
    "prose exact", "moves exact", "attainable exact", "all exact", "precision", "wrong where git is right",
    "silent", "cases with lost words", "ms median", "ms p95",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", action="append", choices=TOOLS, help="may be given several times; all without it")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N cases of each set that differ")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(f"| tool | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    for name in options.tool or TOOLS:
        rows = {which: [_run(TOOLS[name], case) for case in cases(which)] for which in SETS}
        print(f"| {name} | {' | '.join(_figures(rows))} |", flush=True)
        for case, document in (shown for which in SETS for shown in _differing(TOOLS[name], rows[which], options.show)):
            print(f"\n{case.id} {case.repo}, expected and answered:")
            print("\n".join(_difference(case.expected, document)))


def _run(tool: Tool, case: Case) -> Judged:
    document, conflicts = None, 0
    start = time.perf_counter()
    try:
        document, conflicts = tool(case.base, case.mine, case.theirs)
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is a verdict here
        print(f"{case.id}: {error!r}")
    return judged(case, document, conflicts, 1000 * (time.perf_counter() - start))


def _figures(rows: dict[str, list[Judged]]) -> list[str]:
    """One row of the table: prose and moves are counted in full, the rest is about the real merges."""
    real = rows["real"]
    hard = [row for row in real if not row.case.git_clean]
    clean = [row for row in real if row.verdict in ("exact", "differs")]
    answered = [row for row in hard if row.verdict in ("exact", "differs")]
    times = sorted(row.milliseconds for row in real)
    return [
        _share(rows["prose"]),
        _share(rows["moves"]),
        _share([row for row in hard if row.case.attainable]),
        _share(hard),
        _share(answered),
        str(sum(row.verdict == "differs" for row in real if row.case.git_clean)),
        str(sum(row.verdict == "differs" for row in real if row.case.overlap)),
        str(sum(row.lost > 0 for row in clean)),
        f"{statistics.median(times):.1f}",
        f"{times[int(0.95 * len(times))]:.1f}",
    ]


def _share(rows: list[Judged]) -> str:
    exact = sum(row.verdict == "exact" for row in rows)
    return f"{exact} of {len(rows)} ({exact / len(rows):.1%})" if rows else "-"


def _differing(tool: Tool, rows: Iterable[Judged], limit: int) -> list[tuple[Case, str]]:
    differing = [row.case for row in rows if row.verdict == "differs"][:limit]
    return [(case, tool(case.base, case.mine, case.theirs)[0]) for case in differing]


def _difference(expected: str, answered: str) -> list[str]:
    both = expected.split("\n"), answered.split("\n")
    return [line[:200] for line in list(difflib.unified_diff(*both, n=1, lineterm=""))[2:14]]


if __name__ == "__main__":
    main()
