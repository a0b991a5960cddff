"""Cases of our own: five languages, other documents than the public set, the same sixteen categories.

A case is an instruction, and what becomes of the document: exact replacements (each `old` stands there once), or one
place that is to be written anew, with what it must and must not say.
"""

from dataclasses import dataclass, field
from typing import Any

WORKSHOP = """---
title: Bread workshop
---

# Sourdough for beginners

We meet on **Saturday, 14 March** at 10:30 in the Old Mill. Bring an apron and a jar of about 700 ml. The fee is 35 EUR.

## What you need

* 500 g flour (type 1050)
* 350 ml lukewarm water
* 100 g starter
* 11 g salt

## Schedule

| Time | What | Who |
| ----- | ---- | --- |
| 10:30 | Welcome and coffee | Nora |
| 11:00 | Mixing the dough | Nora |
| 12:30 | Lunch | all |
| 15:00 | Baking | Samir |

## Steps

1. Mix flour and water and let it rest for 40 minutes.
2. Add the starter and the salt.
3. Fold the dough four times.
4. Shape the loaf and let it proof overnight.
5. Bake at 240 °C for 45 minutes.

## Getting there

The Old Mill is ten minutes from the station. There is no parking whatsoever and frankly whoever comes by car has only \
himself to blame, we told everybody last year and the year before. Bus 61 stops in front of the house.

## To do

- [ ] Order 20 kg of flour
- [x] Print the handouts
- [ ] Ask Samir about the second oven
- [ ] Write to the 12 participants
"""

NOODLES = """# Bún bò cho 6 người

Nấu mất khoảng 3 tiếng, ngon nhất là để qua đêm. Quán cô Lan bán xương ngon, mở cửa từ 5:30.

## Nguyên liệu

- 1 kg xương ống bò
- 600 g bắp bò
- 4 cây sả
- 2 muỗng canh mắm ruốc
- 1 kg bún sợi to

## Cách nấu

1. Chần xương rồi rửa sạch.
2. Ninh xương với sả trong 2 tiếng.
3. Cho bắp bò vào, nấu thêm 45 phút.
4. Nêm mắm ruốc và đường phèn.
5. Chan nước dùng vào bún.

## Chi phí

| Món | Giá | Nơi mua |
|---|---|---|
| Xương | 90.000đ | cô Lan |
| Bắp bò | 180.000đ | cô Lan |
| Bún | 25.000đ | chợ Bến Thành |

## Mẹo

Cái nồi áp suất nhà mình dở ẹc, xì hơi tùm lum, ai mà ham dùng thì ráng chịu. Ninh bằng nồi thường tuy lâu nhưng nước \
trong.

## Việc cần làm

- [ ] Mua sả
- [ ] Mượn nồi của dì Tư
- [x] Hẹn giờ với mọi người
"""

REPORT = """# 星河项目周报

本周完成了登录模块，预计 9 月 18 日上线。负责人：陈晓。

## 进展

- 登录接口已联调
- 首页改版完成 80%
- 修复了 12 个缺陷

## 风险

测试环境太烂了，三天两头挂掉，运维那帮人根本不管，再这样下去 9 月肯定上不了线。服务器只有 2 台。

## 预算

| 项目 | 金额 | 状态 |
| --- | --- | --- |
| 服务器 | 8,000 元 | 已付 |
| 设计 | 15,000 元 | 待付 |
| 短信 | 2,400 元 | 待付 |

## 会议

下次例会：周四 14:00，三楼会议室。

## 待办

- [ ] 更新接口文档
- [x] 申请域名
- [ ] 联系设计公司

## 附录

压测报告见网盘，密码是 k7m2。压测工具用的是 locst，locst 的脚本在仓库里。
"""

