"""Where in the draft a request wants something done, as far as it says so: in the section it names, in the code."""

import re

from redraft.agents.editing.draft import Draft
from redraft.agents.editing.passages import Passage
from redraft.agents.editing.small.asked.cues import side_of
from redraft.agents.messages import text_of
from redraft.agents.words import GENERIC, fold, is_cjk, mentions, naming, stems, tokens
from redraft.markdown import Block

Span = tuple[int, int]
_INFO = re.compile(r"\s*[`~]{3,}\s*([\w+#-]+)")
_LANGUAGES = {"sql", "json", "yaml", "toml", "bash", "html", "css", "dockerfile", "makefile", "xml", "graphql", "curl"}
"""Names that hardly ever mean anything but code."""
_NTH = re.compile(
    r"(?:first|erste[nrms]?|premier|première|primer|primera|第一个?|(?P<last>last|letzte[nrms]?|dernier|dernière|último|última|最后一?个?))"
    r"\s*(?:code )?(?:example|snippet|block|beispiel|exemple|ejemplo|代码|示例|例子)"
    r"|(?:ví dụ|mã|đoạn mã) (?:đầu tiên|thứ nhất|(?P<last_vi>cuối))"
)
_CODE = re.compile(r"(?<!\w)(?:codes?|códigos?|mã)(?!\w)|代码", re.IGNORECASE)
_ALIASES = (
    {"python", "py", "python3"},
    {"bash", "sh", "shell", "console", "zsh", "terminal"},
    {"javascript", "js", "node", "jsx"},
    {"typescript", "ts", "tsx"},
    {"yaml", "yml"},
    {"c++", "cpp"},
    {"c#", "csharp", "cs"},
    {"ruby", "rb"},
    {"rust", "rs"},
    {"go", "golang"},
)


def in_scope(draft: Draft, old: str, spans: list[Span]) -> list[Span]:
    """Those of the places that stand where the request says; all, when it does not say, or none stands there."""
    if len(spans) < 2:
        return spans
    for scope in ([_span(each) for each in meant_code(draft)], _sections(draft, old)):
        inside = [span for span in spans if any(start <= span[0] and span[1] <= end for start, end in scope)]
        spans = inside or spans
    return spans


def meant_code(draft: Draft) -> list[Block]:
    """The blocks of code that the request speaks of: by their language or a word that only they have; else all.

    Empty when it does not speak of code.
    """
    fences = draft.fences()
    if not _speaks_of_code(draft):
        return []
    fences = [each for each in fences if _within(each, _sections(draft, ""))] or fences
    if (nth := _NTH.search(fold(draft.instruction))) and fences:
        return [fences[-1 if nth["last"] or nth["last_vi"] else 0]]
    said = {token for token in tokens(draft.instruction) if token not in GENERIC}
    by_language = [each for each in fences if said & _languages(draft.outline.source(each))]
    if by_language:
        return by_language
    words = [set(tokens(draft.outline.source(each))) & said for each in fences]
    if fences:
        common = set.intersection(*words)
        only = [fence for fence, own in zip(fences, words, strict=True) if own - common]
        return only or fences
    return []


def _speaks_of_code(draft: Draft) -> bool:
    """Whether the request does; "the code" alone may be one to a door, where the text around speaks of such."""
    told = draft.instruction
    if _LANGUAGES & set(tokens(told)) or mentions(_CODE.sub(" ", told), "code"):
        return True
    if not _CODE.search(told):
        return False
    blocks = draft.fences()
    return not any(_CODE.search(each.text) for each in draft.passages if each.block not in blocks)


def _languages(source: str) -> set[str]:
    """The names of a fence's language: `python` and `py` for either."""
    info = _INFO.match(source)
    name = info[1].casefold() if info else ""
    return next((names for names in _ALIASES if name in names), {name} - {""})


def named_headings(draft: Draft) -> list[Block]:
    """The headings whose words the request says one after the other, the longest where one is in another."""
    told = fold(draft.instruction)
    found = []
    for heading in draft.headings():
        words = fold(draft.words_of(heading)).strip()
        if words and re.search(
            rf"(?<!\w){re.escape(words)}(?!\w)" if not is_cjk(words[:1]) else re.escape(words), told
        ):
            found.append((words, heading))
    return [heading for words, heading in found if not any(words != other and words in other for other, _ in found)]


