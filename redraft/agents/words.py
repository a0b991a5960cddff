"""Words of any language: how a request's words are compared with a document's."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

_CJK = "\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_CJK_RUN = re.compile(f"[{_CJK}]+")
_WORD = re.compile(rf"[{_CJK}]+|(?:(?![{_CJK}])\w)+(?:[.,:/'’](?:(?![{_CJK}])\w)+)*")
_APOSTROPHE = re.compile(r"['’]")
_PARTS = re.compile(r"[.,:/_]")
_QUOTED = re.compile(
    r"“([^”]+)”|„([^“”]+)[“”]|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』|«\s*([^»]+?)\s*»|`([^`]+)`|(?<!\w)['‘]([^'’]{2,}?)['’](?!\w)|(《[^》]+》)"
)
_AROUND = r"\"'“”„«»「」《》()（），。、：|`;；!！?？=\[\]{}<>"
_OF_A_VALUE = rf"[^\s{_AROUND}{_CJK}]"
_VALUE = re.compile(rf"(?<!{_OF_A_VALUE}){_OF_A_VALUE}*\d{_OF_A_VALUE}*")  # begun at a word's start only: linear

_EDGES = ".,:*_"
"""Marks that are no part of a value where it begins or ends."""

_CAPITAL = re.compile(r"(?<=[^\W\d_A-Z] |[,;:–] )[^\W\d_][\w'’-]+")

# Words that say what sort of thing is meant, or where it is, but not which one.
_GENERIC = """
    bit bits thing things stuff piece readme document isn aren hasn haven wasn weren didn doesn don
    section sections part parts paragraph paragraphs chapter heading headings title titles step steps item items
    list lists row rows line lines table tables column sentence sentences task tasks point points entry entries text
    word words document file page intro introduction beginning start end top bottom first second third fourth fifth
    last next previous whole all every one two three both example block bullet examples bullets the a an of in on at
    to for from with about this that these those its his her their my our your it is and or as up off out group
    question number new old phần mục đoạn văn dòng bảng danh sách câu bước ví dụ đầu cuối tiên thứ hai ba tiêu đề
    bài việc cái các những của và trong ở về cho này đó cột chữ từ abschnitt absatz kapitel überschrift titel
    schritt punkt liste zeile tabelle satz aufgabe der die das den dem ersten erste zweiten zweite letzten letzte
    über von und im am zum zur sección párrafo capítulo título paso elemento lista fila tabla frase tarea texto el
    la los las un una de del sobre primer primera segundo segunda último última y en partie paragraphe chapitre
    titre étape élément ligne tableau phrase tâche texte le les une du des premier première deuxième dernier
    dernière et dans sur is are was were be been has have had done did under over near without between after before
    below above we you i dưới trên sau trước đã rồi là unter auf an bei mit ohne nach vor zwischen ist sind war hat
    đi nhé nha ạ hẳn luôn giúp mình please bitte too also altogether entirely completely one there here por favor
    already yet still again noch schon wieder todavía ya aún ahora vẫn nhé giờ déjà encore maintenant
    them they sie ihn ihm ihnen lo nó chúng haben bajo con sin está están es son sous avec sans est sont