CLUB = """# Ruderverein Seeblick

Der Verein hat 84 Mitglieder. Der Jahresbeitrag beträgt 120 Euro und ist bis 31. Januar zu zahlen.

## Vorstand

- Vorsitz: Hanna Vogt
- Kasse: Peter Lindner
- Bootswart: Emre Aydin

## Boote

| Name | Plätze | Zustand |
|:--|--:|:--|
| Möwe | 4 | gut |
| Libelle | 2 | in Reparatur |
| Hecht | 1 | gut |

## Training

Dienstags und donnerstags um 18 Uhr. Wer schon wieder zu spät kommt, braucht sich über das Gemecker nicht zu wundern, \
das Boot wartet nicht auf Trantüten. Treffpunkt ist der Steg 3.

## Hausordnung

1. Boote nach der Fahrt waschen.
2. Das Licht ausmachen.
3. Den Schlüssel bei Emre abgeben.

## Aufgaben

- [ ] Steg reparieren
- [ ] Rettungswesten zählen
- [x] Versicherung verlängern

## Kontakt

Schreibt an post@seeblick.example. Das Vereinshaus ist am Uferweg 7.
"""

HIKE = """# Ruta del Río Verde

La ruta mide 14 km y dura unas 5 horas. El desnivel es de 620 metros. Salida a las 8:15 desde la plaza.

## Equipo

- Botas
- Dos litros de agua
- Protector solar
- Mapa

## Etapas

| Tramo | Km | Dificultad |
|---|---|---|
| Plaza – Molino | 4 | fácil |
| Molino – Cascada | 6 | media |
| Cascada – Refugio | 4 | difícil |

## Advertencias

El tramo de la cascada es una porquería, resbala un montón y el que se caiga que no venga a llorar. No hay cobertura \
en los últimos 4 km.

## Refugio

El refugio abre de mayo a octubre. La cena cuesta 18 euros. Reservas: 600 123 987.

## Pendiente

- [ ] Reservar el refugio
- [x] Revisar el botiquín
- [ ] Comprar el mapa
"""

TOOL = """# logsift

`logsift` finds errors in log files. It needs Python 3.9 and 50 MB of disk.

## Install

```bash
pip install logsift==1.2.0
logsift --version
```

## Usage

```python
from logsift import scan

def main(path):
    for hit in scan(path, limit=100):
        print(hit.line)
```

```bash
logsift scan app.log --limit 100 --level error
```

## Options

| Option | Default | Meaning |
|--------|---------|---------|
| `--limit` | 100 | most hits |
| `--level` | `warn` | lowest level |

## Changes

* [1.2](#12): faster scanner
* [1.1](#11): colours

## License

MIT. Questions go to the issue tracker[^1].

[^1]: Answers take a few days.
"""


@dataclass(frozen=True)
class Spec:
    """One case; `saved` turns the draft into the original (old, new), `where` is the place to be written anew."""

    category: str
    document: str
    says: str
    changes: tuple[tuple[str, str], ...] = ()
    chat: tuple[str, ...] = ()
    saved: tuple[tuple[str, str], ...] = ()
    selected: str = ""
    where: str = ""
    after: str = ""
    conditions: dict[str, Any] = field(default_factory=dict)


def rewritten(where: str, *match: str, never: tuple[str, ...] = (), most: int = 500) -> dict[str, Any]:
    """A place to be written anew: what it must say and must not."""
    conditions = {"changed": True, "min": 20, "max": most, "match": list(match), "nomatch": [r"\n\n", "^#", *never]}
    return {"where": where, "conditions": conditions}


def inserted(after: str, title: str, *match: str) -> dict[str, Any]:
    """A new section right after a text."""
    return {"after": after, "conditions": {"match": [rf"^#{{1,3}} {title}\n", *match], "max": 500, "block": True}}


PARKING = WORKSHOP[WORKSHOP.index("The Old Mill is ten") : WORKSHOP.index("\n\n## To do")]
POT = NOODLES[NOODLES.index("Cái nồi") : NOODLES.index("\n\n## Việc")]
RISK = REPORT[REPORT.index("测试环境") : REPORT.index("\n\n## 预算")]
LATE = CLUB[CLUB.index("Dienstags") : CLUB.index("\n\n## Hausordnung")]
FALLS = HIKE[HIKE.index("El tramo de la") : HIKE.index("\n\n## Refugio")]

