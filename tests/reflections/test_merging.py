"""What is kept when more is learned."""

from redraft.agents.memory import Reflection
from redraft.reflections.merging import merged


def texts(*known: str, learned: tuple[str, ...], most: int = 50) -> list[str]:
    def items(given: tuple[str, ...], prefix: str) -> list[Reflection]:
        return [Reflection(f"{prefix}{place}", text, (f"{prefix}m{place}",)) for place, text in enumerate(given)]

    return [each.text for each in merged(items(known, "a"), items(learned, "b"), most)]


def test_other_things_stand_beside_each_other() -> None:
    assert texts("Use British spelling.", learned=("Keeps bees in Kent.",)) == [
        "Use British spelling.",
        "Keeps bees in Kent.",
    ]


def test_the_same_in_another_spelling_is_one_with_more_evidence() -> None:
    known, again = Reflection("a", "Use short sentences.", ("m1",)), Reflection("b", "use SHORT sentences!", ("m2",))
    assert merged([known], [again], 50) == [Reflection("a", "Use short sentences.", ("m1", "m2"))]


def test_the_newer_of_two_that_contradict_holds() -> None:
    assert texts("Use short sentences.", learned=("Use long sentences.",)) == ["Use long sentences."]
    assert texts("Use Oxford commas.", learned=("Do not use Oxford commas.",)) == ["Do not use Oxford commas."]


def test_words_without_spaces_are_compared_too() -> None:
    assert texts("请使用简体中文。", learned=("请使用简体中文",)) == ["请使用简体中文。"]


def test_the_oldest_give_way() -> None:
    assert texts("One thing.", "Another fact.", learned=("Something else here.",), most=2) == [
        "Another fact.",
        "Something else here.",
    ]
