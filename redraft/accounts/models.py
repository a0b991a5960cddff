"""What accounts pass between their rooms, and what they answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from redraft.accounts import passwords, phones
from redraft.web.routing import Body

Phone = Annotated[
    str, Field(max_length=phones.MAX_CHARACTERS, description="In any spelling", examples=["+84 912 345 678"])
]
# The least length is checked where a password is chosen, so that a wrong short one is a wrong one.
Password = Annotated[str, Field(min_length=1, max_length=passwords.MAX_CHARACTERS, examples=["correct horse 7"])]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Ada"])]
AsCookie = Annotated[bool, Field(description="Send the refresh token as a cookie instead: for browsers")]
DeviceToken = Annotated[
    str | None,
    Field(
        max_length=200,
        description="That of an earlier login on this device: it has limits of its own, then",
        examples=["what a login answered"],
    ),
]
RefreshToken = Annotated[str, Field(min_length=1, max_length=200)]


class Registration(Body):
    """Who wants an account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"phone": "+84 912 345 678", "password": "a sentence nobody guesses", "name": "Ada"}]
        }
    )

    phone: Phone
    password: Password
    name: Name | None = None
    invite: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Of an admin's; only where the deployment asks for one"
    )
    cookie: AsCookie = False


class Invite(BaseModel):
    """Lets one person register, once. It is shown only now."""

    invite: str = Field(examples=["abcde-fghij-kmnpq-rstuv"])
    expires_at: datetime


class Login(Body):
    """Who comes back. `device` is what the list of sessions calls this one; else it is the browser's name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phone": "+84 912 345 678", "password": "a sentence nobody guesses"}]}
    )

    phone: Phone
    password: Password
    device: Annotated[str, Field(max_length=200)] | None = None
    code: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="Of the authenticator app, or a recovery code; only where the account has a second factor"
    )
    former: bool = Field(
        False, description="Log into the account that had this number before somebody else proved it to be theirs"
    )
    device_token: DeviceToken = None
    cookie: AsCookie = False


class Refresh(Body):
    """A session that goes on. Browsers that were given a cookie leave the token out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "the one that the last answer held"}]})

    refresh_token: RefreshToken | None = None


class ProfileChange(Body):
    """What of the account is to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ada"}]})

    name: Name | None = None


class PasswordChange(Body):
    """The old password proves that it is the owner who asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"current_password": "a sentence nobody guesses", "new_password": "another one, no better known"}
            ]
        }
    )

    current_password: Password
    new_password: Password
    cookie: AsCookie = False


Code = Annotated[str, Field(pattern="^[0-9]{6}$", examples=["123456"])]


class NewPhone(Body):
    """The number to verify: the account's own, or the one it shall have."""

    phone: Phone
    current_password: Password


class Confirmation(Body):
    """The code that was sent, or that the app shows."""

    code: Code


class ResetAsked(Body):
    """Whose password was forgotten."""

    phone: Phone
    device_token: DeviceToken = None


class Reset(Body):
    """The code that was sent to the number, and what the password shall be."""

    phone: Phone
    code: Code
    new_password: Password
    device_token: DeviceToken = None


class Proof(Body):
    """The password, to show that it is the owner who asks."""

    current_password: Password


class Erasure(Body):
    """The password, where the login is too long ago to do without."""

    current_password: Password | None = None


class OfferedFactor(BaseModel):
    """The secret for an authenticator app; `uri` is what it scans."""

    secret: str
    uri: str = Field(examples=["otpauth://totp/redraft:+84912345678?secret=…"])


class RecoveryCodes(BaseModel):
    """Codes for when the app is lost. Each lets one in once; they are shown only now."""

    recovery_codes: list[str]


class User(BaseModel):
    """An account, as its owner sees it."""

    id: str
    phone: str | None = Field(description="null where somebody else has proved it to be theirs; prove another")
    phone_verified: bool = Field(description="Whether a code sent to it came back")
    second_factor: bool = Field(description="Whether a login needs a code of an authenticator app")
    name: str | None
    is_admin: bool
    created_at: datetime


class SignedIn(BaseModel):
    """A session's tokens. `expires_in` and `refresh_expires_in` are in seconds."""

    user: User
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  its kind, no secret
    expires_in: int
    refresh_token: str | None = Field(description="null when it was sent as a cookie")
    refresh_expires_in: int
    device_token: str | None = Field(
        description="Keep it beyond the session and send it with a login or a reset; null when it was sent as a cookie"
    )


class Session(BaseModel):
    """One login and what became of it. `address` is the network it came from, not the machine."""

    id: str
    device: str | None = Field(description="As the client called itself")
    address: str | None = Field(examples=["203.0.113.0/24"])
    created_at: datetime
    last_used_at: datetime = Field(description="The login or the last refresh")
    expires_at: datetime = Field(description="The latest end, whatever happens")
    ended_at: datetime | None
    end_reason: str | None = Field(
        description="`logout`, `logout_all`, `ended_by_owner`, `ended_by_admin`, `too_many_sessions`, "
        "`password_changed`, `password_reset`, `phone_changed`, `second_factor_added`, `second_factor_removed`, "
        "`refresh_token_reused`, `superseded`, `phone_lost`; null also where it expired"
    )
    current: bool = Field(False, description="Whether this request came from it")


class SecurityEvent(BaseModel):
    """Something that happened to the account's security. Failures that are alike are one event an hour."""

    id: str
    at: datetime = Field(description="The first time")
    event: str = Field(examples=["login", "login_failed", "password_changed"])
    session_id: str | None
    network: str | None = Field(examples=["203.0.113.0/24"])
    proof: str | None = Field(
        examples=["password"], description="What was shown, or was wrong: `password`, `totp`, `recovery_code`, `code`"
    )
    count: int = Field(1, description="How often it happened")
    last_at: datetime = Field(description="The last time; `at` where it happened once")


@dataclass(frozen=True)
class Identity:
    """Who is asking: a user in one of their sessions. What follows the ids is as of when the access token was made."""

    user_id: str
    session_id: str
    is_admin: bool
    phone_verified: bool = True
    second_factor: bool = False


NO_PHONE = "none "
"""Begins what stands in the place of the number of an account that has lost it, and is no number."""


@dataclass(frozen=True)
class Account:
    """An account as it is kept. `generation` counts the times that all sessions ended; one of an older one is none.

    `sessions_opened` is never less than how many are live: those that were when they were last counted, and since.
    `sealed_name` opens by `UserStore.shown`; text is a name that an earlier version kept.
    """

    id: str
    phone: str
    password_hash: str
    is_admin: bool
    generation: int
    created_at: datetime
    phone_verified: bool = False
    second_factor: bool = False
    sessions_opened: int = 0
    sealed_name: bytes | str | None = None

    def shown(self, name: str | None) -> User:
        """What its owner, called `name`, sees of it."""
        return User(
            id=self.id,
            phone=None if self.phone.startswith(NO_PHONE) else self.phone,
            phone_verified=self.phone_verified,
            second_factor=self.second_factor,
            name=name,
            is_admin=self.is_admin,
            created_at=self.created_at,
        )