SPECS = [
    Spec("replace_fact", WORKSHOP, "The fee went up to 40 EUR.", (("35 EUR", "40 EUR"),)),
    Spec(
        "replace_fact",
        WORKSHOP,
        "We start half an hour later, at 11:00, in the first sentence.",
        (("at 10:30 in", "at 11:00 in"),),
    ),
    Spec("replace_fact", NOODLES, "Quán cô Lan giờ mở cửa từ 6:00, sửa giúp mình.", (("5:30", "6:00"),)),
    Spec("replace_fact", REPORT, "上线日期推迟到 9 月 25 日。", (("9 月 18 日", "9 月 25 日"),)),
    Spec("replace_fact", CLUB, "Wir sind jetzt 91 Mitglieder.", (("84", "91"),)),
    Spec("replace_fact", HIKE, "La cena en el refugio ahora cuesta 21 euros.", (("18 euros", "21 euros"),)),
    Spec("replace_fact", TOOL, "It needs Python 3.11 now.", (("Python 3.9", "Python 3.11"),)),
    Spec("replace_fact", CLUB, "Kassenwartin ist jetzt Julia Brandt.", (("Peter Lindner", "Julia Brandt"),)),
    Spec(
        "rename_heading", WORKSHOP, 'Rename "Getting there" to "Directions".', (("## Getting there", "## Directions"),)
    ),
    Spec("rename_heading", NOODLES, 'Đổi tên mục Mẹo thành "Mẹo nhỏ".', (("## Mẹo", "## Mẹo nhỏ"),)),
    Spec("rename_heading", REPORT, "把“附录”改名为“补充资料”。", (("## 附录", "## 补充资料"),)),
    Spec("rename_heading", CLUB, 'Der Abschnitt Hausordnung soll "Regeln" heißen.', (("## Hausordnung", "## Regeln"),)),
    Spec("rename_heading", HIKE, "Cambia el título Equipo por Material.", (("## Equipo", "## Material"),)),
    Spec(
        "add_list_item",
        WORKSHOP,
        "Add 20 g honey to what you need, after the starter.",
        (("* 100 g starter\n", "* 100 g starter\n* 20 g honey\n"),),
    ),
    Spec(
        "add_list_item",
        NOODLES,
        'Thêm "1 củ hành tây" vào nguyên liệu, ngay trước bún.',
        (("- 1 kg bún", "- 1 củ hành tây\n- 1 kg bún"),),
    ),
    Spec(
        "add_list_item",
        REPORT,
        "在进展里最后加一条“完成压力测试”。",
        (("- 修复了 12 个缺陷\n", "- 修复了 12 个缺陷\n- 完成压力测试\n"),),
    ),
    Spec(
        "add_list_item",
        CLUB,
        'Setze "Ruder ölen" ans Ende der Aufgaben.',
        (("- [x] Versicherung verlängern\n", "- [x] Versicherung verlängern\n- [ ] Ruder ölen\n"),),
    ),
    Spec(
        "add_list_item",
        HIKE,
        'Añade "Linterna" al equipo después de las botas.',
        (("- Botas\n", "- Botas\n- Linterna\n"),),
    ),
    Spec(
        "add_list_item",
        WORKSHOP,
        'Add "Ring the mill" to the to-do list before the handouts.',
        (("- [x] Print", "- [ ] Ring the mill\n- [x] Print"),),
    ),
    Spec(
        "delete_section",
        WORKSHOP,
        "Delete the section about getting there.",
        ((f"## Getting there\n\n{PARKING}\n\n", ""),),
    ),
    Spec(
        "delete_section",
        NOODLES,
        "Xóa phần Chi phí đi, không cần nữa.",
        ((NOODLES[NOODLES.index("## Chi phí") : NOODLES.index("## Mẹo")], ""),),
    ),
    Spec("delete_section", REPORT, "删除“会议”这一节。", (("## 会议\n\n下次例会：周四 14:00，三楼会议室。\n\n", ""),)),
    Spec(
        "delete_section",
        CLUB,
        "Der Abschnitt Boote kann weg.",
        ((CLUB[CLUB.index("## Boote") : CLUB.index("## Training")], ""),),
    ),
    Spec("delete_section", HIKE, "Quita la sección Advertencias.", ((f"## Advertencias\n\n{FALLS}\n\n", ""),)),
    Spec(
        "rewrite_tone",
        WORKSHOP,
        "The paragraph about parking is rude. Make it friendly, keep the facts.",
        **rewritten(PARKING, "(?i)park", "61", never=("(?i)himself to blame", "(?i)frankly")),
    ),
    Spec(
        "rewrite_tone",
        NOODLES,
        "Viết lại đoạn về nồi áp suất cho lịch sự hơn.",
        **rewritten(POT, "(?i)nồi", never=("dở ẹc", "ráng chịu")),
    ),
    Spec(
        "rewrite_tone",
        REPORT,
        "把风险那一段改得专业一些，保留事实。",
        **rewritten(RISK, "2 ?台", "9 ?月", never=("太烂", "那帮人")),
    ),
    Spec(
        "rewrite_tone",
        CLUB,
        "Formuliere den Absatz unter Training freundlicher.",
        **rewritten(LATE, "18", "Steg 3", never=("Gemecker", "Trantüten")),
    ),
    Spec(
        "rewrite_tone",
        HIKE,
        "Reescribe el párrafo sobre la cascada con un tono más formal.",
        **rewritten(FALLS, "(?i)cascada", "4 km", never=("porquería", "llorar")),
    ),
    Spec(
        "insert_section",
        WORKSHOP,
        'Add a section "Cancellation" before To do: free until a week before, then 20 EUR.',
        **inserted(PARKING + "\n\n", "Cancellation", "20", "(?i)week"),
    ),
    Spec(
        "insert_section",
        NOODLES,
        'Thêm mục "Bảo quản" ở cuối bài: nước dùng để được 3 ngày trong tủ lạnh.',
        **inserted("- [x] Hẹn giờ với mọi người\n", "Bảo quản", "3 ngày"),
    ),
    Spec(
        "insert_section",
        REPORT,
        "在“预算”之前加一节“人员”，说明下周有 2 名新人入职。",
        **inserted(RISK + "\n\n", "人员", "2|两"),
    ),
    Spec(
        "insert_section",
        TOOL,
        'Insert a section "Support" right before License, saying that mail goes to help@logsift.example.',
        **inserted("* [1.1](#11): colours\n\n", "Support", r"help@logsift\.example"),
    ),
    Spec("table", WORKSHOP, "Samir starts baking at 15:30.", (("| 15:00 |", "| 15:30 |"),)),
    Spec("table", NOODLES, "Bắp bò lên giá 200.000đ rồi.", (("180.000đ", "200.000đ"),)),
    Spec("table", REPORT, "设计费已经付了。", (("15,000 元 | 待付", "15,000 元 | 已付"),)),
    Spec("table", CLUB, "Die Libelle ist wieder gut.", (("| in Reparatur |", "| gut |"),)),
    Spec(
        "table",
        HIKE,
        "Añade al final de la tabla el tramo Refugio – Cumbre: 3 km, difícil.",
        (
            (
                "| Cascada – Refugio | 4 | difícil |\n",
                "| Cascada – Refugio | 4 | difícil |\n| Refugio – Cumbre | 3 | difícil |\n",
            ),
        ),
    ),
    Spec(
        "table",
        WORKSHOP,
        "Add a row at 14:00 after lunch: Shaping, by Nora.",
        (("| 12:30 | Lunch | all |\n", "| 12:30 | Lunch | all |\n| 14:00 | Shaping | Nora |\n"),),
    ),
    Spec(
        "fix_typo",
        REPORT,
        "“locst”拼错了，应该是“locust”，全部改掉。",
        (("用的是 locst，locst 的", "用的是 locust，locust 的"),),
    ),
    Spec(
        "fix_typo",
        WORKSHOP,
        'Write "Old Windmill" instead of "Old Mill", everywhere.',
        (("in the Old Mill", "in the Old Windmill"), ("The Old Mill is", "The Old Windmill is")),
    ),
    Spec("fix_typo", CLUB, 'Schreib überall "Bootshaus" statt "Vereinshaus".', (("Vereinshaus", "Bootshaus"),)),
    Spec("check_task", WORKSHOP, "The flour is ordered, tick it.", (("- [ ] Order", "- [x] Order"),)),
    Spec("check_task", NOODLES, "Mình mượn được nồi của dì Tư rồi, đánh dấu nhé.", (("- [ ] Mượn", "- [x] Mượn"),)),
    Spec("check_task", REPORT, "接口文档已经更新了，打勾。", (("- [ ] 更新", "- [x] 更新"),)),
    Spec(
        "check_task",
        CLUB,
        "Der Steg ist repariert und die Westen sind gezählt, hake beides ab.",
        (("- [ ] Steg", "- [x] Steg"), ("- [ ] Rettungs", "- [x] Rettungs")),
    ),
    Spec(
        "check_task", HIKE, "El botiquín no está revisado todavía, desmárcalo.", (("- [x] Revisar", "- [ ] Revisar"),)
    ),
    Spec(
        "reorder",
        WORKSHOP,
        "Put Steps before Schedule.",
        (
            (
                WORKSHOP[WORKSHOP.index("## Schedule") : WORKSHOP.index("## Getting")],
                WORKSHOP[WORKSHOP.index("## Steps") : WORKSHOP.index("## Getting")]
                + WORKSHOP[WORKSHOP.index("## Schedule") : WORKSHOP.index("## Steps")],
            ),
        ),
    ),
    Spec(
        "reorder",
        REPORT,
        "把“风险”移到“预算”后面。",
        (
            (
                REPORT[REPORT.index("## 风险") : REPORT.index("## 会议")],
                REPORT[REPORT.index("## 预算") : REPORT.index("## 会议")]
                + REPORT[REPORT.index("## 风险") : REPORT.index("## 预算")],
            ),
        ),
    ),
    Spec(
        "reorder",
        CLUB,
        "Tausche die Abschnitte Vorstand und Boote.",
        (
            (
                CLUB[CLUB.index("## Vorstand") : CLUB.index("## Training")],
                CLUB[CLUB.index("## Boote") : CLUB.index("## Training")]
                + CLUB[CLUB.index("## Vorstand") : CLUB.index("## Boote")],
            ),
        ),
    ),
    Spec("code_fence", TOOL, "In the Python example the limit should be 500.", (("limit=100", "limit=500"),)),
    Spec("code_fence", TOOL, "Install version 1.3.0.", (("==1.2.0", "==1.3.0"),)),
    Spec(
        "code_fence",
        TOOL,
        "The scan command should show warnings: level warn instead of error.",
        (("--level error", "--level warn"),),
    ),
    Spec(
        "selection", WORKSHOP, "Make this bold.", (("Bring an apron", "**Bring an apron**"),), selected="Bring an apron"
    ),
    Spec(
        "selection",
        NOODLES,
        "Dịch sang tiếng Anh.",
        selected="Chần xương rồi rửa sạch.",
        **rewritten("Chần xương rồi rửa sạch.", "(?i)bone", most=120),
    ),
    Spec(
        "selection",
        CLUB,
        "Als Liste bitte.",
        selected="Dienstags und donnerstags um 18 Uhr.",
        where="Dienstags und donnerstags um 18 Uhr.",
        conditions={"items": [1, 3], "match": ["(?i)dienstag"], "max": 120},
    ),
    Spec(
        "multi_turn",
        WORKSHOP,
        "The third one, please.",
        (("# Sourdough for beginners", "# Flour, water, time"),),
        chat=("Suggest three other titles.", "1. Bread Saturday\n2. A loaf of your own\n3. Flour, water, time"),
    ),
    Spec(
        "multi_turn",
        REPORT,
        "第一个不错，就用它做标题。",
        (("# 星河项目周报", "# 星河一周"),),
        chat=("给标题提两个建议。", "1. “星河一周”\n2. “本周星河”"),
    ),
    Spec(
        "multi_turn",
        HIKE,
        "Sí, añádelo al final del equipo.",
        (("- Mapa\n", "- Mapa\n- Bastones de senderismo\n"),),
        chat=("¿Falta algo en el equipo?", 'Yo añadiría "Bastones de senderismo". ¿Lo pongo?'),
    ),
    Spec(
        "draft_differs",
        WORKSHOP,
        "Take back what I did to the schedule.",
        (("| 13:00 | Lunch |", "| 12:30 | Lunch |"),),
        saved=(("| 12:30 | Lunch |", "| 13:00 | Lunch |"), ("100 g starter", "120 g starter")),
    ),
    Spec(
        "draft_differs",
        CLUB,
        "Stell den Abschnitt Kontakt so wieder her, wie er gespeichert war.",
        (("Uferweg 9", "Uferweg 7"),),
        saved=(("Uferweg 7", "Uferweg 9"), ("84 Mitglieder", "85 Mitglieder")),
    ),
    Spec(
        "draft_differs",
        HIKE,
        "También cambia la salida a las 7:45.",
        (("8:15", "7:45"),),
        saved=(("- Mapa\n", "- Mapa\n- Gorra\n"),),
    ),
    Spec("no_edit", WORKSHOP, "How much flour do we need for one loaf?"),
    Spec("no_edit", NOODLES, "Món này nấu mất bao lâu?"),
    Spec("no_edit", REPORT, "预算里还有哪些没付？"),
    Spec("no_edit", CLUB, "Wer ist für die Boote zuständig?"),
    Spec("no_edit", HIKE, "¿Es una ruta difícil?"),
    Spec("impossible", WORKSHOP, "Delete the section about allergies."),
    Spec("impossible", NOODLES, "Đánh dấu xong việc mua hành lá."),
    Spec("impossible", REPORT, "把“招聘”这一节改名为“人事”。"),
    Spec("impossible", CLUB, "Streiche das Boot Forelle aus der Tabelle."),
    Spec("impossible", HIKE, "Mueve la sección Transporte al principio."),
]


