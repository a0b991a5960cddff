"""What no part can keep does not come in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.errors import ModelFailed
from redraft.llm import Ask, keepable
from redraft.llm.texts import keepable_json
from tests.clients import until
from tests.llm.conftest import collect, models_of
from tests.scripted_model import Reply, ScriptedModel

ANY = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY)
def test_what_is_kept_can_be_stored_and_sent_back(text: str) -> None:
    kept = keepable(text)
    kept.encode()
    assert "\0" not in kept
    assert keepable(kept) == kept


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert keepable(text) == text
    for ascii_only in (True, False):
        written = json.dumps([text], ensure_ascii=ascii_only)
        assert keepable_json(written) == written


@given(st.recursive(ANY, lambda inner: st.lists(inner, max_size=3), max_leaves=8))
def test_json_stays_json_and_its_strings_can_be_kept(value: object) -> None:
    read = json.loads(keepable_json(json.dumps(value)))
    json.dumps(read, ensure_ascii=False).encode()
    assert "\\u0000" not in json.dumps(read).replace("\\\\", "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"\ud83c\udfee"', "🏮"),
        (r'"\ud83c\ud83c\udfee"', "\ufffd🏮"),
        (r'"\udfee\ud83c"', "\ufffd\ufffd"),
        (r'"a\u0000b"', "ab"),
        (r'"a\\u0000b"', r"a\u0000b"),
        (r'"\\\u0000"', "\\"),
        (r'"\\ud800"', r"\ud800"),
    ],
)
def test_escapes_are_told_from_texts_about_them(written: str, read: str) -> None:
    assert json.loads(keepable_json(written)) == read


async def test_an_answer_that_goes_on_far_past_its_limit_is_ended(model: ScriptedModel) -> None:
    model.says(Reply(["word " * 100] * 1_000, token_seconds=0.002))
    ask, shown = Ask([{"role": "user", "content": "Go on."}], max_tokens=100), list[str]()
    async with models_of(model) as models:
        with pytest.raises(ModelFailed):
            await collect(models, [], ask, shown=shown)
        assert sum(map(len, shown)) <= 2_000
        await until(lambda: model.hung_up == 1)
