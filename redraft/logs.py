"""Structured logs on stderr: JSON lines, or colour for people. Never a token, password, phone number or message.

What redraft itself logs holds ids, counts and words of its own. What others say may hold anything that a user or a
model's server sent: a driver's exception quotes the value it stumbled over, a library's debug line the whole request.
So of an exception the log has its type and where it came from, never its text, and of a library's line only a text that
stands as it is in the library's code.
"""

import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Literal, TextIO

import structlog

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PACKAGE = Path(__file__).parent
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")
MOST_CAUSES = 10
MOST_FRAMES = 40

Exc = tuple[type[BaseException], BaseException, TracebackType | None]


def _on_one_line(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Escape control characters of the message, so that it cannot look like another line, or steer a terminal.

    The renderers do that for every other value. A traceback on the console keeps its lines.
    """
    event["event"] = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(event["event"]))
    return event


def _without_texts_of_others(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of a line that a library logged, keep what stands literally in its code, and where it was logged."""
    record = event.get("_record")
    if event.get("_from_structlog") or not isinstance(record, logging.LogRecord):
        return event
    event["event"] = record.msg if _is_literal(record) else "(a library's line; its text may quote what users sent)"
    event["where"] = f"{_short(record.pathname)}:{record.lineno}"
    return event


def _is_literal(record: logging.LogRecord) -> bool:
    """Whether the code that made the record, which still runs, has its message as a constant."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == record.pathname and frame.f_lineno == record.lineno:
            return isinstance(record.msg, str) and record.msg in _constants(frame.f_code)
        frame = frame.f_back
    return False


def _constants(code: CodeType) -> Iterator[object]:
    for each in code.co_consts:
        if isinstance(each, tuple):
            yield from each
        yield each


def _exceptions_without_texts(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put the types and places of an exception and of what led to it in the place of its traceback."""
    event.pop("stack_info", None)
    event.pop("stack", None)
    found = event.pop("exc_info", None)
    error = sys.exception() if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = told(error)
    return event


def told(error: BaseException) -> list[dict[str, Any]]:
    """What a log may say of `error`, the exceptions that led to it after it: types, numbers, places; no text.

    A place is a line of ours; the last one is the line that raised, whosever it is.
    """
    chain: list[dict[str, Any]] = []
    following: BaseException | None = error
    while following is not None and len(chain) < MOST_CAUSES:
        kind = type(following)
        entry: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}", "at": _places(following)}
        entry |= _numbers(following)
        if isinstance(following, BaseExceptionGroup):
            entry["of"] = [told(each) for each in following.exceptions[:MOST_CAUSES]]
        chain.append(entry)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain


def _numbers(error: BaseException) -> dict[str, Any]:
    """The codes that tell one failure of a kind from another: a database's, an operating system's, ours."""
    found = {name: getattr(error, name, None) for name in ("code", "errno", "status")}
    ours = type(error).__module__.startswith("redraft.")
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int) or (ours and isinstance(value, str) and _CODE.fullmatch(value))
    }


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    kept = [each for each in frames if Path(each.filename).is_relative_to(_PACKAGE) or each is frames[-1]]
    return [f"{_short(each.filename)}:{each.lineno} {each.name}" for each in kept[-MOST_FRAMES:]]


def _short(path: str) -> str:
    """`redraft/web/sse.py` of a long path: from the package's name on."""
    for root in ("site-packages/", f"{_PACKAGE.parent}/"):
        if root in path:
            return path.partition(root)[2]
    return Path(path).name


def _as_text(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The exception in lines, for people."""
    chain = event.get("exception")
    if isinstance(chain, list):
        event["exception"] = "\n".join(
            line
            for each in chain
            for line in (
                "  ".join(f"{name} {value}" for name, value in each.items() if name not in ("at", "of")),
                *(f"    {place}" for place in each["at"]),
            )
        )
    return event


def configure(level: str, form: Literal["json", "console"] | None) -> None:
    """Set up structlog and the standard library's logging, which uvicorn and the drivers use, alike.

    What Python would print by itself goes the same way: warnings, and exceptions that nobody caught.
    """
    form = form or ("console" if sys.stderr.isatty() else "json")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = (
        [structlog.processors.JSONRenderer()]
        if form == "json"
        else [_on_one_line, _as_text, structlog.dev.ConsoleRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                _without_texts_of_others,
                _exceptions_without_texts,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *render,
            ],
            use_get_message=False,
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("uvicorn", "uvicorn.access", "pymongo", "httpx", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # it would print the arguments of a line that it cannot write
    _take_what_python_prints()


def _take_what_python_prints() -> None:
    log = structlog.get_logger(__name__)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("uncaught", exc_info=error)

    def in_thread(args: "threading.ExceptHookArgs") -> None:
        if args.exc_value is not None:
            log.critical("uncaught in a thread", exc_info=args.exc_value)

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        log.error("raised where nobody can catch it", exc_info=args.exc_value)

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        log.warning("warned", category=category.__name__, where=f"{_short(filename)}:{lineno}")

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    warnings.showwarning = warned
