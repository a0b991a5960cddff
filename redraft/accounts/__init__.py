"""Who somebody is: phone numbers, passwords, sessions, tokens. Nothing else in the package knows a password."""

from redraft.accounts.admins import Admins
from redraft.accounts.audit import EVENTS
from redraft.accounts.caller import Admin, Caller
from redraft.accounts.census import Census
from redraft.accounts.codes import CODES
from redraft.accounts.invites import INVITES, Invites
from redraft.accounts.keys import Keyring
from redraft.accounts.models import Identity
from redraft.accounts.personal import ERASURES
from redraft.accounts.revocations import REVOCATIONS
from redraft.accounts.router import router
from redraft.accounts.service import Accounts
from redraft.accounts.sessions import SESSIONS
from redraft.accounts.start import started
from redraft.accounts.store import USERS
from redraft.accounts.throttle import THROTTLES
from redraft.accounts.user_data import UserDataSource

INDEXES = (USERS, SESSIONS, REVOCATIONS, ERASURES, THROTTLES, EVENTS, CODES, INVITES)

__all__ = [
    "INDEXES",
    "Accounts",
    "Admin",
    "Admins",
    "Caller",
    "Census",
    "Identity",
    "Invites",
    "Keyring",
    "UserDataSource",
    "router",
    "started",
]  # fmt: skip
