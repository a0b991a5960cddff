"""The rules by which what a chat says changes what is known."""

from datetime import UTC, datetime, timedelta

import pytest

from redraft.agents.learning import Forgotten, Knowledge
from redraft.agents.learning.claims import Claim
from redraft.agents.learning.knowledge import MOST_OF_EACH
from redraft.agents.memory import Evidence, Reflection, Reflections, Scope

NOW = datetime(2026, 12, 1, tzinfo=UTC)
OLD, NEW = NOW - timedelta(days=30), NOW - timedelta(days=1)


def item(text: str, name: str = "r1", at: datetime = OLD, **more: object) -> Reflection:
    return Reflection(name, text, (Evidence("m0", text, at),), created_at=at, updated_at=at, **more)  # type: ignore[arg-type]


def knowing(*facts: Reflection, forgotten: tuple[Forgotten, ...] = ()) -> Knowledge:
    return Knowledge(Reflections(facts=facts), forgotten, (f"n{number}" for number in range(99)), NOW)


def said(at: datetime = NEW, message: str = "m9") -> list[Evidence]:
    return [Evidence(message, "words", at)]


def texts(knowledge: Knowledge) -> list[str]:
    return [each.text for each in knowledge.items["facts"]]


def add(text: str) -> Claim:
    return Claim("add", text, ("m1",), "words")


def change(do: str, text: str = "") -> Claim:
    return Claim(do, text, ("m1",), "words", item="k1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "learned"),
    [
        ("Is allergic to walnuts.", "Is allergic to peanuts."),
        ("Never use semicolons.", "Never use emojis."),
        ("Lives in Hanoi since 2019.", "Lives in Hanoi since 2020."),
        ("Always use semicolons in formal letters to clients.", "Never use semicolons in formal letters to clients."),
    ],
)
def test_nothing_goes_because_its_words_are_alike(known: str, learned: str) -> None:
    knowledge = knowing(item(known))
    knowledge.take(add(learned), None, said(), Scope(), ())
    assert texts(knowledge) == [known, learned]


def test_the_same_in_another_spelling_is_one_item_with_both_sources() -> None:
    knowledge = knowing(item("Keeps the bees in Kent."))
    knowledge.take(add("keeps bees, in Kent"), None, said(), Scope(), ())
    [only] = knowledge.items["facts"]
    assert (only.text, only.message_ids) == ("Keeps the bees in Kent.", ("m0", "m9"))
    knowledge.take(change("same"), "r1", said(message="m10"), Scope(), ())
    assert knowledge.items["facts"][0].message_ids == ("m0", "m9", "m10")
    assert knowledge.ledger.changed == ["r1"]


def test_what_is_said_later_takes_the_place_of_what_was_said_before() -> None:
    knowledge = knowing(item("Lives in Kent."))
    knowledge.take(change("replace", "Lives in Hanoi."), "r1", said(), Scope(), ())
    assert texts(knowledge) == ["Lives in Hanoi."]
    assert knowledge.ledger.before["r1"].text == "Lives in Kent."


def test_what_was_said_before_changes_nothing_that_was_said_later() -> None:
    knowledge = knowing(item("Lives in Hanoi.", at=NEW))
    for claim in (change("replace", "Lives in Kent."), change("remove")):
        knowledge.take(claim, "r1", said(OLD), Scope(), ())
    assert texts(knowledge) == ["Lives in Hanoi."]
    assert {why for _, why in knowledge.ledger.left_out} == {"older"}


@pytest.mark.parametrize("own", [item("Lives in Kent.", origin="user"), item("Lives in Kent.", confirmed=True)])
def test_the_users_own_item_is_contradicted_beside_and_never_changed(own: Reflection) -> None:
    knowledge = knowing(own)
    knowledge.take(change("replace", "Lives in Hanoi."), "r1", said(), Scope(), ())
    assert texts(knowledge) == ["Lives in Kent."]
    told = knowledge.items["facts"][0].contradiction
    assert told is not None
    assert (told.text, told.evidence) == ("Lives in Hanoi.", tuple(said()))
    knowledge.take(change("remove"), "r1", said(message="m10"), Scope(), ())
    told = knowledge.items["facts"][0].contradiction
    assert told is not None
    assert told.text is None
    assert texts(knowledge) == ["Lives in Kent."]
    assert knowledge.ledger.contradicted == ["r1"]


