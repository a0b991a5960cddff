"""What the prompts of the agents begin with, always the same: a server with a prompt cache can read it beforehand."""

from redraft.agents import prompts
from redraft.agents.editing.small.asked import parse
from redraft.agents.editing.small.meant import find, locating, taking
from redraft.agents.editing.small.new import replacing, rewriting, rows, spelling, writing
from redraft.agents.route import prefix
from redraft.llm import Message


def beginnings() -> list[list[Message]]:
    """The beginning of each prompt of a small model: a chat's, then those that most edits need first."""
    return [
        [{"role": "system", "content": prompts.TALK}],
        parse.PROMPT.messages(),
        prefix(),
        replacing.PROMPT.messages(),
        find.PROMPT.messages(),
        locating.WHERE.messages(),
        rows.PROMPT.messages(),
        rewriting.REWRITE.messages(),
        writing.ITEM.messages(),
        writing.ROW.messages(),
        writing.SECTION.messages(),
        taking.PROMPT.messages(),
        spelling.PROMPT.messages(),
    ]
