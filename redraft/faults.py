"""Settings that cannot work, or that protect nobody: each is told in a line that names the variable and the fix."""

import ipaddress
import math
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

import phonenumbers
from pydantic import SecretStr

SECRET_CHARACTERS = 12
"""Of what signs or opens something here: twelve random characters of a keyboard are 78 bits, beyond all guessing."""
DIFFERENT_CHARACTERS = 6
"""In a secret: what has fewer was typed, not made."""
WIDEST_PROXIES = {4: 8, 6: 7}
"""The shortest prefix of a proxy's network, by IP version: 10.0.0.0/8 and fc00::/7 are the widest private ones."""
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+")
"""Of a page, as browsers send it (RFC 6454): no path, and no slash at its end."""
DEFAULT_PORTS = {"http": 80, "https": 443}
TWILIO_SENDER = re.compile(r"\+?[0-9]{4,15}|MG[0-9A-Za-z]+|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
"""A number, a short code, a messaging service or an alphanumeric sender."""
DATABASE_NAME = re.compile(r"[^/\\. \"$*<>:|?\0]{1,63}")
LONGEST = timedelta(days=36_500)
UNITS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
SIGNING = ("sms_webhook_secret", "metrics_token")
SENT = ("metrics_token", "model_api_key", "twilio_token", "twilio_account")
"""Goes into a header."""
WITHIN = (
    ("max_document_bytes", "max_body_bytes"),
    ("max_message_bytes", "max_body_bytes"),
    ("run_slots_per_user", "run_slots"),
    ("run_queue_per_user", "run_queue"),
    ("session_idle_days", "session_max_days"),
    ("model_first_token_seconds", "model_call_seconds"),
    ("model_between_tokens_seconds", "model_call_seconds"),
    ("sms_per_number_hour", "sms_per_prefix_hour"),
    ("sms_per_prefix_hour", "sms_per_hour"),
    ("login_failures_per_address_hour", "login_failures_per_hour"),
    ("registrations_per_address_hour", "registrations_per_hour"),
)
"""The first is a part of the second: set above it, it would never be reached."""

Values = Mapping[str, Any]


def faults(values: Values, chosen: Collection[str]) -> list[str]:
    """What is wrong with settings by their names, a line each; `chosen` are those that the operator has set."""
    looks = (_secrets, _addresses, _messages, _master_key, _numbers, _names)
    return [*(line for look in looks for line in look(values)), *_out_of_bounds(values, chosen)]


def origin_fault(origin: str) -> str | None:
    """Why no browser calls a page's site `origin`; None when one may."""
    if "*" in origin:
        return (
            f"{origin!r} is a pattern; name each site: answers carry credentials, which no site may have by a pattern"
        )
    named = f"{origin!r} is no site as browsers name it: https://app.example.com, without a path"
    if not ORIGIN.fullmatch(origin):
        return named
    site = urlsplit(origin)
    if not origin.isascii():
        return f"{named}; write its name in Punycode (xn--…)"
    if origin != origin.lower():
        return f"{named}; write it in small letters: {origin.lower()}"
    port = _port(site)
    if port is None:
        return f"{named}, and with a port from 1 to 65535"
    if port and port == DEFAULT_PORTS.get(site.scheme):
        return f"{named}; leave out the port that {site.scheme} has anyway: {site.scheme}://{site.hostname}"
    return None


def proxy_fault(written: str) -> str | None:
    """Why `written` names no proxies; None when it does."""
    try:
        network = ipaddress.ip_network(written)
    except ValueError as error:
        return f"{error}; write addresses or networks, such as 10.0.0.0/8"
    shortest = WIDEST_PROXIES[network.version]
    if isinstance(network, ipaddress.IPv6Network) and network.overlaps(MAPPED):
        shortest = MAPPED.prefixlen + WIDEST_PROXIES[4]
    if network.prefixlen < shortest:
        return f"{written} would let clients say themselves where they come from; name your proxies' own addresses"
    return None


def _secrets(values: Values) -> Iterator[str]:
    for name in SIGNING:
        secret = _plain(values[name])
        if secret is not None and (len(secret) < SECRET_CHARACTERS or len(set(secret)) < DIFFERENT_CHARACTERS):
            yield (
                f"REDRAFT_{name.upper()}: can be guessed; take {SECRET_CHARACTERS} or more random characters, "
                "such as `openssl rand -hex 32` prints"
            )
    if values["metrics_public"] and values["metrics_token"]:
        yield "REDRAFT_METRICS_TOKEN: opens what REDRAFT_METRICS_PUBLIC leaves open to anybody; set one of them"
    sent = {f"REDRAFT_{name.upper()}": _plain(values[name]) for name in SENT}
    servers = values["model_servers"].items()
    sent |= {f"REDRAFT_MODEL_SERVERS: {name}": _plain(server.api_key) for name, server in servers}
    for variable, secret in sent.items():
        if secret is not None and not re.fullmatch(r"[!-~]+( [!-~]+)*", secret):
            yield f"{variable}: has a character that no HTTP header can carry, or white space at an end; take it out"


def _addresses(values: Values) -> Iterator[str]:
    for name in ("sms_webhook_url", "twilio_url"):
        if address := values[name]:
            yield from _address_fault(f"REDRAFT_{name.upper()}", address, secret=True)
    if address := values["model_base_url"]:
        yield from _address_fault("REDRAFT_MODEL_BASE_URL", address, secret=False)
    for name, server in values["model_servers"].items():
        if server.base_url:
            yield from _address_fault(f"REDRAFT_MODEL_SERVERS: {name}", server.base_url, secret=False)


def _address_fault(variable: str, address: str, *, secret: bool) -> Iterator[str]:
    try:
        url = urlsplit(address)
    except ValueError:
        url = SplitResult("", "", "", "", "")
    if url.scheme not in DEFAULT_PORTS or not url.hostname or re.search(r"\s", address) or _port(url) is None:
        yield f"{variable}: {url.scheme or 'this'} is no web address; write https://host/path"
    elif secret and url.scheme == "http" and not _is_loopback(url.hostname):
        yield f"{variable}: codes and numbers would cross the network in the clear; write https:"


def _messages(values: Values) -> Iterator[str]:
    sender = values["sms_sender"]
    if sender == "webhook" and not (values["sms_webhook_url"] and values["sms_webhook_secret"]):
        yield "REDRAFT_SMS_SENDER=webhook needs REDRAFT_SMS_WEBHOOK_URL and REDRAFT_SMS_WEBHOOK_SECRET"
    if sender == "twilio" and not all(values[f"twilio_{part}"] for part in ("account", "token", "number")):
        yield "REDRAFT_SMS_SENDER=twilio needs REDRAFT_TWILIO_ACCOUNT, REDRAFT_TWILIO_TOKEN and REDRAFT_TWILIO_NUMBER"
    if sender == "none" and values["require_verified_phone"]:
        yield "REDRAFT_REQUIRE_VERIFIED_PHONE needs codes: set REDRAFT_SMS_SENDER to webhook or twilio"
    if sender == "console":
        unused = {
            "webhook": ("sms_webhook_url", "sms_webhook_secret"),
            "twilio": ("twilio_account", "twilio_token", "twilio_number"),
        }
        for wanted, names in unused.items():
            if found := [name for name in names if values[name]]:
                yield f"REDRAFT_{found[0].upper()}: is not used by the console; set REDRAFT_SMS_SENDER={wanted} as well"
    if (number := values["twilio_number"]) and not TWILIO_SENDER.fullmatch(number):
        yield "REDRAFT_TWILIO_NUMBER: write it as +15017122661, or the SID of a messaging service, MG…"
    if "/" in (values["twilio_account"] or ""):
        yield "REDRAFT_TWILIO_ACCOUNT: is no SID; write AC…"


def _master_key(values: Values) -> Iterator[str]:
    given = [values[name] for name in ("master_key", "master_key_file", "master_key_command")]
    if len([each for each in given if each]) > 1:
        yield "of REDRAFT_MASTER_KEY, _FILE and _COMMAND set one: it holds the older keys too"
    for word in (_plain(values["master_key"]) or "").split():
        if len(word) >= 40 and len(set(word)) < 2 * DIFFERENT_CHARACTERS:  # a short one is none: told elsewhere
            yield "REDRAFT_MASTER_KEY: is not random; `redraft keys generate` prints one that is"


def _numbers(values: Values) -> Iterator[str]:
    for name, value in values.items():
        unit = UNITS.get(name.rpartition("_")[2])
        if isinstance(value, float) and not math.isfinite(value):
            yield f"REDRAFT_{name.upper()}: is no number to reckon with; write one such as 30"
        elif unit and isinstance(value, int | float) and value > LONGEST.total_seconds() / unit:
            yield f"REDRAFT_{name.upper()}: is more than a century; write at most {LONGEST.total_seconds() / unit:.0f}"
    for name in ("model_context_tokens", "model_max_output_tokens"):
        for model, tokens in values[name].items():
            if tokens < 1:
                yield f"REDRAFT_{name.upper()}: {model} has {tokens} tokens; write 1 or more"


def _names(values: Values) -> Iterator[str]:
    if values["default_region"] not in phonenumbers.SUPPORTED_REGIONS:
        yield f"REDRAFT_DEFAULT_REGION: there is no region {values['default_region']}; write one as in ISO 3166: DE, VN"
    if not DATABASE_NAME.fullmatch(values["mongodb_database"]):
        yield 'REDRAFT_MONGODB_DATABASE: has 1 to 63 characters and none of / \\ . " $ * < > : | ? or space'


def _out_of_bounds(values: Values, chosen: Collection[str]) -> Iterator[str]:
    for part, whole in WITHIN:
        if part in chosen and values[part] > values[whole]:
            yield (
                f"REDRAFT_{part.upper()}: {values[part]} is more than REDRAFT_{whole.upper()} "
                f"({values[whole]}) lets through; lower it, or raise that"
            )


def _plain(secret: SecretStr | str | None) -> str | None:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret


def _port(url: SplitResult) -> int | None:
    """The port; 0 without one, None for one that cannot be."""
    try:
        return 0 if url.port is None else url.port or None
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