def test_an_old_chat_does_not_contradict_what_the_user_wrote_since() -> None:
    knowledge = knowing(item("Lives in Kent.", at=NEW, origin="user"))
    knowledge.take(change("replace", "Lives in Hanoi."), "r1", said(OLD), Scope(), ())
    assert knowledge.items["facts"][0].contradiction is None


def test_what_was_taken_back_is_forgotten_and_returns_only_by_a_new_statement() -> None:
    knowledge = knowing(item("Has a daughter, Ana."))
    knowledge.take(change("remove"), "r1", said(NEW), Scope(), ())
    assert [each.text for each in knowledge.ledger.forgotten] == ["Has a daughter, Ana."]
    knowledge.take(add("Ana is the daughter."), None, said(OLD), Scope(), ())
    assert texts(knowledge) == []
    assert knowledge.ledger.left_out == [("Ana is the daughter.", "deleted")]
    knowledge.take(add("Has a daughter called Ana."), None, said(NOW), Scope(), ())
    assert texts(knowledge) == ["Has a daughter called Ana."]


@pytest.mark.parametrize(
    ("deleted", "claimed", "back"),
    [
        ("左耳听不见，不接电话，只用微信。", "左耳听不见，会议请人记录。", False),
        ("Has a bad heart, walks slowly, and takes pills.", "Has a bad heart, so a nephew carries all maps.", False),
        ("Hat zwei Töchter, rudert im Zweier.", "Ist Kassenwart, rudert im Achter.", True),
        ("左耳听不见，不接电话。", "左手写字，不接快递。", True),
    ],
)
def test_a_clause_that_was_deleted_does_not_return_beside_another(deleted: str, claimed: str, back: bool) -> None:
    knowledge = knowing(forgotten=(Forgotten("r1", "facts", deleted, NEW),))
    knowledge.take(add(claimed), None, said(OLD), Scope(), ())
    assert texts(knowledge) == ([claimed] if back else [])


def test_a_change_cannot_bring_back_what_was_deleted() -> None:
    gone = Forgotten("r0", "facts", "Has a daughter, Ana.", NEW)
    knowledge = knowing(item("Lives in Kent.", at=OLD - timedelta(days=9)), forgotten=(gone,))
    knowledge.take(change("replace", "Has the daughter Ana."), "r1", said(OLD), Scope(), ())
    assert texts(knowledge) == ["Lives in Kent."]


def test_what_rests_on_nothing_is_left_out_and_named() -> None:
    knowledge = knowing()
    knowledge.take(add("Invented."), None, [], Scope(), ())
    assert texts(knowledge) == []
    assert knowledge.ledger.left_out == [("Invented.", "not said")]


def test_the_oldest_of_what_was_learned_gives_way_and_is_named() -> None:
    own = [item(f"Own {number}.", f"o{number}", OLD, origin="user") for number in range(MOST_OF_EACH - 1)]
    learned = item("Learned.", "r1", NEW)
    knowledge = knowing(*own, learned)
    knowledge.take(add("New."), None, said(NOW), Scope(), ())
    assert [each.text for each in knowledge.ledger.gave_way] == ["Learned."]
    assert len(texts(knowledge)) == MOST_OF_EACH
    full = knowing(*own, item("Own, too.", "o99", OLD, confirmed=True))
    full.take(add("New."), None, said(NOW), Scope(), ())
    assert full.ledger.left_out == [("New.", "no room")], "the user's own items do not give way"


def test_a_long_item_ends_at_the_end_of_a_sentence() -> None:
    knowledge = knowing()
    knowledge.take(add("Keeps bees. " + "Also writes of them, " * 20 + "often."), None, said(), Scope(), ())
    knowledge.take(add("x" * 201), None, said(), Scope(), ())
    assert texts(knowledge) == ["Keeps bees."]
    assert knowledge.ledger.left_out == [("x" * 201, "too long")]


def test_an_item_of_one_document_is_no_twin_of_anothers() -> None:
    knowledge = knowing(item("The title is fixed.", scope=Scope("document", "thesis.md")))
    knowledge.take(add("The title is fixed."), None, said(), Scope("document", "flyer.md"), ())
    assert [each.scope.id for each in knowledge.items["facts"]] == ["thesis.md", "flyer.md"]


def test_what_does_not_fit_is_named_and_the_users_own_goes_last() -> None:
    own, learned = item("Own fact " * 5, "o1", OLD, origin="user"), item("Learned fact " * 5, "r1", NEW)
    told, left_out = Reflections(facts=(learned, own)).fitting(20)
    assert ([each.id for each in told.facts], left_out) == (["o1"], ("r1",))
