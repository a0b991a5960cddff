"""Marks that a request wants around a selection: bold, italic, code. No model is needed to set them."""

import re

from redraft.agents.words import fold

SHORT = 60
"""Characters of a request that may be nothing but the name of a mark."""

_NAMES = {
    "**": "bold|fett|đậm|negrita|gras|grassetto|negrito|加粗|粗体|太字",
    "*": "italics?|itali[cs]i[sz]e|kursiv|nghiêng|cursiva|itálica|italique|corsivo|斜体|イタリック",
    "~~": "strike (?:this |it )?through|strikethrough|strike (?:this|it)|durchstreichen|durchgestrichen|gạch ngang"
    "|gạch bỏ|tachado|tachar|barré|barrer|删除线|取り消し線",
    "`": "code|monospace|código|代码",
}
_LINK = re.compile(r"(?<!\w)(?:link|liên kết|enlace|lien|verlink\w*)(?!\w)|链接|リンク")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"'“”）)，。]*[^\s<>\"'“”）)，。.,;:!?]")
_OTHER = re.compile(r"(?<!\w)(?:not|no|un|remove|without|nicht|ohne|không|bỏ|sin|quita|sans)(?!\w)|不要|取消|去掉")


def marked_up(request: str, text: str) -> str:
    """The text between the marks that a short request names; empty when it names none or several, or takes them off."""
    told = fold(request)
    addresses = _ADDRESS.findall(request)
    if len(addresses) == 1 and _LINK.search(told) and not re.search(r"[\[\]\n]", text.strip()) and text.strip():
        return text.replace(text.strip(), f"[{text.strip()}]({addresses[0]})", 1)
    named = [mark for mark, names in _NAMES.items() if re.search(rf"(?<![a-zà-ỹ])(?:{names})(?![a-zà-ỹ])", told)]
    if len(request) > SHORT or len(named) != 1 or _OTHER.search(told) or "\n\n" in text or not text.strip():
        return ""
    mark, body = named[0], text.strip()
    if body.startswith(mark) and body.endswith(mark):
        return ""
    at = text.index(body)
    return f"{text[:at]}{mark}{body}{mark}{text[at + len(body) :]}"
