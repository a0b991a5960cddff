"""Every way redraft can refuse. `code` is for programs and never changes; the text is for people.

RedraftError
- InvalidRequest        422  a field's value cannot be used; names the field and the fix
  - KeyReused           422  the idempotency key belongs to another request
- Malformed             400  what came is no HTTP request
- Unauthenticated       401  no valid access token
  - WrongCredentials    401  the phone number or the password is wrong; it is not said which
  - SecondFactorNeeded  401  the password is right; a code of the second factor must come along
  - TokenReused         401  a spent refresh token came again, as a thief's would: its session has ended
  - TokenOutdated       401  a refresh token was replaced more than once; its session goes on
- Forbidden             403  this account may not do this
  - PhoneUnverified     403  this deployment wants the phone number verified first
  - FactorRequired      403  this deployment wants a second factor set up first
  - RegistrationClosed  403  this deployment makes no new accounts
  - InviteNeeded        403  registering needs an invite here: there was none, or it is spent or too old
  - LearningOff         403  nothing is to be learned here: by the deployment's setting, or the conversation's
  - ProofNeeded         403  the login is too long ago for this; send the password along
- NotFound              404  no such thing, or not this user's
- Conflict              409  the thing is in another state than the request needs
  - PhoneTaken          409  the number has an account
  - RunActive           409  another turn of the conversation is not finished
  - RequestRunning      409  the first request under this idempotency key is not finished
  - ConversationMoved   409  a turn ended between the reading of the conversation and the new turn
  - QueueFull           409  as many turns wait in the conversation as may
  - QuotaReached        409  this account keeps, or has open, as much as it may
  - VersionsMeet        409  the document was changed since, in the same words: nothing was saved
- TooLarge              413  a text or list is over its limit
  - TooMuchWork         413  the texts take more work than one request may
- PromptTooLong         413  messages and document do not fit into the model's context
- TooManyRequests       429  a limit of this account or address is reached; says when to come back
  - BudgetSpent         429  the month's money or tokens are used up
- HeadTooLarge          431  the address and the headers are over their limit
- ClientLeft            499  the client left before its answer; only the log says so
- ModelFailed           502  the model's server failed, after retries and fallbacks
- Unavailable           503  a part redraft needs is not there now; says when to come back
  - Overloaded          503  more turns wait than the queue holds; says when to come back
  - Interrupted         503  the servers that worked on a run died, as often as a run is begun again
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One field that is wrong: its path in the body (`messages.0.content`) and what to do about it."""

    field: str
    message: str


class RedraftError(Exception):
    """A refusal the client is told about. `detail` names what is wrong and how to fix it, and nothing internal.

    `retry_after` is in seconds and becomes the `Retry-After` header. `members` are further names of the problem object,
    for errors whose documentation tells of them.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.members = dict(members or {})


class InvalidRequest(RedraftError):
    """A field's value cannot be used. Give `errors` with the field and the fix."""

    status, code, title = 422, "invalid_request", "Invalid request"


class Malformed(RedraftError):
    """What came is no HTTP/1.1 request; nothing of it was done."""

    status, code, title = 400, "bad_request", "Bad Request"


class Unauthenticated(RedraftError):
    """No access token, or one that is expired, altered or ended."""

    status, code, title = 401, "unauthenticated", "Not signed in"


class WrongCredentials(Unauthenticated):
    """The phone number or the password is wrong; which of the two is not told."""

    code, title = "wrong_credentials", "Wrong phone number or password"


class SecondFactorNeeded(Unauthenticated):
    """The password is right; the code of the second factor is missing or wrong."""

    code, title = "second_factor_needed", "Second factor needed"


class TokenReused(Unauthenticated):
    """A refresh token was used again after its grace time: a theft, which has ended the session."""

    def __init__(self, owner_id: str, session_id: str) -> None:
        super().__init__("This refresh token was used before, so its session has ended. Log in again.")
        self.owner_id = owner_id
        self.session_id = session_id


class TokenOutdated(Unauthenticated):
    """A spent refresh token within its grace time whose successor is spent too. The session goes on."""

    def __init__(self, owner_id: str, session_id: str) -> None:
        super().__init__("This refresh token has been replaced more than once. Use the newest one, or log in again.")
        self.owner_id = owner_id
        self.session_id = session_id


class Forbidden(RedraftError):
    """The account is known and may not do this."""

    status, code, title = 403, "forbidden", "Not allowed"


class PhoneUnverified(Forbidden):
    """This deployment wants the phone number verified before anything else."""

    code, title = "phone_unverified", "Phone number not verified"


class FactorRequired(Forbidden):
    """This deployment wants a second factor set up before anything else."""

    code, title = "second_factor_required", "Second factor required"


