"""Whoever carries a text message to a phone."""

import base64
import hashlib
import hmac
import sys
import time
from typing import Protocol

import aiohttp
import orjson
import structlog

from redraft.config import Settings
from redraft.errors import Unavailable

log = structlog.get_logger()

TIMEOUT = aiohttp.ClientTimeout(total=10)


class Sender(Protocol):
    """Sends text messages. Raises `Unavailable` when the message was not taken."""

    async def send(self, phone: str, text: str) -> None:
        """Send `text` to an E.164 number."""
        ...


class ConsoleSender:
    """Writes messages to standard error, for a machine on a desk. That is no log: logs hold no numbers."""

    async def send(self, phone: str, text: str) -> None:
        """Show the message to whoever sits there."""
        sys.stderr.write(f"SMS to {phone}: {text}\n")
        sys.stderr.flush()


class NoSender:
    """Sends nothing, for a deployment without text messages: no number is verified and no password reset by a code."""

    async def send(self, phone: str, text: str) -> None:
        """Raise `Unavailable`."""
        raise Unavailable("This deployment sends no text messages.", retry_after=3600)


class WebhookSender:
    """Posts `{"to", "text"}` to an address, signed: `X-Redraft-Signature: t=<seconds>,v1=<hex>`.

    `v1` is the HMAC-SHA256, under the shared secret, of the seconds, a full stop and the body.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret.encode()

    async def send(self, phone: str, text: str) -> None:
        """Post the message."""
        body, at = orjson.dumps({"to": phone, "text": text}), str(int(time.time()))
        signature = hmac.new(self._secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Redraft-Signature": f"t={at},v1={signature}"}
        await _post(self._url, data=body, headers=headers)


class TwilioSender:
    """Sends by Twilio's HTTP interface, from a number or from a messaging service, which picks one."""

    def __init__(self, url: str, account: str, token: str, number: str) -> None:
        self._url = f"{url}/2010-04-01/Accounts/{account}/Messages.json"
        self._auth = "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode()
        self._from = {"MessagingServiceSid" if number.startswith("MG") else "From": number}

    async def send(self, phone: str, text: str) -> None:
        """Hand the message over."""
        await _post(self._url, data={"To": phone, "Body": text, **self._from}, headers={"Authorization": self._auth})


def sender(settings: Settings) -> Sender:
    """The sender that the settings name; they are not made without what it needs."""
    if settings.sms_sender == "none":
        return NoSender()
    url, secret = settings.sms_webhook_url, settings.sms_webhook_secret
    if settings.sms_sender == "webhook" and url and secret:
        return WebhookSender(url, secret.get_secret_value())
    account, token, number = settings.twilio_account, settings.twilio_token, settings.twilio_number
    if settings.sms_sender == "twilio" and account and token and number:
        return TwilioSender(settings.twilio_url, account, token.get_secret_value(), number)
    return ConsoleSender()


async def _post(url: str, data: bytes | dict[str, str], headers: dict[str, str]) -> None:
    try:
        # Rare enough for a connection of its own. No redirect is followed: it would carry a code elsewhere.
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as http,
            http.post(url, data=data, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status < 300:
                return
            log.error("a text message was refused", status=answer.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        log.error("a text message could not be handed over", error=type(error).__name__)
    raise Unavailable("The text message could not be sent. Try again in a moment.", retry_after=30)
