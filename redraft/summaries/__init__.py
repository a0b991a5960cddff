"""What a chat was about, in few words: on request, and as the running summary of chats that outgrow the model."""

from redraft.summaries import running
from redraft.summaries.due import Due, due_in
from redraft.summaries.router import of_conversations, router
from redraft.summaries.running import RunningSummaries
from redraft.summaries.service import Summaries
from redraft.summaries.used import Found, due_writes, known_summary, summary_result, summary_writes
from redraft.summaries.work import SummaryWork

INDEXES = (running.INDEXES,)

__all__ = [
    "INDEXES", "Due", "Found", "RunningSummaries", "Summaries", "SummaryWork", "due_in",
    "due_writes", "known_summary", "of_conversations", "router", "summary_result", "summary_writes",
]  # fmt: skip