class RegistrationClosed(Forbidden):
    """This deployment makes no new accounts."""

    code, title = "registration_closed", "Registration closed"


class InviteNeeded(Forbidden):
    """Registering needs an `invite` here: none was sent, or it is none, is spent or too old."""

    code, title = "invite_needed", "Invite needed"


class LearningOff(Forbidden):
    """Nothing is to be learned here: by the deployment's setting, or of this conversation."""

    code, title = "learning_off", "Learning is off"


class ProofNeeded(Forbidden):
    """The login is too long ago for this: send `current_password` along, or log in again."""

    code, title = "proof_needed", "Password needed"


class NotFound(RedraftError):
    """No such thing, or not this user's: one answer for both, so that ids tell nothing."""

    status, code, title = 404, "not_found", "Not found"


class Conflict(RedraftError):
    """The thing is in another state than the request needs."""

    status, code, title = 409, "conflict", "Conflict"


class PhoneTaken(Conflict):
    """The number, in whichever spelling, has an account."""

    code, title = "phone_taken", "Phone number taken"


class TooLarge(RedraftError):
    """A text or a list is over its limit."""

    status, code, title = 413, "too_large", "Too large"


class TooMuchWork(TooLarge):
    """The texts take more work than one request may. Nothing was changed."""

    code, title = "too_much_work", "Too much work"


class PromptTooLong(RedraftError):
    """The messages and the document do not fit into the model's context, however they are shortened."""

    status, code, title = 413, "prompt_too_long", "Too long for the model"


class TooManyRequests(RedraftError):
    """A limit of this account or address is reached."""

    status, code, title = 429, "too_many_requests", "Too many requests"


class BudgetSpent(TooManyRequests):
    """The month's money or tokens are used up, or too little is left. No model is asked, so it costs nothing.

    An accepted turn ends with it where a further call, say a retry or a fallback, does not fit.
    """

    code, title = "budget_spent", "Budget spent"


class HeadTooLarge(RedraftError):
    """The address and the headers are over their limit."""

    status, code, title = 431, "head_too_large", "Headers too large"


class ClientLeft(RedraftError):
    """The client left before its answer. Nobody reads this; the log does. What was not done yet is left undone."""

    status, code, title = 499, "client_left", "The client left"


class ModelFailed(RedraftError):
    """The model's server failed, after retries and fallbacks."""

    status, code, title = 502, "model_failed", "The model failed"


class Unavailable(RedraftError):
    """A part redraft needs is not there now."""

    status, code, title = 503, "unavailable", "Not available now"


class KeyReused(InvalidRequest):
    """The idempotency key belongs to another request: same key, other body."""

    code, title = "idempotency_key_reused", "Idempotency key reused"


class RunActive(Conflict):
    """Another turn of the conversation is not finished; `run_id` is its run."""

    code, title = "run_active", "A turn is active"

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"Turn {run_id} is not finished. Wait for it, stop it, or say what to do with `if_active`.",
            members={"run_id": run_id},
        )
        self.run_id = run_id


class ConversationMoved(Conflict):
    """A turn ended between the reading of the conversation and the new turn; to read again is enough."""

    code, title = "conversation_moved", "The conversation has moved on"


class QueueFull(Conflict):
    """As many turns wait in this conversation as may."""

    code, title = "queue_full", "Too many turns wait"


class QuotaReached(Conflict):
    """This account keeps, or has open, as much as it may. `detail` says of what, how much, and how to make room."""

    code, title = "quota_reached", "Quota reached"


class VersionsMeet(Conflict):
    """Both sides changed the same words since `base_version`. Nothing was saved."""

    code, title = "edit_conflict", "Both changed the same words"


class RequestRunning(Conflict):
    """The first request under this idempotency key is not finished; repeat it in a moment, with the same key."""

    code, title = "request_running", "The first request is not finished"


class Overloaded(Unavailable):
    """More turns wait than the queue holds. Nothing was stored, so nothing was paid."""

    code, title = "overloaded", "Overloaded"


class Interrupted(Unavailable):
    """The servers that worked on a run died, as often as a run is begun again."""

    code, title = "interrupted", "Interrupted"


_STANDARD = frozenset({"type", "title", "status", "code", "detail", "errors", "request_id"})


def from_problem(problem: Mapping[str, Any]) -> RedraftError:
    """The error that was stored as a problem object; one of an unknown code comes back as an internal error."""
    kinds = [RedraftError]
    for kind in kinds:
        if kind.code == problem["code"]:
            error = kind.__new__(kind)
            members = {name: value for name, value in problem.items() if name not in _STANDARD}
            fields = [FieldError(each["field"], each["message"]) for each in problem.get("errors", ())]
            RedraftError.__init__(error, problem["detail"], errors=fields, members=members)
            return error
        kinds += kind.__subclasses__()
    return RedraftError()
