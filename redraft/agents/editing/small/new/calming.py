"""A text made calm without a model: what only vents is left out, and every fact stays."""

import re
from itertools import pairwise

from redraft.agents.editing.small.asked.tone import DROPPED, VENTED, is_civil
from redraft.agents.editing.small.held.form import wishes
from redraft.agents.words import fold, language, names, naming, values

MOST_ELSE = 7
"""So many words may a clause have beside those that vent; one with more says something."""
_SENTENCE = re.compile(r"[^.!?。！？]*(?:[.!?](?!\s|\Z)[^.!?。！？]*)*(?:[.!?。！？]+[\"”»]?\s*|\Z)")
_AND = r"(?:and|but|und|aber|et|mais|y|pero|e|mas|và|nhưng)"
_CLAUSE = re.compile(rf"\s*[,;:–—，；：]\s*|\s+(?={_AND}\s)", re.I)
_OPENS = re.compile(rf"\A(?:\s*[,;:–—，；：]\s*)?(?:{_AND}\s+)?", re.I)
_HANGS = re.compile(
    r"\A(?:\s*[,;]?\s*)(?:if|when|whoever|who|while|as|since|wer|wenn|weil|da|falls|si|quand|qui|quien|cuando|como|se|quem|"
    r"nếu|khi|ai)\s",
    re.I,
)
"""A clause that needs the one behind it."""
_REFERS = re.compile(
    rf"(?:\s*[,;:–—，；：]\s*)?(?:{_AND}\s+)?(?:they|he|she|it|its|their|sie|er|es|ils?|elles?|ell[oa]s|el[ea]s|họ|nó|他们|它|她)\b",
    re.I,
)
"""A clause that speaks of what the one before it names."""
_CALM_ENDS = {"?": ".", "!": ".", "？": "。", "！": "。"}
_WORD = re.compile(r"\w+")
_END = re.compile(r"([.!?。！？]+[\"”»]?)(\s*)\Z")


def calmed(request: str, text: str) -> str:
    """The text without the clauses and words that only vent; empty when that is not asked for, or not to be done."""
    stays, goes = wishes(request, text)
    vents = VENTED.search(fold(text)) or DROPPED.search(fold(text))
    if not is_civil(request) or not (vents or goes):
        return ""
    kept = [_sentence(each, stays, goes) for each in _SENTENCE.findall(text) if each]
    return "".join(each or "" for each in kept).strip() if None not in kept else ""


def _sentence(sentence: str, stays: set[str], goes: set[str]) -> str | None:
    """The sentence calm; empty when it only vents; None when something that stays is said in anger."""
    starts = [0, *(match.start() for match in _CLAUSE.finditer(sentence) if match.start()), len(sentence)]
    kept: list[str] = []
    left_out = False
    for clause in (sentence[a:b] for a, b in pairwise(starts)):
        trails = left_out and len(_WORD.findall(clause)) <= MOST_ELSE and DROPPED.search(fold(clause))
        if VENTED.search(fold(clause)) or naming(clause) & goes or trails:
            if _says_something(clause, stays) or (kept and _HANGS.match(kept[-1])):
                return None
            left_out = True
        elif left_out and (_REFERS.match(clause) or not (kept or clause.lstrip().startswith((":", "：")))):
            return None  # what the sentence is about was said in the clause that went
        else:
            left_out = False
            kept += [plain] if _WORD.search(plain := _plain(clause)) else []
    return _joined(kept, sentence)


def _says_something(clause: str, stays: set[str]) -> bool:
    """Whether a clause that vents has a figure or a name, what is to stay, or many words beside."""
    else_said = naming(VENTED.sub(" ", fold(clause)))
    named = names(clause) if language(clause) != "de" else []
    return bool(values(clause) or named or else_said & stays or len(else_said) > MOST_ELSE)


def _joined(kept: list[str], sentence: str) -> str:
    """The clauses as a sentence, with a capital and a mark at its end as it had."""
    text = _OPENS.sub("", "".join(kept).lstrip(), count=1)
    if not text:
        return ""
    text = text[0].upper() + text[1:] if sentence[0].isupper() else text
    end = _END.search(sentence)
    if end and not _END.search(text):  # what was asked or cried out went
        text = f"{text.rstrip()}{_CALM_ENDS.get(end[1][0], end[1])}{end[2]}"
    return text


def _plain(clause: str) -> str:
    """The clause without single words that vent, each with the comma behind it."""
    if not DROPPED.search(fold(clause)):
        return clause
    plain, at = "", 0
    for match in DROPPED.finditer(clause.lower()):
        plain += (
            clause[at : match.start()].rstrip() if clause[match.end() :][:1] in ",.;" else clause[at : match.start()]
        )
        at = match.end() + (1 if clause[match.end() :][:1] in ", " else 0)
    return plain + clause[at:]
