"""What strangers may do once redraft listens on more than this machine, and which settings close that."""

import ipaddress

from redraft.cli.parts import CannotStart
from redraft.config import Settings

NO_MESSAGES = (
    "No codes are sent, so nobody can verify a number or reset a password by themselves: set REDRAFT_SMS_SENDER to "
    "twilio or webhook, or to none if that is meant."
)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def reachable_codes(settings: Settings) -> Settings:
    """`settings`; where nobody chose how codes are sent, and the console is no place for them, none are sent.

    Raises `CannotStart` where the deployment cannot do without codes.
    """
    if not sends_nothing(settings):
        return settings
    if settings.require_verified_phone:
        raise CannotStart("REDRAFT_REQUIRE_VERIFIED_PHONE needs codes: set REDRAFT_SMS_SENDER to webhook or twilio.")
    return settings.model_copy(update={"sms_sender": "none"})


def sends_nothing(settings: Settings) -> bool:
    """Whether no codes are sent because nobody chose how, and the console is no place for them."""
    return "sms_sender" not in settings.model_fields_set and console_fault(settings) is not None


def console_fault(settings: Settings) -> str | None:
    """Why codes may not be written to the console here, with the fix; None when they may, or go elsewhere."""
    if settings.sms_sender != "console" or (settings.mongodb_url is None and is_loopback(settings.host)):
        return None
    where = "a database of its own" if settings.mongodb_url else f"REDRAFT_HOST={settings.host}"
    return (
        f"REDRAFT_SMS_SENDER=console writes codes to standard error, where their owners never see them, and is for the "
        f"embedded database on a loopback address; here is {where}. Set REDRAFT_SMS_SENDER to twilio or webhook, or to "
        "none: then nobody can verify a number or reset a password."
    )


def exposure(settings: Settings) -> list[str]:
    """A summary in lines of what anybody who reaches the address may do; empty on a loopback address."""
    if is_loopback(settings.host):
        return []
    registration = settings.registration
    lines = [f"REDRAFT_HOST={settings.host}: whoever reaches this address may"]
    if registration == "open":
        hourly = settings.registrations_per_address_hour
        lines.append(f"  - register, {hourly:,} times an hour from one network ({_closes('REGISTRATION', 'closed')})")
    else:
        lines.append(f"  - not register by themselves: REDRAFT_REGISTRATION={registration}")
    if registration != "open":
        lines.append("  - log in to the accounts there are; of these, each may")
    elif settings.require_verified_phone:
        lines.append("  - use the account when a code has reached its phone (REDRAFT_REQUIRE_VERIFIED_PHONE); then")
    else:
        lines.append(
            f"  - use the account with any number, unproved ({_closes('REQUIRE_VERIFIED_PHONE', 'true')}); then"
        )
    lines.append(f"  - {_spending(settings)}")
    lines.append(f"  - have {settings.run_slots_per_user} turns at work at once (REDRAFT_RUN_SLOTS_PER_USER)")
    if settings.metrics_public:
        lines.append("  - read /metrics (REDRAFT_METRICS_PUBLIC=false closes that)")
    lines.append("  redraft speaks no TLS: put a proxy with it in front, and its address in REDRAFT_TRUSTED_PROXIES.")
    return lines


def _spending(settings: Settings) -> str:
    limits = []
    if settings.monthly_budget is not None:
        limits.append(f"{settings.monthly_budget} {settings.currency}")
    if settings.monthly_tokens is not None:
        limits.append(f"{settings.monthly_tokens:,} tokens")
    if limits:
        return f"spend {' and '.join(limits)} a month of {settings.model} each"
    return (
        f"spend on {settings.model} without limit (REDRAFT_MONTHLY_BUDGET and REDRAFT_MONTHLY_TOKENS set one for each)"
    )


def _closes(name: str, value: str) -> str:
    return f"REDRAFT_{name}={value} closes that"
