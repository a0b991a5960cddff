"""What is learned of a user rests on messages that are there."""

import json

from redraft.agents.reflect import reflect
from redraft.agents.summarize import summarize
from redraft.llm import Message
from tests.agents.conftest import Lent
from tests.scripted_model import ScriptedModel

CHAT: list[Message] = [
    {"role": "user", "content": "Always use British spelling."},
    {"role": "assistant", "content": "I will."},
    {"role": "user", "content": "It is for beekeepers."},
]


async def test_items_come_with_the_messages_they_rest_on(tools: Lent, model: ScriptedModel) -> None:
    style = [{"text": "Use British spelling.", "message_ids": ["m1"]}]
    model.says(json.dumps({"style": style, "facts": []}))
    learned = await reflect(tools, CHAT, ["m1", "m2", "m3"])
    assert [(each.text, each.message_ids) for each in learned.style] == [("Use British spelling.", ("m1",))]
    asked = model.asked[0]["response_format"]["json_schema"]["schema"]
    evidence = asked["properties"]["style"]["items"]["properties"]["message_ids"]["items"]["enum"]
    assert evidence == ["m1", "m3"], "only the user's own messages"


async def test_items_that_rest_on_nothing_are_left_out(tools: Lent, model: ScriptedModel) -> None:
    facts = [{"text": "Invented.", "message_ids": ["m9"]}, {"text": "", "message_ids": ["m1"]}, "nonsense"]
    model.says(json.dumps({"style": "none", "facts": facts}))
    learned = await reflect(tools, CHAT, ["m1", "m2", "m3"])
    assert not learned


async def test_a_long_chat_is_read_in_parts_and_wholly(tools: Lent, model: ScriptedModel) -> None:
    long: list[Message] = [{"role": "user", "content": f"Part {n}. " + "words " * 300} for n in range(30)]
    await summarize(tools, long)
    read = "".join(asked["messages"][-1]["content"] for asked in model.asked)
    assert len(model.asked) > 1
    assert all(f"Part {n}." in read for n in range(30))


async def test_one_message_longer_than_the_context_is_read_in_pieces(tools: Lent, model: ScriptedModel) -> None:
    words = " ".join(f"w{n}" for n in range(6_000))
    await summarize(tools, [{"role": "user", "content": words}])
    read = "".join(asked["messages"][-1]["content"] for asked in model.asked)
    assert "w0 " in read
    assert "w5999" in read


async def test_a_summary_that_repeats_itself_is_shortened(tools: Lent, model: ScriptedModel) -> None:
    model.says("- Writer: the storm\n\n- Decided: 1703\n- Writer: the storm\n- Decided: 1703\n- Writer: the")
    assert await summarize(tools, CHAT) == "- Writer: the storm\n\n- Decided: 1703"
