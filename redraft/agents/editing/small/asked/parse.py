"""What a request asks for, read from its words alone.

The draft is not shown: a request of twenty words is all that is new to the model, and it cannot be misled by the text.
What the request names is looked up by code.
"""

from typing import Any, Literal

from redraft.agents.editing.asking import Dialog, Prompt, many, one_of, record, text
from redraft.agents.tools import Answers

Kind = Literal[
    "answer", "replace", "rename", "add", "add section", "remove", "move", "rewrite", "tick", "untick", "undo"
]  # fmt: skip

_RULES = """A user writes a document and says something to you. Tell what is asked for, in the user's own words:
answer = nothing is to be changed: a question, thanks, a wish for ideas or a summary
replace = a value, fact, name or spelling in the text becomes another
rename = a heading or the title gets another name
add = a new list item, step, table row or sentence
add section = a new section with a heading of its own
remove = something is deleted
move = something changes its place, or two things swap
rewrite = a passage or code is written anew: tone, length, language, form
tick, untick = tasks are marked as done or not done
undo = the user's own earlier change is taken back: something becomes again as it was saved"""

_PLACES = ("before", "after", "first", "last")

_EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("The train leaves at 8:15 now.", {"ask": "replace"}),
    ("How long does the train take?", {"ask": "answer"}),
    ('Call the section Plan "Schedule" instead.', {"ask": "rename", "what": "Plan", "to": "Schedule"}),
    (
        "Add apples to the list, before the pears.",
        {"ask": "add", "text": "apples", "place": "before", "of": "the pears"},
    ),
    ("删除“预算”那一节。", {"ask": "remove", "what": "预算"}),
    ('It is "receive", not "recieve". Correct all of them.', {"ask": "replace"}),
    ("Swap Costs and Team.", {"ask": "move", "what": "Costs", "place": "swap", "of": "Team"}),
    ("Ich habe den Müll rausgebracht, abhaken bitte.", {"ask": "tick", "what": ["Müll rausgebracht"]}),
    ("Viết lại đoạn về giá cho ngắn gọn hơn.", {"ask": "rewrite", "what": "đoạn về giá"}),
    (
        "Put tea in the price table: 3 euros, in stock.",
        {"ask": "add", "text": "tea, 3 euros, in stock", "place": "last", "of": "the price table"},
    ),
    ("Was that a good idea?", {"ask": "answer"}),
    ("Wir haben jetzt 30 Plätze.", {"ask": "replace"}),
    ("Người phụ trách giờ là anh Nam.", {"ask": "replace"}),
    ("交货时间推迟到下周三了。", {"ask": "replace"}),
    (
        "Put back the sentence about pets that I deleted.",
        {"ask": "undo", "what": "the sentence about pets"},
    ),
    (
        "在“用法”后面加一节“许可”，写明是 MIT。",
        {"ask": "add section", "title": "许可", "place": "after", "of": "用法"},
    ),
    ("In the script use 4 workers instead of 2.", {"ask": "replace"}),
    ("Rent is paid, 700 euros.", {"ask": "replace"}),
    ("¿Qué dice el texto sobre los precios?", {"ask": "answer"}),
    ("Step 3 is not done after all, uncheck it.", {"ask": "untick", "what": ["Step 3"]}),
    ("Ý kiến thứ hai hay đấy, dùng làm tên bài đi.", {"ask": "rename", "what": "tên bài", "to": "ý kiến thứ hai"}),
    ("Đưa phần Chi phí lên đầu.", {"ask": "move", "what": "phần Chi phí", "place": "first", "of": ""}),
    ("Forget my edits to the Plan section, I want the saved text.", {"ask": "undo", "what": "the Plan section"}),
    ("Can you suggest a shorter heading?", {"ask": "answer"}),
    ("Bài này có mấy phần?", {"ask": "answer"}),
    ("We don't need the row about taxis any more.", {"ask": "remove", "what": "the row about taxis"}),
    ("Make the example function also print the sum.", {"ask": "rewrite", "what": "the example function"}),
    (
        'Schreib ans Ende einen Abschnitt "Kontakt" mit unserer Adresse.',
        {"ask": "add section", "title": "Kontakt", "place": "last", "of": ""},
    ),
    (
        'Insert "Wash the rice" as the second step of the recipe.',
        {"ask": "add", "text": "Wash the rice", "place": "after", "of": "first step of the recipe"},
    ),
    ("Put Team before Costs.", {"ask": "move", "what": "Team", "place": "before", "of": "Costs"}),
    ("Please also move the deadline to 3 May.", {"ask": "replace"}),
    (
        '(Assistant: For the title I suggest 1. Red 2. Blue)\nThe first one. (That is: "Red")',
        {"ask": "rename", "what": "the title", "to": "Red"},
    ),
    ("在采购清单里加上“牛奶”。", {"ask": "add", "text": "牛奶", "place": "last", "of": "采购清单"}),
    ("Thêm một dòng vào bảng: trà, 20.000đ.", {"ask": "add", "text": "trà, 20.000đ", "place": "last", "of": "bảng"}),
    ("把“简介”那一段写得更生动一些。", {"ask": "rewrite", "what": "简介"}),
    ("Stell den Absatz über Preise so wieder her, wie er war.", {"ask": "undo", "what": "Absatz über Preise"}),
    (
        '(Assistant: Yo pondría también "Sal". ¿La añado?)\nSí, ponla al final de la lista. (That is: "Sal")',
        {"ask": "add", "text": "Sal", "place": "last", "of": "la lista"},
    ),
    ("We paid the bills and wrote to Eva. Mark both.", {"ask": "tick", "what": ["paid the bills", "wrote to Eva"]}),
    ("Step 2 is too long, make it friendlier and shorter.", {"ask": "rewrite", "what": "Step 2"}),
]
PROMPT = Prompt(_RULES, _EXAMPLES)


def _forms(kinds: list[Kind]) -> list[dict[str, Any]]:
    short = text(160)
    what = {"what": short}
    fields: dict[Kind, dict[str, Any]] = {
        "rename": {**what, "to": short},
        "add": {"text": text(300), "place": one_of(*_PLACES), "of": short},
        "add section": {"title": short, "place": one_of(*_PLACES), "of": short},
        "remove": what,
        "move": {**what, "place": one_of(*_PLACES, "swap"), "of": short},
        "rewrite": what,
        "tick": {"what": many(short)},
        "untick": {"what": many(short)},
        "undo": what,
    }
    return [record(ask=one_of(kind), **fields.get(kind, {})) for kind in kinds]


async def parse(tools: Answers, request: str, kinds: list[Kind]) -> dict[str, Any]:
    """`{"ask": kind, ...}` with what the request names; only `kinds` are offered. `{}` when nothing came of it."""
    return await Dialog(tools, PROMPT).choose(request, {"anyOf": _forms(kinds)})
