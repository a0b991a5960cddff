"""Notes come in the language the user writes in."""

from typing import get_args

import pytest

from redraft.agents.editing.notes import NOTES, About, note


def test_every_language_has_every_note() -> None:
    for language, notes in NOTES.items():
        assert set(notes) == set(get_args(About)), language
        assert all(notes.values()), language


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Please fix the typo in the second paragraph."),
        ("de", "Bitte die Frist im zweiten Absatz auf den 3. Mai verschieben."),
        ("es", "Cambia la fecha de la reunión por el 3 de mayo."),
        ("fr", "Corrige la date dans le deuxième paragraphe, il est faux."),
        ("pt", "Muda a data da reunião para o dia 3, não é segunda."),
        ("it", "Nel secondo paragrafo non è giusto il nome della città."),
        ("vi", "Sửa lại ngày họp trong đoạn thứ hai thành ngày 3 tháng 5."),
        ("zh", "请把第二段的日期改成五月三日。"),
        ("ja", "二段落目の日付を五月三日に直してください。"),
    ],
)
def test_a_note_is_in_the_language_of_the_request(language: str, said: str) -> None:
    assert note("done", said) == NOTES[language]["done"]


def test_a_request_that_does_not_tell_is_answered_in_the_language_of_the_document() -> None:
    german = "Die Sitzung ist am 3. Mai, und der Raum wird noch gesucht. Bitte die Liste mit Namen nicht vergessen."
    assert note("same", "5. Mai!", german) == NOTES["de"]["same"]
    assert note("same", "3 → 5", "12") == NOTES["en"]["same"]
    assert note("same", "", "") == NOTES["en"]["same"]
    assert note("same", "Привет, как дела", "") == NOTES["en"]["same"]
