"""Which errors of the driver mean that the database is away, or about to be: the same request may work in a moment."""

from typing import Any

from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ClientBulkWriteException,
    ConnectionFailure,
    DocumentTooLarge,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

AWAY_CODES = frozenset(
    {
        # The server's own categories (its error_codes.yml): RetriableError and NotPrimaryError,
        6, 7, 89, 91, 134, 189, 262, 358, 384, 402, 9001, 10107, 11600, 11602, 13435, 13436,
        # WriteConcernError: done on the primary, and not known to be on a majority,
        64, 75, 79, 100,
        # and interruptions by a limit, a kill or a stepdown.
        24, 50, 133, 202, 462, 11601,
    }
)  # fmt: skip


TOO_LARGE_CODES = frozenset({10334, 17419, 17420})
"""BSONObjectTooLarge, and what an update and an upsert that grow a document too far are refused with."""


def is_away(error: BaseException) -> bool:
    """Whether the database did not do what it was asked for now, or did it and cannot say that it will last.

    A write that ends so may have been done: who does it again must bear that.
    """
    if isinstance(error, (AutoReconnect, ConnectionFailure, WriteConcernError)):
        return True
    if isinstance(error, ClientBulkWriteException):
        return (isinstance(error.error, PyMongoError) and is_away(error.error)) or _any_away(error.details)
    if isinstance(error, BulkWriteError):
        return _any_away(error.details or {})
    if isinstance(error, OperationFailure) and error.code in AWAY_CODES:
        return True
    return isinstance(error, PyMongoError) and error.timeout


def is_too_large(error: BaseException) -> bool:
    """Whether a document would have grown past what the server holds; to try again is of no use."""
    if isinstance(error, DocumentTooLarge):
        return True
    if isinstance(error, ClientBulkWriteException):
        refused: list[Any] = error.details["writeErrors"]
        return any(each["code"] in TOO_LARGE_CODES for each in refused)
    return isinstance(error, OperationFailure) and error.code in TOO_LARGE_CODES


def _any_away(details: Any) -> bool:
    """Of a bulk: an error of its write concern, whatever its code, or a write that was interrupted."""
    refused = details.get("writeErrors") or []
    return bool(details.get("writeConcernErrors")) or any(each.get("code") in AWAY_CODES for each in refused)
