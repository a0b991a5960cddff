"""Long histories: summed up where they do not fit, once, and never dropped."""

import pytest

from redraft.agents.history import RunningSummary, fit, prefix_keys
from redraft.errors import PromptTooLong
from redraft.llm import Message, estimate, estimate_messages
from tests.agents.conftest import Lent
from tests.scripted_model import Reply, ScriptedModel


def chat(turns: int) -> list[Message]:
    messages: list[Message] = []
    for n in range(turns):
        messages.append({"role": "user", "content": f"Question {n}: " + "words " * 40})
        messages.append({"role": "assistant", "content": f"Answer {n}: " + "words " * 40})
    return [*messages, {"role": "user", "content": "And now?"}]


async def test_what_fits_is_sent_as_it_is(tools: Lent, model: ScriptedModel) -> None:
    fitted = await fit(tools, chat(3), 2_000, None)
    assert (fitted.messages, fitted.summary) == (chat(3), None)
    assert not model.asked


async def test_older_messages_are_summed_up_and_none_is_left_out(tools: Lent, model: ScriptedModel) -> None:
    model.otherwise = lambda ask: Reply(["They talked."])
    fitted = await fit(tools, chat(40), 2_000, None)
    assert fitted.summary is not None
    assert fitted.summary.count + len(fitted.messages) == 81
    assert fitted.messages[0]["role"] == "user"
    assert estimate_messages(fitted.messages) + estimate(fitted.summary.text) <= 2_000
    read = "".join(asked["messages"][-1]["content"] for asked in model.asked)
    assert all(f"Question {n}:" in read for n in range(fitted.summary.count // 2))


async def test_a_summary_is_used_again_while_the_rest_fits(tools: Lent, model: ScriptedModel) -> None:
    model.otherwise = lambda ask: Reply(["They talked."])
    first = await fit(tools, chat(40), 2_000, None)
    paid = len(model.asked)
    longer = [*chat(40), {"role": "assistant", "content": "This."}, {"role": "user", "content": "Why?"}]
    second = await fit(tools, longer, 2_000, first.summary)
    assert second.summary == first.summary
    assert len(model.asked) == paid


async def test_a_new_summary_goes_on_from_the_old_one(tools: Lent, model: ScriptedModel) -> None:
    messages = chat(40)
    known = RunningSummary("They greeted.", 60, prefix_keys(messages)[59])
    await fit(tools, messages, 1_200, known)
    (asked,) = model.asked
    assert "They greeted." in asked["messages"][-1]["content"]
    assert "Question 29:" not in asked["messages"][-1]["content"]


async def test_a_summary_of_another_beginning_is_not_used(tools: Lent, model: ScriptedModel) -> None:
    foreign = RunningSummary("Something else.", 60, "another key")
    await fit(tools, chat(40), 1_200, foreign)
    assert "Something else." not in str(model.asked)


async def test_a_last_message_that_cannot_fit_is_refused(tools: Lent, model: ScriptedModel) -> None:
    with pytest.raises(PromptTooLong):
        await fit(tools, [*chat(3), {"role": "user", "content": "words " * 9_000}], 2_000, None)
    assert not model.asked
