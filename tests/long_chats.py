"""Long chats about a walk along a harbour, with facts among them, in five languages."""

from dataclasses import dataclass
from typing import Any

Said = dict[str, Any]


def user(text: str) -> Said:
    """What the user says."""
    return {"role": "user", "content": text}


def assistant(text: str) -> Said:
    """What the assistant says."""
    return {"role": "assistant", "content": text}


@dataclass(frozen=True)
class Planted:
    """`between` is said over and over, with a number, `facts` once each; `asks` are requests and what they speak of."""

    between: tuple[str, str]
    facts: tuple[list[Said], ...]
    asks: tuple[tuple[str, tuple[str, ...]], ...]

    def chat(self, turns: int = 70) -> list[Said]:
        """The facts in a chat of so many other turns, the first after three of them and all in its first half."""
        talk = [(user(self.between[0] % n), assistant(self.between[1] % n)) for n in range(3, turns + 3)]
        step = max(1, turns // (2 * max(1, len(self.facts))))
        said: list[Said] = []
        for n, turn in enumerate(talk):
            if n >= 3 and (n - 3) % step == 0 and (n - 3) // step < len(self.facts):
                said += self.facts[(n - 3) // step]
            said += turn
        return said


def tells(text: str) -> list[Said]:
    """A turn in which the user tells something."""
    return [user(text), assistant("OK.")]


PLANTED = {
    "en": Planted(
        (
            "What do you think of paragraph %d about the harbour walk?",
            "I would keep paragraph %d: it says how the harbour looks in the evening light, and readers will like the "
            "gulls. You could cut one adjective, and perhaps begin with the boats instead of the weather.",
        ),
        (
            tells(
                "Here are the fifteen things we sell, with their prices:\n"
                "1. Honey – 7.20 EUR\n2. Walnut oil – 14.50 EUR\n3. Cider – 4.90 EUR\n4. Mustard – 3.35 EUR\n"
                "5. Soap – 5.10 EUR\n6. Cheese – 11.80 EUR\n7. Candles – 9.99 EUR\n8. Jam – 4.25 EUR\n"
                "9. Wool – 18.40 EUR\n10. Tea – 6.60 EUR\n11. Salt – 2.15 EUR\n12. Baskets – 22.00 EUR\n"
                "13. Bread – 3.80 EUR\n14. Pears – 2.95 EUR\n15. Apples – 2.45 EUR"
            ),
            [
                user("Any ideas for the opening?"),
                assistant(
                    "Three ideas:\n\n1. A storm in 1703\n2. The baker who opens at four\n3. A letter in a wall\n\n"
                    "I like the last one best, because it leaves the reader with a question, and a text about a place "
                    "that everybody knows needs one. The storm would be louder, but it has been told before."
                ),
            ],
            tells("The ferry Aurora leaves at 7:40 from pier 3."),
            tells("Lena Okafor's number is 0176-5550142."),
            [assistant("Which colour should the cover have?"), user("Dark green, please."), assistant("Noted.")],
            tells("From May on the walnut oil is 16.20 EUR."),
        ),
        (
            ("Write the price of item 2 into the draft.", ("14.50", "16.20")),
            ("Take your second suggestion for the opening.", ("The baker who opens at four",)),
            ("Write down when it leaves, as I said about the ferry.", ("7:40",)),
            ("Add Lena's phone number.", ("0176-5550142",)),
            ("Mention the colour of the cover.", ("Dark green",)),
        ),
    ),
    "de": Planted(
        (
            "Was hältst du von Absatz %d über den Spaziergang am Hafen?",
            "Ich würde Absatz %d behalten: er sagt, wie der Hafen im Abendlicht aussieht. Ein Adjektiv weniger täte "
            "ihm gut, und vielleicht beginnst du mit den Booten statt mit dem Wetter.",
        ),
        (
            tells("Die Preise:\n1. Honig: 7,20 €\n2. Nussöl: 14,50 €\n3. Most: 4,90 €\n4. Senf: 3,35 €"),
            [
                user("Hast du Ideen für den Anfang?"),
                assistant("Drei Vorschläge:\n1. Ein Sturm\n2. Der Bäcker, der um vier öffnet\n3. Ein Brief"),
            ],
            tells("Die Fähre fährt um 7:40 Uhr ab Pier 3."),
            tells("Das Nussöl kostet ab Mai 16,20 €."),
        ),
        (
            ("Schreib den Preis von Position 2 in den Entwurf.", ("14,50", "16,20")),
            ("Nimm deinen zweiten Vorschlag für den Anfang.", ("Der Bäcker, der um vier öffnet",)),
            ("Trag ein, wann die Fähre fährt, wie ich gesagt habe.", ("7:40",)),
        ),
    ),
    "vi": Planted(
        (
            "Bạn nghĩ gì về đoạn %d nói về buổi đi dạo ở cảng?",
            "Tôi sẽ giữ đoạn %d: nó cho thấy cảng trông thế nào trong ánh chiều. Có thể bỏ bớt một tính từ, và bắt đầu "
            "bằng những con thuyền thay vì thời tiết.",
        ),
        (
            tells("Bảng giá:\n1. Mật ong: 72.000đ\n2. Dầu óc chó: 145.000đ\n3. Rượu táo: 49.000đ"),
            [
                user("Có gợi ý nào cho phần mở đầu không?"),
                assistant("Ba gợi ý:\n1. Cơn bão ở cảng\n2. Người thợ bánh mở cửa lúc bốn giờ\n3. Một lá thư"),
            ],
            tells("Phà khởi hành lúc 7:40 từ bến số 3."),
            tells("Dầu óc chó từ tháng Năm là 162.000đ."),
        ),
        (
            ("Viết giá của mục 2 vào bản nháp.", ("145.000", "162.000")),
            ("Lấy gợi ý thứ hai của bạn cho phần mở đầu.", ("Người thợ bánh mở cửa lúc bốn giờ",)),
            ("Thêm giờ phà khởi hành như tôi đã nói.", ("7:40",)),
        ),
    ),
    "zh": Planted(
        (
            "你觉得第%d段关于港口散步的内容怎么样？",
            "我会保留第%d段：它写出了傍晚港口的样子，读者会喜欢那些海鸥。可以去掉一个形容词，也许从船开始写，而不是从天气"
            "开始，这样读者马上就知道自己站在什么地方。",
        ),
        (
            tells("价格表：\n1. 蜂蜜：72元\n2. 核桃油：145元\n3. 苹果酒：49元"),
            [
                user("开头有什么建议吗？"),
                assistant("三个建议：\n1. 港口的风暴\n2. 四点开门的面包师\n3. 墙里的一封信"),
            ],
            tells("渡轮7:40从3号码头出发。"),
            tells("核桃油从五月起是162元。"),
        ),
        (
            ("把第2项的价格写进草稿。", ("145元", "162元")),
            ("开头用你的第二个建议。", ("四点开门的面包师",)),
            ("按我说的写上渡轮的出发时间。", ("7:40",)),
        ),
    ),
    "ja": Planted(
        (
            "港の散歩についての第%d段落をどう思いますか。",
            "第%d段落は残します。夕方の港の様子がよく書けています。形容詞を一つ減らして、天気ではなく船から始めてもよいでしょう。"
            "読者はすぐに自分がどこに立っているのかわかります。",
        ),
        (
            tells("価格表：\n1. 蜂蜜：720円\n2. くるみ油：1450円\n3. りんご酒：490円"),
            [
                user("書き出しの案はありますか。"),
                assistant("案は三つあります。\n1. 港の嵐\n2. 四時に開くパン屋\n3. 壁の中の手紙"),
            ],
            tells("フェリーは7:40に3番埠頭から出ます。"),
            tells("くるみ油は五月から1620円です。"),
        ),
        (
            ("2番目の項目の価格を下書きに書いて。", ("1450円", "1620円")),
            ("書き出しにはあなたの二つ目の案を使って。", ("四時に開くパン屋",)),
            ("フェリーの出発時刻を書き加えて。", ("7:40",)),
        ),
    ),
}
