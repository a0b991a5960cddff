"""One turn of a chat as a LangGraph graph: route (only when a document came along), then talk or edit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from redraft.agents import prompts
from redraft.agents.editing import EditTask, Proposal
from redraft.agents.history import RunningSummary, fit
from redraft.agents.memory import Reflections
from redraft.agents.messages import leading, text_of, with_text
from redraft.agents.reading import OpenDocument, read
from redraft.agents.recall import quoted_chat
from redraft.agents.route import Agent, route
from redraft.agents.tools import AgentTools
from redraft.llm import Ask, Message, estimate
from redraft.threads import in_thread_if_long

MOST_OUTPUT_TOKENS = 4_096
DOCUMENT_SHARE = 0.5
"""Of the room for the input, how much the open document may take in a talk."""
FRAMES = 150
"""Tokens of what stands around a summary and what is looked up: marks, and what they are."""

Propose = Callable[[AgentTools, EditTask], Awaitable[Proposal]]


@dataclass(frozen=True)
class TurnTask:
    """What a turn starts from: the whole chat, the last message the user's.

    `known` is the summary of its beginning, the app's own instructions apart.
    """

    messages: list[Message]
    document: OpenDocument | None = None
    reflections: Reflections = field(default_factory=Reflections)
    known: RunningSummary | None = None


@dataclass(frozen=True)
class TurnResult:
    """What a turn comes to. `summary` is the one that was used, new or `known`; None when the whole chat fitted."""

    agent: Agent
    message: str
    proposal: Proposal | None = None
    summary: RunningSummary | None = None


class State(TypedDict, total=False):
    """Plain data that the nodes pass on."""

    task: TurnTask
    agent: Agent
    result: TurnResult


@dataclass(frozen=True)
class Lent:
    """What the nodes may use, for this one turn."""

    tools: AgentTools
    propose: Propose


async def take_turn(tools: AgentTools, propose: Propose, task: TurnTask) -> TurnResult:
    """Answer the last message, by talk or by a proposal; the reply is shown as `token` events while it is written.

    Raises `ModelFailed`, and `PromptTooLong` for a message that no summary of others makes fit.
    """
    # Without a document there is nothing to edit, and nothing to ask a model about.
    graph = _graph("talk" if task.document is None else "route")
    ended = await graph.ainvoke({"task": task}, context=Lent(tools, propose))
    result: TurnResult = ended["result"]
    return result


@cache
def _graph(first: Literal["route", "talk"]) -> CompiledStateGraph[State, Lent, Any, Any]:
    """The graph, compiled for where it begins: a choice made inside would cost each turn 0.4 ms of CPU."""
    graph = StateGraph(State, context_schema=Lent)
    graph.add_node("route", _route)
    graph.add_node("talk", _talk)
    graph.add_node("edit", _edit)
    graph.add_edge(START, first)
    graph.add_conditional_edges("route", _after_route, ["talk", "edit"])
    graph.add_conditional_edges("edit", _after_edit, ["talk", END])
    graph.add_edge("talk", END)
    return graph.compile()


# Each edge is a coroutine: LangGraph sends plain functions to another thread.
async def _after_route(state: State) -> Agent:
    return state["agent"]


async def _after_edit(state: State) -> str:
    return END if "result" in state else "talk"


async def _route(state: State, runtime: Runtime[Lent]) -> State:
    """Decide whom the message is for. Reads `task`. Writes `agent`."""
    return {"agent": await route(runtime.context.tools, state["task"].messages)}


async def _edit(state: State, runtime: Runtime[Lent]) -> State:
    """Have the document edited. Reads `task`. Writes `result`; where no edit was asked for, `task`."""
    task, lent = state["task"], runtime.context
    document = task.document
    if document is None:
        return {"agent": "talk"}
    asked = EditTask(
        messages=task.messages,
        original=document.original,
        editing=document.editing,
        selection=document.selection,
        name=document.name,
        reflections=task.reflections,
        known=task.known,
    )
    proposal = await lent.propose(lent.tools, asked)
    if not proposal.hunks and not proposal.note:
        return {"agent": "talk", "task": replace(task, known=proposal.summary or task.known)}
    lent.tools.say(proposal.note)
    return {"result": TurnResult("edit", proposal.note, proposal, proposal.summary)}


async def _talk(state: State, runtime: Runtime[Lent]) -> State:
    """Answer in words, shown as they come. Reads `task`. Writes `result`."""
    task, tools = state["task"], runtime.context.tools
    context = tools.context_tokens("chat")
    max_tokens = min(MOST_OUTPUT_TOKENS, context // 4)
    messages, summary = await _prompt(tools, task, context - max_tokens)
    pieces: list[str] = []
    async for piece in tools.stream("chat", Ask(messages, max_tokens)):
        pieces.append(piece)
        tools.say(piece)
    return {"result": TurnResult("talk", "".join(pieces), summary=summary)}


async def _prompt(tools: AgentTools, task: TurnTask, room: int) -> tuple[list[Message], RunningSummary | None]:
    """What the model is sent, in at most `room` tokens: what lasts comes first, so that it is read once."""
    apps, chat = leading(task.messages)
    told = [prompts.TALK, *(text_of(message) for message in apps), prompts.memory(task.reflections)]
    reading = None
    if task.document is not None:
        size = len(task.document.original) + len(task.document.editing)
        budget = int((room - estimate("\n\n".join(told))) * DOCUMENT_SHARE)
        reading = await in_thread_if_long(size, read, task.document, text_of(chat[-1]), budget)
        told += [prompts.DOCUMENT, reading.lasting]
    system = "\n\n".join(part for part in told if part)
    passing = reading.passing if reading else ""
    fitted = await fit(tools, chat, room - estimate(system) - estimate(passing) - FRAMES, task.known)
    if fitted.summary:
        system += f"\n\n{prompts.so_far(fitted.told)}"
    recalled = prompts.recalled(quoted_chat(fitted.recalled))
    passing = "\n\n".join(part for part in (passing, recalled) if part)
    sent = fitted.messages
    if passing:
        sent = [*sent[:-1], with_text(sent[-1], f"{passing}\n\n{text_of(sent[-1])}")]
    return [{"role": "system", "content": system}, *sent], fitted.summary
