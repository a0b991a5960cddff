"""What a chat was about, in few words: on request, and as the running summary of chats that outgrow the model."""

from redraft.summaries import running
from redraft.summaries.router import of_conversations, router
from redraft.summaries.running import RunningSummaries, RunningSummaryKeeper
from redraft.summaries.service import Summaries
from redraft.summaries.used import Found, known_summary, summary_result, summary_writes
from redraft.summaries.work import SummaryWork

INDEXES = (running.INDEXES,)

__all__ = [
    "INDEXES", "Found", "RunningSummaries", "RunningSummaryKeeper", "Summaries", "SummaryWork", "known_summary",
    "of_conversations", "router", "summary_result", "summary_writes",
]  # fmt: skip
