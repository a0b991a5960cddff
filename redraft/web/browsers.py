"""What browsers are told: which sites may call us, and to trust nothing in our answers beyond what they say."""

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redraft.config import Settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of the page at `/docs`: its scripts and styles are ours, and it asks nobody but us. Swagger UI styles inline."""
ONE_YEAR = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """Adds the headers to every answer; `Cache-Control: no-store` below `/v1` where a route says nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Content-Security-Policy"] = DOCS if scope["path"] == "/docs" else NOTHING
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = ONE_YEAR
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def install(app: FastAPI, settings: Settings) -> None:
    """Add the headers, and let the sites on the allow-list call; without a list no other site may."""
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Redraft-CSRF", "X-Request-ID",
            ],
            expose_headers=["Idempotent-Replayed", "Location", "Retry-After", "X-Request-ID"],
            max_age=600,
        )  # fmt: skip
    app.add_middleware(SecurityHeaders)