"""
GENERIC = frozenset(_GENERIC.split())
KIND_WORDS = {
    "paragraph": ("paragraph", "đoạn", "absatz", "párrafo", "paragraphe", "段"),
    "section": (
        *("part", "teil", "parte", "partie", "部分"),
        *("section", "heading", "title", "chapter", "step", "rename", "mục", "phần", "tiêu đề", "bước", "abschnitt"),
        *(
            "titel",
            "überschrift",
            "schritt",
            "sección",
            "título",
            "paso",
            "titre",
            "节",
            "标题",
            "栏目",
            "章",
            "步",
            "改名",
        ),
    ),
    "heading": (
        "heading",
        "headline",
        "überschrift",
        "encabezado",
        "cabeçalho",
        "intertitre",
        "tên mục",
        "tên phần",
        "节名",
    ),
    "title": ("title", "titel", "título", "titre", "titolo", "tiêu đề", "tên bài", "标题", "题目"),
    "code": (
        *(
            "example",
            "code",
            "script",
            "function",
            "snippet",
            "command",
            "befehl",
            "comando",
            "commande",
            "lệnh",
            "命令",
            "ví dụ",
            "mã",
            "hàm",
            "beispiel",
            "funktion",
        ),
        *("ejemplo", "código", "función", "exemple", "fonction", "代码", "示例", "例子", "函数"),
    ),
    "language": (
        *("translate", "translation", "english", "german", "french", "spanish", "italian", "portuguese", "vietnamese"),
        *("chinese", "japanese", "language", "übersetze", "übersetzen", "englisch", "deutsch", "auf englisch", "dịch"),
        *("tiếng anh", "tiếng việt", "tiếng đức", "traduce", "traducir", "inglés", "español", "traduis", "anglais"),
        *("français", "翻译", "译成", "英文", "英语", "中文"),
    ),
    "numbering": (
        "numbered",
        "nummeriert",
        "nummerierte",
        "đánh số",
        "numerada",
        "numerado",
        "numérotée",
        "编号",
        "番号",
    ),
    "spelling": (
        *("typo", "typos", "spelling", "misspelled", "tippfehler", "rechtschreibung", "schreibfehler", "chính tả"),
        *("ortografía", "orthographe", "errata", "erratas", "faute", "fautes", "错别字", "拼写", "写错"),
        *("spelled", "spelt", "misspelt", "mal écrit", "mal écrite", "viết sai"),
    ),
    "shorter": (
        *(
            "shorter",
            "shorten",
            "briefer",
            "concise",
            "condense",
            "wordy",
            "tighten",
            "kürzer",
            "kürzen",
            "kürze",
            "knapper",
        ),
        *("court", "courte", "raccourcis", "raccourcir", "concis", "corto", "corta", "acorta", "acortar", "conciso"),
        *(
            "curto",
            "curta",
            "encurta",
            "encurtar",
            "ngắn gọn",
            "ngắn hơn",
            "rút gọn",
            "简短",
            "缩短",
            "精简",
            "简洁",
            "短く",
        ),
    ),
    "end": (
        *("last", "end", "bottom", "letzte", "letzten", "letzter", "letztes", "ende", "schluss", "cuối", "último"),
        *("última", "final", "fin", "dernier", "dernière", "最后", "末尾", "結尾", "结尾", "最下"),
    ),
    "beginning": (
        *("first", "beginning", "start", "top", "erste", "ersten", "erster", "erstes", "anfang", "đầu", "primer"),
        *("primero", "primera", "principio", "premier", "première", "début", "开头", "最前", "最上", "首位"),
    ),
    "column": (
        "column",
        "header",
        "spalte",
        "kopfzeile",
        "cột",
        "columna",
        "colonne",
        "coluna",
        "colonna",
        "列",
        "表头",
    ),
    "all": (
        *("all", "every", "everywhere", "each", "both", "überall", "alle", "allen", "beide", "jede", "tất cả", "mọi"),
        *("toàn bộ", "todos", "todas", "ambos", "partout", "tous", "toutes", "全部", "所有", "都", "すべて", "全て"),
    ),
    "list": ("list", "item", "bullet", "danh sách", "gạch đầu dòng", "liste", "lista", "清单", "列表", "リスト"),
    "row": ("row", "dòng", "hàng", "zeile", "fila", "行"),
    "sentence": ("sentence", "satz", "câu", "frase", "oración", "phrase", "句"),
    "item": ("item", "step", "bullet", "bước", "punkt", "schritt", "paso", "步", "项"),
    "table": ("table", "bảng", "tabelle", "tabla", "tableau", "表"),
}
GENERIC_CJK = re.compile(
    "这一节|这一段|那一节|那一段|一节|一段|这个|那个|章节|部分|段落|标题|步骤|项目|列表|表格|栏目|任务|句子|"
    "第[一二三四五六七八九十0-9]+|最后|开头|结尾|关于|节|段|章|行|项|条|句|的|了|在|和|与|里|中|上|下|"
    "セクション|段落|見出し|項目|最後|最初|の|に|を|は|が|と"
)


_LATIN_WORD = re.compile(r"[^\W\d_]+")
_COMMON = {
    name: frozenset(common.split())
    for name, common in {
        "en": "the of is are and to in that it for with was this you not from be by an",
        "de": "der die das und ist nicht ein eine den dem zu mit auf für sich von im sind wird bitte",
        "es": "el la los las de que en un una no del con por para se es al más está",
        "fr": "le la les des et est une un que pas du dans pour sur au avec il ne ce",
        "pt": "o os as de que em um uma não do da com por para se é ao mais está",
        "it": "il lo gli di che un una non del della con per è si al più sono nel",
        "vi": "và của là có không cho được các này một những trong đã với khi người từ thì đến",
    }.items()
}


def fold(text: str) -> str:
    """The text as it is compared: composed, without regard to case."""
    return unicodedata.normalize("NFC", text).casefold()


def tokens(text: str) -> Iterator[str]:
    """Words in order; a compound also as its parts; scripts without spaces as pairs of characters."""
    for match in _WORD.finditer(fold(text)):
        word = match[0]
        if _CJK_RUN.match(word):
            yield from [word] if len(word) == 1 else (word[at : at + 2] for at in range(len(word) - 1))
            continue
        pieces = [piece for piece in _APOSTROPHE.split(word) if len(piece) > 1 or piece.isdigit()]
        for piece in pieces or [word]:
            yield piece
            parts = [part for part in _PARTS.split(piece) if part]
            if len(parts) > 1:
                yield from parts


def stem(word: str) -> str:
    """The word without its ending, so that "error" and "errors", "install" and "installation" meet. Crude, anywhere."""
    if len(word) > 6 and word.isalpha():
        return word[:6]
    return word.removesuffix("s") if len(word) > 3 else word


def stems(text: str) -> set[str]:
    """Every word's stem."""
    return {stem(token) for token in tokens(text)}


