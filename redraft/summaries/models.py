"""What is asked of summaries over HTTP, and what they answer."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from redraft.conversations import MessageIn
from redraft.llm import Cut
from redraft.runs import OnDisconnect, RunUsage
from redraft.web.routing import Body


class SummaryRequest(Body):
    """The chat to sum up: its messages, or a conversation that the server keeps."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"messages": [{"role": "user", "content": "Let us open the essay with the storm of 1703."}]}]
        }
    )

    messages: list[MessageIn] | None = Field(None, min_length=1)
    conversation_id: str | None = Field(None, max_length=64)
    previous: str | None = Field(
        None,
        max_length=50_000,
        description="A summary of what came before; beside a `conversation_id` the whole conversation is read after "
        "it, and the answer is not kept as the conversation's",
    )
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the summary when you leave")


class SummaryAnswer(BaseModel):
    """The summary, of `previous` too."""

    summary: str
    cut: Cut | None = Field(None, description="Why the summary is not all that the model would have written")
    run_id: str
    usage: RunUsage


MOST_CHARACTERS = 10_000
"""Of a summary in the user's words: about half of what a model with a context of 6,000 tokens can be sent beside it."""


class SummaryRedo(Body):
    """How the summary of a conversation is to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_scratch": True}]})

    from_scratch: bool = Field(
        False,
        description="Read all messages again, and forget the summary there is; else only what is new since that",
    )
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the summary when you leave")


class SummaryCorrection(Body):
    """The summary of a conversation in the user's own words."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"summary": "## Instructions\n- Answer in Vietnamese.\n\n## Decided\n- June."}]}
    )

    summary: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="Markdown, as `summary` is answered")


class ConversationSummary(BaseModel):
    """The summary of a conversation. What made it is null where that is not known, or no model did."""

    summary: str
    messages: int = Field(description="How many messages it covers, from the first one on")
    last_message_id: str = Field(description="The last one that it covers")
    model: str | None = Field(description="As `provider:name`; of an edited one, who made what was edited")
    cost: float | None
    currency: str | None
    input_tokens: int | None
    output_tokens: int | None
    created_at: datetime | None
    updated_at: datetime | None
    edited: bool = Field(description="Whether it is in the user's own words")