def cases() -> list[dict[str, Any]]:
    """The cases in the form of the public ones."""
    counts: dict[str, int] = {}
    made = []
    for spec in SPECS:
        number = counts[spec.category] = counts.get(spec.category, 0) + 1
        made.append({"id": f"own-{spec.category}-{number}", "category": spec.category, **_case(spec)})
    return made


def _case(spec: Spec) -> dict[str, Any]:
    editing = _replaced(spec.document, spec.saved)
    turns = [
        {"role": ("user", "assistant")[at % 2], "content": said} for at, said in enumerate((*spec.chat, spec.says))
    ]
    case: dict[str, Any] = {"messages": turns, "original": spec.document, "editing": editing}
    if spec.selected:
        start = editing.index(spec.selected)
        case["selection"] = {"start": start, "end": start + len(spec.selected)}
    if spec.conditions:
        start = editing.index(spec.where) if spec.where else editing.index(spec.after) + len(spec.after)
        case["check"] = {
            "type": "regions",
            "regions": [{"start": start, "end": start + len(spec.where), **spec.conditions}],
        }
        return case
    regions = [{"start": editing.index(old), "end": editing.index(old) + len(old)} for old, _ in spec.changes]
    case["check"] = {"type": "exact", "expected": [_replaced(editing, spec.changes)], "regions": regions}
    return case


def _replaced(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in the document")
        text = text.replace(old, new)
    return text
