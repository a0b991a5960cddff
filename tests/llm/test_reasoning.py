"""What is thought aloud at the beginning of an answer, and what only looks like it."""

import pytest

from redraft.llm.reasoning import Shown, Unmarked

JSON = '{"operations": []}'
CODE = "Write it so:\n```\n</think>\n```\nand no more."


@pytest.mark.parametrize(
    ("said", "is_json", "shown"),
    [
        ("<think>hm</think>\n\nHello", False, "Hello"),
        ("\n<thinking>hm</thinking>Hello", False, "Hello"),
        ("◁think▷hm◁/think▷Hello", False, "Hello"),
        ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello", False, "Hello"),
        ("<|channel|>final<|message|>Hello", False, "Hello"),
        ("<think>\n\n</think>\n\nHello", False, "Hello"),
        ("<think>never closed", False, ""),
        ("hm hm\n</think>\n\nHello", True, "Hello"),
        (f'<think>{{"operations": ["decoy"]}}</think>{JSON}', True, JSON),
        (f'I think {{"operations": ["decoy"]}}\n</think>\n{JSON}', True, JSON),
        (f"```json\n{JSON}\n```", True, f"```json\n{JSON}\n```"),
        (f"Sure: {JSON}", True, f"Sure: {JSON}"),
        ('{"text": "a <think>b</think> c"}', True, '{"text": "a <think>b</think> c"}'),
        ("Keep <think>this</think> as it is.", False, "Keep <think>this</think> as it is."),
        ("<thin as a rail> is no mark", False, "<thin as a rail> is no mark"),
        ("The `</think>` mark ends it.", False, "The `</think>` mark ends it."),
        ("The </think> mark ends it.", False, "The </think> mark ends it."),
        (CODE, False, CODE),
        ("<", False, "<"),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 1_000])
def test_only_leading_thoughts_are_taken_off(said: str, is_json: bool, shown: str, size: int) -> None:
    reader = Shown(is_json=is_json)
    pieces = [reader.add(said[at : at + size]) for at in range(0, len(said), size)]
    assert "".join(pieces) + reader.end() == shown
    assert len(reader.thought) <= len(said)


def test_a_thought_without_its_first_mark_is_noticed_when_it_ends() -> None:
    reader = Shown(is_json=False)
    assert reader.add("Let me see.") == "Let me see."
    reader.add("\n</thi")
    assert reader.add("nk>") == "nk>", "it may be spoken of"
    with pytest.raises(Unmarked):
        reader.add("\n")
    known = Shown(is_json=False, opens_in_thought=True)
    assert known.add("Let me see.") + known.add("\n</thi") + known.add("nk>\nHello") + known.end() == "Hello"
    plain = Shown(is_json=False, opens_in_thought=True)
    assert plain.add("No thought") + plain.end() == "No thought"