def naming(text: str) -> set[str]:
    """The stems of the words that say which one is meant, without those that say what sort of thing."""
    kept = _CJK_RUN.sub(lambda run: GENERIC_CJK.sub(" ", run[0]), fold(text))
    return {stem(token) for token in tokens(kept) if token not in GENERIC}


def quoted(text: str) -> list[str]:
    """What stands in quotation marks of any kind, in order. Book-title marks stay on."""
    return [next(group for group in match.groups() if group) for match in _QUOTED.finditer(text)]


def values(text: str) -> list[str]:
    """Everything with a digit in it: numbers, times, dates, versions, prices, codes."""
    return [value for _, value in placed_values(text)]


def placed_values(text: str) -> list[tuple[int, str]]:
    """Each value with the position it starts at."""
    found = []
    for match in _VALUE.finditer(text):
        value = match[0].lstrip(_EDGES)
        found.append((match.end() - len(value), value.rstrip(_EDGES)))
    return found


def names(text: str) -> list[str]:
    """The words with a capital in mid-sentence."""
    found = [match[0].rstrip("'’-") for match in _CAPITAL.finditer(text) if match[0][0].isupper()]
    return [each[:-2] if each.endswith(("'s", "’s")) else each for each in found]


def is_cjk(word: str) -> bool:
    """Whether the word is of a script without spaces."""
    return bool(_CJK_RUN.match(word))


def script(text: str) -> str:
    """The script most letters are in, as Unicode names it: LATIN, CJK, CYRILLIC, ..."""
    letters = [char for char in text[:4000] if char.isalpha()]
    names = Counter(unicodedata.name(char, "OTHER").split()[0] for char in letters)
    names["CJK"] += names.pop("HIRAGANA", 0) + names.pop("KATAKANA", 0)
    return names.most_common(1)[0][0]


def mentions(text: str, kind: str) -> bool:
    """Whether the text speaks of a `kind` of thing: a paragraph, a section, a row."""
    known = stems(text)
    return any(stem(word) in known or (not word.isascii() and word in fold(text)) for word in KIND_WORDS[kind])


def language(text: str) -> str:
    """The language of a text in Latin letters, by its commonest words; empty when that is unclear or not known here."""
    said = Counter(_LATIN_WORD.findall(fold(text)))
    counts = {name: sum(said[word] for word in words) for name, words in _COMMON.items()}
    best, second = sorted(counts.values(), reverse=True)[:2]
    return max(counts, key=lambda name: counts[name]) if best >= 2 * max(1, second) else ""


def shape(value: str) -> str:
    """What a value looks like: two times, two dates, two prices have one shape."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", value))


def occurrences(text: str, find: str) -> list[tuple[int, int]]:
    """Where `find` stands in `text` as a word of its own: "5" is not in "15", nor "cat" in "category"."""
    pattern = re.escape(find)
    if find and (find[0].isalnum() and not _CJK_RUN.match(find[0])):
        pattern = (r"(?<!\d)(?<!\d[.,])" if find[0].isdigit() else r"(?<![^\W\d_])") + pattern
    if find and (find[-1].isalnum() and not _CJK_RUN.match(find[-1])):
        pattern += r"(?!\d)(?![.,]\d)" if find[-1].isdigit() else r"(?![^\W\d_])"
    return [match.span() for match in re.finditer(pattern, text)] if find else []
