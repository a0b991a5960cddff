"""What a chat was about, in few words: on request, and as the running summary of chats that outgrow the model."""

from redraft.summaries import running
from redraft.summaries.made import made_by
from redraft.summaries.router import of_conversations, router
from redraft.summaries.running import RunningSummaries, RunningSummaryKeeper, kept_writes, running_writes
from redraft.summaries.service import Summaries
from redraft.summaries.work import SummaryWork

INDEXES = (running.INDEXES,)

__all__ = [
    "INDEXES", "RunningSummaries", "RunningSummaryKeeper", "Summaries", "SummaryWork", "kept_writes", "made_by",
    "of_conversations", "router", "running_writes",
]  # fmt: skip
