"""What is asked of summaries over HTTP, and what they answer."""

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
    previous: str | None = Field(None, max_length=50_000, description="A summary of what came before `messages`")
    on_disconnect: OnDisconnect = Field("continue", description="What becomes of the summary when you leave")


class SummaryAnswer(BaseModel):
    """The summary, of `previous` too."""

    summary: str
    cut: Cut | None = Field(None, description="Why the summary is not all that the model would have written")
    run_id: str
    usage: RunUsage
