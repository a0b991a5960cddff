"""What a chat was about, in few words: on request, and as the running summary of chats that outgrow the model."""

from redraft.summaries import running
from redraft.summaries.router import router
from redraft.summaries.running import RunningSummaries, RunningSummaryKeeper, running_writes
from redraft.summaries.service import Summaries
from redraft.summaries.used import known_summary, summary_result, summary_writes
from redraft.summaries.work import SummaryWork

INDEXES = (running.INDEXES,)

__all__ = [
    "INDEXES", "RunningSummaries", "RunningSummaryKeeper", "Summaries", "SummaryWork", "known_summary", "router",
    "running_writes", "summary_result", "summary_writes",
]  # fmt: skip
