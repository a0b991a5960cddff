"""What a user is told in redraft's own words when no large model says it: in the language they write in."""

import re
from typing import Literal

from redraft.agents.words import fold, language, script

About = Literal["done", "no change", "same", "not found", "several", "unfit", "unusable", "part"]

NOTES: dict[str, dict[About, str]] = {
    "en": {
        "done": "Done: see the changes.",
        "no change": "This does not ask for a change, so nothing was changed.",
        "same": "The document says so already, so nothing was changed.",
        "not found": "The document has nothing of that kind, so nothing was changed.",
        "several": "Take one suggestion at a time: nothing was changed.",
        "unfit": "The change did not fit the document.",
        "unusable": "The model's answer could not be used, so nothing was changed. Ask again.",
        "part": "Only part of the change was made, because the model's answer was cut off. See "
        "the changes, and ask for the rest.",
    },
    "de": {
        "done": "Erledigt: siehe die Änderungen.",
        "no change": "Damit ist keine Änderung gemeint, also wurde nichts geändert.",
        "same": "Das steht schon so im Dokument, also wurde nichts geändert.",
        "not found": "So etwas steht nicht im Dokument, also wurde nichts geändert.",
        "several": "Bitte einen Vorschlag nach dem anderen: Es wurde nichts geändert.",
        "unfit": "Die Änderung passte nicht zum Dokument.",
        "unusable": "Die Antwort des Modells war nicht brauchbar, also wurde nichts geändert. Bitte "
        "noch einmal fragen.",
        "part": "Nur ein Teil der Änderung wurde gemacht, weil die Antwort des Modells abbrach. "
        "Siehe die Änderungen, und bitte um den Rest.",
    },
    "es": {
        "done": "Hecho: mira los cambios.",
        "no change": "Esto no pide ningún cambio, así que no se ha cambiado nada.",
        "same": "El documento ya lo dice así, por lo que no se ha cambiado nada.",
        "not found": "En el documento no hay nada así, por lo que no se ha cambiado nada.",
        "several": "Una sugerencia cada vez, por favor: no se ha cambiado nada.",
        "unfit": "El cambio no encajaba en el documento.",
        "unusable": "La respuesta del modelo no se pudo usar, así que no se ha cambiado nada. Vuelve a pedirlo.",
        "part": "Solo se ha hecho una parte del cambio, porque la respuesta del modelo se cortó. "
        "Mira los cambios y pide el resto.",
    },
    "fr": {
        "done": "C'est fait : voyez les changements.",
        "no change": "Cela ne demande aucun changement, donc rien n'a été changé.",
        "same": "Le document le dit déjà, donc rien n'a été changé.",
        "not found": "Il n'y a rien de tel dans le document, donc rien n'a été changé.",
        "several": "Une suggestion à la fois, s'il vous plaît : rien n'a été changé.",
        "unfit": "Le changement ne convenait pas au document.",
        "unusable": "La réponse du modèle était inutilisable, donc rien n'a été changé. Demandez à nouveau.",
        "part": "Une partie seulement du changement a été faite, car la réponse du modèle a été "
        "coupée. Voyez les changements et demandez le reste.",
    },
    "pt": {
        "done": "Feito: veja as alterações.",
        "no change": "Isto não pede nenhuma alteração, por isso nada foi alterado.",
        "same": "O documento já diz isso, por isso nada foi alterado.",
        "not found": "O documento não tem nada assim, por isso nada foi alterado.",
        "several": "Uma sugestão de cada vez, por favor: nada foi alterado.",
        "unfit": "A alteração não cabia no documento.",
        "unusable": "A resposta do modelo não pôde ser usada, por isso nada foi alterado. Peça de novo.",
        "part": "Só uma parte da alteração foi feita, porque a resposta do modelo foi cortada. "
        "Veja as alterações e peça o resto.",
    },
    "it": {
        "done": "Fatto: ecco le modifiche.",
        "no change": "Non è stata chiesta una modifica, quindi nulla è stato cambiato.",
        "same": "Il documento lo dice già, quindi nulla è stato cambiato.",
        "not found": "Nel documento non c'è nulla del genere, quindi nulla è stato cambiato.",
        "several": "Un suggerimento alla volta, per favore: nulla è stato cambiato.",
        "unfit": "La modifica non si adattava al documento.",
        "unusable": "La risposta del modello non era utilizzabile, quindi nulla è stato cambiato. Chiedi di nuovo.",
        "part": "È stata fatta solo una parte della modifica, perché la risposta del modello è "
        "stata interrotta. Ecco le modifiche: chiedi il resto.",
    },
    "vi": {
        "done": "Đã xong: mời xem các thay đổi.",
        "no change": "Yêu cầu này không đòi thay đổi gì, nên không có gì được sửa.",
        "same": "Tài liệu đã ghi như vậy rồi, nên không có gì được sửa.",
        "not found": "Tài liệu không có gì như vậy, nên không có gì được sửa.",
        "several": "Xin chọn từng gợi ý một: chưa có gì được sửa.",
        "unfit": "Thay đổi không khớp với tài liệu.",
        "unusable": "Không dùng được câu trả lời của mô hình, nên không có gì được sửa. Xin hỏi lại.",
        "part": "Chỉ một phần được sửa, vì câu trả lời của mô hình bị cắt. Mời xem các thay đổi "
        "và yêu cầu phần còn lại.",
    },
    "zh": {
        "done": "已完成：请看改动。",
        "no change": "这里没有要求修改，所以什么都没有改。",
        "same": "文档里已经是这样了，所以什么都没有改。",
        "not found": "文档里没有这样的内容，所以什么都没有改。",
        "several": "请一次只用一条建议：什么都没有改。",
        "unfit": "这个改动与文档不符。",
        "unusable": "模型的回答无法使用，所以什么都没有改。请再试一次。",
        "part": "模型的回答中断了，所以只改了一部分。请看改动，再要求其余部分。",
    },
    "ja": {
        "done": "完了しました。変更点をご覧ください。",
        "no change": "変更の依頼ではないため、何も変更していません。",
        "same": "文書はすでにそうなっているため、何も変更していません。",
        "not found": "文書に該当する箇所がないため、何も変更していません。",
        "several": "提案は一つずつお選びください。何も変更していません。",
        "unfit": "変更が文書に合いませんでした。",
        "unusable": "モデルの回答が使えなかったため、何も変更していません。もう一度お試しください。",
        "part": "モデルの回答が途中で切れたため、変更は一部だけです。変更点をご覧のうえ、残りをご依頼ください。",
    },
}
_KANA = re.compile("[\u3040-\u30ff]")
_VIETNAMESE = re.compile("[\u1ea0-\u1ef9ơưđ]")
"""Letters that no other language has."""


def note(about: About, *texts: str) -> str:
    """The note in the language of the first of `texts` that tells its own: the request, then the document."""
    spoken = (_language(text[:20_000]) for text in texts)
    return NOTES[next((each for each in spoken if each in NOTES), "en")][about]


def _language(text: str) -> str:
    if not any(map(str.isalpha, text)):
        return ""
    if script(text) == "CJK":
        return "ja" if _KANA.search(text) else "zh"
    return "vi" if len(_VIETNAMESE.findall(fold(text))) > 1 else language(text)
