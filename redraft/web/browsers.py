"""What browsers are told: which sites may call us, and to trust nothing in our answers beyond what they say."""

from http import HTTPStatus

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redraft.config import Settings
from redraft.errors import Forbidden
from redraft.web.problems import problem_response

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
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TOLD = (
    "Content-Disposition",
    "Idempotent-Replayed",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)
"""Of the headers of an answer that a page may read, beside those that every page may."""
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


class Sites(CORSMiddleware):
    """Lets the pages of some sites call, and tells those of others why they may not, where a developer looks.

    Those that may call may set any header: tracing, SDKs and proxies add their own, and each one that is not allowed
    fails every request of the page. The list of sites is what keeps others out, and nothing here trusts a header for
    coming from a page.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asks_first = scope["method"] == "OPTIONS" and "access-control-request-method" in headers and "origin" in headers
        if not asks_first:
            await super().__call__(scope, receive, send) if self.allow_origins else await self.app(scope, receive, send)
            return
        answer = self.preflight_response(headers)
        if answer.status_code != HTTPStatus.OK:
            said = {
                name: value for name, value in answer.headers.items() if name.startswith(("access-control-", "vary"))
            }
            answer = problem_response(Forbidden(self._why_not(headers)), scope)
            answer.headers.update(said)
        await answer(scope, receive, send)

    def _why_not(self, headers: Headers) -> str:
        if not self.is_allowed_origin(headers["origin"]):
            return "Pages of this site may not call: its origin is not in REDRAFT_CORS_ORIGINS."
        return f"A page may use the methods {', '.join(METHODS)}."


def install(app: FastAPI, settings: Settings) -> None:
    """Add the headers, and let the sites on the allow-list call; without a list no other site may."""
    app.add_middleware(
        Sites,
        allow_origins=settings.allowed_origins,
        allow_credentials=True,
        allow_methods=METHODS,
        allow_headers=("*",),  # answered with those that were asked for, as credentials want it
        expose_headers=TOLD,
        max_age=600,
    )
    app.add_middleware(SecurityHeaders)
