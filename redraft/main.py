"""Builds everything, once: the only file that knows all the others."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from redraft import (
    __version__,
    accounts,
    chat,
    conversations,
    documents,
    edits,
    reflections,
    repeats,
    runs,
    summaries,
    usage,
)
from redraft.config import Settings
from redraft.db import Database, Indexes, connect
from redraft.indexes import prepare
from redraft.llm import Models
from redraft.migrations import Migration, migrate
from redraft.pool.jobs import Jobs
from redraft.server_checks import is_embedded
from redraft.vault import Vault, open_vault
from redraft.web import browsers, docs, health, problems, prometheus
from redraft.web.compression import Compressed, Inflated
from redraft.web.openapi import Api
from redraft.web.provide import Services
from redraft.web.requests import BodyLimit, LastResort, RequestLog

INDEXES: tuple[Indexes, ...] = (
    *accounts.INDEXES,
    *conversations.INDEXES,
    *documents.INDEXES,
    *edits.INDEXES,
    *reflections.INDEXES,
    *summaries.INDEXES,
    *runs.INDEXES,
    *repeats.INDEXES,
    *usage.INDEXES,
)
MIGRATIONS = (
    Migration(1, "keep_dead_replicas", runs.keep_dead_replicas),
    Migration(2, "put_owners_first_in_runs", runs.put_owners_first_in_runs),
    Migration(3, "put_owners_first_in_messages", conversations.put_owners_first_in_messages),
)
ROUTERS = (
    docs.router,
    health.router,
    prometheus.router,
    accounts.router,
    chat.router,
    runs.router,
    conversations.router,
    documents.router,
    edits.router,
    reflections.router,
    summaries.router,
    summaries.of_conversations,
    usage.router,
)

Built = dict[type, Any]


class Stores:
    """The stores of what users and models wrote; `build` makes the services that use them."""

    def __init__(self, database: Database, vault: Vault, settings: Settings) -> None:
        self.answers = repeats.AnswerStore(database, vault, timedelta(hours=settings.idempotency_hours))
        self.conversations = conversations.ConversationStore(database, vault)
        self.documents = documents.DocumentStore(database, vault)
        self.proposals = edits.ProposalStore(database, vault)
        self.reflections = reflections.ReflectionStore(database, vault)
        self.summaries = summaries.RunningSummaries(database, vault, settings.run_store_seconds)

    def of_users(self) -> list[accounts.UserDataSource]:
        """What each has of a user, for their export and erasure."""
        return [
            self.answers,
            conversations.ConversationData(self.conversations),
            documents.DocumentData(self.documents),
            self.proposals,
            self.reflections,
            self.summaries,
        ]


@contextlib.asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Services]:
    """Every service by its class, connected and started; stopped in the opposite order when the context ends.

    Raises `LookupError` when one is missing that a route needs.
    """
    if settings.mongodb_url is None:
        raise ValueError("REDRAFT_MONGODB_URL is not set; `redraft serve` starts the embedded database and sets it")
    async with contextlib.AsyncExitStack() as stack:
        url = settings.mongodb_url.get_secret_value()
        database = await stack.enter_async_context(connect(settings, url))
        vital = await stack.enter_async_context(connect(settings, url, pool_size=1))  # waits for no other operation
        await prepare(database, INDEXES, build=await is_embedded(database))
        await migrate(database, MIGRATIONS)
        usage.check_prices(settings)
        models = await stack.enter_async_context(Models.opened(settings))
        services: Built = {Settings: settings, Database: database, Models: models}
        services[Vault] = vault = await open_vault(settings, database)
        stores = Stores(database, vault, settings)
        services[repeats.Repeats] = repeated = repeats.Repeats(stores.answers, vault, settings)
        services |= await stack.enter_async_context(_usage(database, vault, settings))
        budgets = services[usage.Budgets]
        kept = stores.conversations
        services[runs.Runs] = engine = runs.Runs(database, vital, vault, kept, budgets, models, settings)
        services[health.Readiness] = health.Readiness(models.ready, engine.ready)
        services[usage.Usage].kept_short_where(engine.leads)
        engine.keys_elsewhere(repeated.refuse_known)
        repeated.kept_elsewhere(engine.knows)
        services[Jobs] = jobs = await stack.enter_async_context(Jobs(settings).running())
        services |= _domains(engine, stores, models, jobs, settings)
        sources: list[accounts.UserDataSource] = [
            engine.user_data,  # first: no worker writes behind the others
            *stores.of_users(),
            usage.CallData(services[usage.CallStore], budgets),
            services[usage.FeedbackStore],
        ]
        services |= await stack.enter_async_context(accounts.started(settings, database, vault, sources, engine.let_go))
        complete = Services(services)
        complete.serve(ROUTERS)
        await stack.enter_async_context(prometheus.sampling(lambda: _sample(database, engine)))
        await stack.enter_async_context(engine.working())  # last: it may take up runs of any kind at once
        yield complete


def _domains(engine: runs.Runs, stores: Stores, models: Models, jobs: Jobs, settings: Settings) -> Built:
    """What users work with. Each kind of run is registered with the engine, beside the service that starts it."""
    talks, learned = conversations.Conversations(stores.conversations, settings), stores.reflections
    telling = reflections.Telling(learned, models)
    talks.when_deleted(stores.summaries.drop)
    talks.when_deleted(engine.drop)
    engine.when_gone(stores.summaries.drop)
    engine.register(reflections.ReflectionWork(settings))
    engine.register(summaries.SummaryWork())
    engine.register(chat.ChatWork(stores.summaries, settings))
    engine.register(edits.EditWork(stores.summaries, settings))
    return {
        conversations.Conversations: talks,
        documents.Documents: documents.Documents(stores.documents, jobs, settings),
        reflections.Reflecting: reflections.Reflecting(engine, learned, talks, stores.summaries, settings),
        summaries.Summaries: summaries.Summaries(engine, talks, stores.summaries, settings),
        chat.Chat: chat.Chat(engine, talks, telling, models, settings),
        edits.Edits: edits.Edits(engine, stores.proposals, telling, jobs, settings),
    }


@contextlib.asynccontextmanager
async def _usage(database: Database, vault: Vault, settings: Settings) -> AsyncIterator[Built]:
    calls, census = usage.CallStore(database), accounts.Census(database)
    budgets, feedback = usage.Budgets(database, calls, settings), usage.FeedbackStore(database, vault, calls)
    days = usage.DayStore(database, calls, census)
    service = usage.Usage(calls, days, feedback, budgets, census, settings)
    async with service.keeping():
        yield {usage.CallStore: calls, usage.Budgets: budgets, usage.FeedbackStore: feedback, usage.Usage: service}


def _sample(database: Database, engine: runs.Runs) -> None:
    prometheus.runs_active.set(engine.active)
    prometheus.connections.labels("open").set(database.pool.open)
    prometheus.connections.labels("in_use").set(database.pool.in_use)


def turn_away(app: FastAPI) -> None:
    """Have `/readyz` say that this process goes down, and serve on: balancers need a while to see it."""
    services: Services | None = getattr(app.state, "services", None)
    if services is not None:
        services[health.Readiness].accepting = False


def go_down(app: FastAPI) -> None:
    """Take nothing new, and let what runs here end or be handed over. Returns at once; the app may not have started."""
    turn_away(app)
    services: Services | None = getattr(app.state, "services", None)
    if services is not None:
        services[runs.Runs].drain()


def create_app(settings: Settings) -> FastAPI:
    """The application; nothing connects before its lifespan starts."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            try:
                app.state.services = await stack.enter_async_context(build(settings))
            except Exception as error:
                app.state.failure = error  # the server tells nobody what it was
                raise
            yield

    app = Api(
        title="redraft",
        version=__version__,
        summary="The backend for apps in which people write with an AI.",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # `web/docs.py` has a page that needs no other server
        redoc_url=None,
    )
    problems.install(app)
    app.add_middleware(Inflated, max_bytes=settings.max_body_bytes)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, seconds=settings.body_seconds)
    app.add_middleware(LastResort)
    app.add_middleware(Compressed)
    browsers.install(app, settings)  # around the last resort: a browser may read also of what nobody foresaw
    app.add_middleware(RequestLog)
    if settings.proxies:
        # Who asks is the last address in X-Forwarded-For that no proxy of ours wrote: what stands before it is hearsay.
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies)  # the last one added is outermost
    for router in ROUTERS:
        app.include_router(router)
    return app