_PART = (
    r"(?:chapter|section|part|step|day|week|kapitel|abschnitt|teil|schritt|tag|woche|chapitre|section|partie|étape|jour"
    r"|capítulo|sección|seção|parte|paso|passo|día|dia|chương|phần|mục|bước|ngày|tuần)"
)
_COUNT = r"\d{1,3}(?:\.\d{1,2}){0,3}(?![\w.]*\d)"
_BY_NUMBER = re.compile(rf"(?<!\w){_PART}\s+#?({_COUNT})|第\s?({_COUNT})\s?[章节部步]")
_NUMBERING = re.compile(
    rf"(?:{_PART}\s+)?({_COUNT})[.):：]\s*|{_PART}\s+({_COUNT})\s+[–—-]\s+|(\d{{1,2}}(?:\.\d{{1,2}})+)\s+"
    rf"|第\s?({_COUNT}|[一二三四五六七八九十]{{1,3}})\s?[章节部步][:：]?\s*|([一二三四五六七八九十]{{1,3}})、\s*",
    re.IGNORECASE,
)


def numberings(draft: Draft) -> dict[Block, str]:
    """What numbers each heading in a row of such ("3. ", "Chapter 3: "), with the space behind it; others are left out.

    Empty when only one has a number.
    """
    found = {each: match[0] for each in draft.headings() if (match := _NUMBERING.match(draft.words_of(each)))}
    return found if len(found) > 1 else {}


def has_number(name: str) -> bool:
    """Whether a heading's new name brings a number along."""
    return name[:1].isdigit() or bool(_NUMBERING.match(name))


def numbered_heading(draft: Draft, told: str) -> Block | None:
    """The one heading that is named by its number: "chapter 3"."""
    said = {number for match in _BY_NUMBER.finditer(fold(told)) for number in match.groups() if number}
    found = [
        each
        for each in draft.headings()
        if (own := _NUMBERING.match(draft.words_of(each))) and said & {group for group in own.groups() if group}
    ]
    return found[0] if len(said) == len(found) == 1 else None


def heading_in_question(draft: Draft) -> Block | None:
    """The one heading for which the user asked the assistant for other names; `None` when that is not clear."""
    for message in draft.task.messages[-3:-1]:
        said = text_of(message)
        if message.get("role") != "user" or not (mentions(said, "title") or mentions(said, "heading")):
            continue
        if numbered := numbered_heading(draft, said):
            return numbered
        named = [
            each
            for each in draft.headings()
            if naming(draft.words_of(each)) and naming(draft.words_of(each)) <= stems(said)
        ]
        if len(named) == 1:
            return named[0]
        first = [each for each in draft.headings() if each.level == 1]
        if not named and len(first) == 1 and not re.search(rf"(?<!\w){_PART}(?!\w)|[章节]", fold(said)):
            return first[0]
    return None


def beside(draft: Draft) -> tuple[Block, str] | None:
    """The one heading before or after which the request says something shall stand, and the side."""
    sides = [(each, side_of(draft.instruction, draft.words_of(each))) for each in named_headings(draft)]
    told = [(heading, side) for heading, side in sides if side]
    return told[0] if len(told) == 1 else None


def in_sections(draft: Draft, known: list[Passage]) -> list[Passage]:
    """The passages under the headings that the request names; none when it names none."""
    scope = _sections(draft, "")
    return [each for each in known if _within(each.block, scope)]


def _sections(draft: Draft, old: str) -> list[Span]:
    """The sections all of whose heading's words the request says, apart from those it wants changed."""
    said = stems(draft.instruction) - stems(old)
    found = []
    for heading in draft.headings():
        title = draft.words_of(heading)
        words = naming(title)
        named = words <= said if words else bool(re.search(rf"(?<!\w){re.escape(title)}(?!\w)", draft.instruction))
        if heading.level > 1 and title and named and (not old or fold(old) not in fold(title)):
            found.append((heading.start, draft.outline.section(heading)[-1].end))
    return found


def _within(block: Block, scope: list[Span]) -> bool:
    return any(start <= block.start and block.end <= end for start, end in scope)


def _span(block: Block) -> Span:
    return block.start, block.end
