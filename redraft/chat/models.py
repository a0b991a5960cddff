"""What a chat turn is asked and answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from redraft.conversations import MessageIn
from redraft.edits import DocumentIn, ProposalView
from redraft.llm import Cut
from redraft.runs import OnDisconnect, RunUsage
from redraft.web.openapi import Problem
from redraft.web.routing import Body


class ChatRequest(Body):
    """One turn.

    Without `conversation_id`, `messages` is the whole chat and nothing is kept but the run. With it, the server has the
    history, and `messages` is what is new.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"messages": [{"role": "user", "content": "What makes a README good?"}]}]},
    )

    messages: list[MessageIn] = Field(min_length=1)
    conversation_id: str | None = None
    document: DocumentIn | None = Field(None, description="What the user has open; the turn may propose to change it")
    if_active: Literal["reject", "queue", "interrupt"] = Field(
        "reject",
        description="When a turn of the conversation is not finished: refuse this one, let it wait for its turn, "
        "or stop that one and go before all that wait. The last two only with a `conversation_id`",
    )
    stream: bool = Field(True, description="false: one JSON answer when the turn is done")
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the turn when you leave")


class AnswerMessage(BaseModel):
    """What the assistant said; `stopped` when the turn was ended before it had said all.

    `cut` when the model's server cut it off: `reason` is then `length` or `content_filter`.
    """

    id: str
    role: Literal["assistant"] = "assistant"
    content: str
    status: Literal["complete", "stopped", "cut"]
    reason: Cut | None = None
    links_added: list[str] = Field(
        [], description="Every address in `content` that neither the chat before it nor the document had"
    )


class ChatAnswer(BaseModel):
    """A turn that is done."""

    run_id: str
    conversation_id: str | None
    message: AnswerMessage
    proposal: ProposalView | None
    usage: RunUsage


class ActiveTurn(Problem):
    """`run_active`: another turn of the conversation is not finished, and this one is not to wait for it."""

    run_id: str = Field(description="The run of that turn: follow it, or stop it")
