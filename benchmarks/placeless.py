"""How far texts that say nothing about place move the belief: `python benchmarks/placeless.py [--count N] [--seed S]`.

The texts are brands, menus, memes, opening hours, prices, quotations, links and what a player or a camera writes over
a picture, in 20 languages. The country of each is drawn by the prior and by how much of its public text is in that
language; where a text has no language, by the prior alone. Printed are the mean absolute changes of the log odds of
that country, in bits: the whole of it, and without what the language says, which is true of the place; and how often
another country gets .8 or more.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from babel import Locale

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass, rank_countries
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import Clue, Evidence
from geoagent.geo import Area
from geoagent.reading.languages import signage_shares
from geoagent.reading.texts import read_clues
from geoagent.settings import read_settings

LANGUAGES = "en es fr de it pt nl sv pl cs tr ru uk el ar hi ja ko zh th".split()
BRANDS = (
    "HUAWEI,Samsung,SONY,Canon,Nikon,Apple,iPhone,Xiaomi,OPPO,vivo,Lenovo,Intel,Adidas,Nike,PUMA,Reebok,Converse,VANS,"
    "Coca-Cola,Pepsi,FANTA,Sprite,Red Bull,Monster Energy,Heineken,Carlsberg,Budweiser,Corona Extra,Guinness,Nescafé,"
    "Nestlé,KitKat,OREO,M&M's,Snickers,Pringles,Lay's,Doritos,Colgate,NIVEA,L'Oréal,Dove,Gillette,Pampers,LEGO,Barbie,"
    "Disney,Netflix,Spotify,YouTube,Facebook,Instagram,TikTok,WhatsApp,Google,Microsoft,Windows,PlayStation,XBOX,"
    "Nintendo,Toyota,HONDA,BMW,Mercedes-Benz,Volkswagen,Audi,Ford,Tesla,Ferrari,Michelin,Bridgestone,Goodyear,Pirelli,"
    "Caterpillar,Bosch,Siemens,Philips,Panasonic,LG,DELL,HP,Rolex,Gucci,Prada,Louis Vuitton,CHANEL,Dior,Hermès,Versace,"
    "Calvin Klein,Tommy Hilfiger,Levi's,The North Face,Columbia,Patagonia,Timberland,New Balance,Under Armour,ASICS,"
    "Visa,Mastercard,American Express,PayPal,Marlboro,Camel,Jack Daniel's,Johnnie Walker,Absolut Vodka,Bacardi,Milka"
).split(",")
MENUS = (
    "Cappuccino,Espresso,Caffè Latte,Americano,Pizza Margherita,Pizza Quattro Stagioni,Spaghetti Bolognese,Hamburger,"
    "Cheeseburger,Hot Dog,Coca-Cola 0,33 l,Fanta 0,5 l,Club Sandwich,Caesar Salad,Ice Tea,Mojito,Tiramisu,Sushi,Wok"
).split(",")
OVERLAYS = (
    "1:23 / 10:45,1080p HD,SUBSCRIBE,@travel.daily,4K 60fps,REC 00:12:41,2023/05/14 12:33:01,14-05-2023 07:41 PM,"
    "Shot on OnePlus,HUAWEI P30 Pro LEICA TRIPLE CAMERA,REDMI NOTE 9 AI QUAD CAMERA,TikTok @maria_92,#nofilter #travel,"
    "youtu.be/dQw4w9WgXcQ,linktr.ee/thecrew,bit.ly/3xYz9Ab,qrco.de/bdA7Kx,t.me/thecrew,www.thecrew.co,thecrew.io,LIVE,"
    "instagram.com/thecrew,wa.me/message,g.co/maps,thecrew.me,forms.gle/a8Xk2,1.2M views,12.345 likes,crew.tv,"
    "Made with KineMaster"
).split(",")
ENGLISH_EVERYWHERE = "OPEN,SALE,WiFi,PUSH,EXIT,WC,STOP,VIP,TAXI,NEW,FREE,HOTEL,BAR,INFO,PARKING,CAFE,24H,TOP,OK,SHOP"
QUOTES = {
    "en": ("Where there is a will there is a way", "Dream big, work hard", "When you realise it is only Tuesday"),
    "es": ("Querer es poder", "La vida es sueño", "Cuando te das cuenta de que mañana es lunes"),
    "fr": ("Je pense, donc je suis", "L'amour est aveugle", "Quand tu te rends compte que c'est lundi"),
    "de": ("Ich denke, also bin ich", "Aller Anfang ist schwer", "Wenn du merkst, dass morgen Montag ist"),
    "it": ("La vita è bella", "Chi va piano va sano e va lontano", "Quando ti accorgi che domani è lunedì"),
    "pt": ("Querer é poder", "Devagar se vai ao longe", "Quando você percebe que amanhã é segunda"),
    "nl": ("Oost west, thuis best", "Geluk zit in kleine dingen", "Als je merkt dat het morgen maandag is"),
    "sv": ("Borta bra men hemma bäst", "Ta dagen som den kommer", "När du inser att det är måndag i morgon"),
    "pl": ("Gdzie drwa rąbią, tam wióry lecą", "Myślę, więc jestem", "Kiedy wiesz, że jutro jest poniedziałek"),
    "cs": ("Kdo se směje naposled, ten se směje nejlépe", "Myslím, tedy jsem", "Když ti dojde, že zítra je pondělí"),
    "tr": ("Damlaya damlaya göl olur", "Düşünüyorum, öyleyse varım", "Yarının pazartesi olduğunu fark edince"),
    "ru": ("Тише едешь, дальше будешь", "Я мыслю, следовательно, существую", "Когда понял, что завтра понедельник"),
    "uk": ("Тихіше їдеш, далі будеш", "Я мислю, отже, існую", "Коли зрозумів, що завтра понеділок"),
    "el": ("Σκέφτομαι, άρα υπάρχω", "Η αγάπη είναι τυφλή", "Όταν καταλαβαίνεις ότι αύριο είναι Δευτέρα"),
    "ar": ("الصبر مفتاح الفرج", "أنا أفكر إذن أنا موجود", "عندما تدرك أن غدا يوم الاثنين"),
    "hi": ("जहाँ चाह वहाँ राह", "मैं सोचता हूँ इसलिए मैं हूँ", "जब पता चले कि कल सोमवार है"),
    "ja": ("七転び八起き", "我思う、ゆえに我あり", "明日が月曜日だと気づいたとき"),
    "ko": ("시작이 반이다", "나는 생각한다 고로 존재한다", "내일이 월요일이라는 걸 깨달았을 때"),
    "zh": ("有志者事竟成", "我思故我在", "当你发现明天是星期一"),
    "th": ("ความพยายามอยู่ที่ไหน ความสำเร็จอยู่ที่นั่น", "ฉันคิด ฉันจึงมีอยู่", "เมื่อรู้ว่าพรุ่งนี้เป็นวันจันทร์"),
}  # fmt: skip


class Text(NamedTuple):
    """The lines of one photo, their kind, and their language; None where they have none."""

    lines: tuple[str, ...]
    kind: str
    language: str | None


def texts(count: int, seed: int) -> Iterator[Text]:
    """So many texts, drawn evenly among the kinds."""
    rng = random.Random(seed)
    kinds = (brands, menu, overlay, everywhere, hours, prices, quotation)
    for number in range(count):
        yield kinds[number % len(kinds)](rng)


def brands(rng: random.Random) -> Text:
    """One to three brands."""
    return Text(tuple(rng.sample(BRANDS, rng.randint(1, 3))), "brands", None)


def menu(rng: random.Random) -> Text:
    """Dishes and drinks of the whole world, with prices without a currency."""
    dishes = rng.sample(MENUS, rng.randint(2, 4))
    return Text(tuple(f"{dish} {price(rng)}" for dish in dishes), "menus", None)


def overlay(rng: random.Random) -> Text:
    """What a player, a camera or an account writes over a picture."""
    return Text(tuple(rng.sample(OVERLAYS, rng.randint(1, 3))), "overlays", None)


def everywhere(rng: random.Random) -> Text:
    """English words that stand on signs of the whole world."""
    return Text(tuple(rng.sample(ENGLISH_EVERYWHERE.split(","), rng.randint(1, 3))), "English of all the world", None)


def hours(rng: random.Random) -> Text:
    """Opening hours in the days of one language."""
    language = rng.choice(LANGUAGES)
    days = Locale(language).days["format"]["abbreviated"]
    opens, closes = rng.randint(6, 11), rng.randint(16, 23)
    between = rng.choice(
        ("{}:00-{}:00", "{}.00 - {}.30", "{:02}:30 – {}:00", "{:02}.00-{}.00", "{}h-{}h30", "{:02}00-{}30")
    )
    first = f"{days[0]}-{days[4]} {between.format(opens, closes)}"
    second = f"{days[5]} {between.format(opens + 1, closes - 2)}"
    return Text((first, second)[: rng.randint(1, 2)], "hours", language)


def prices(rng: random.Random) -> Text:
    """Prices, discounts, sizes and large numbers without a currency."""
    forms = (
        lambda: price(rng),
        lambda: f"-{rng.randint(1, 14) * 5} %",
        lambda: f"{rng.randint(1, 9)} {rng.randint(100, 999)} 000",
        lambda: f"{rng.randint(10, 99)}.{rng.randint(100, 999)}.000",
        lambda: f"{rng.randint(2, 9)} x {rng.randint(10, 99)} cm",
        lambda: f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.20{rng.randint(10, 26)}",
        lambda: f"No. {rng.randint(1000, 999999)}",
        lambda: f"{rng.randint(100, 999)} {rng.randint(100, 999)} {rng.randint(100, 999)}",
    )
    return Text(tuple(form() for form in rng.sample(forms, rng.randint(1, 3))), "prices", None)


def price(rng: random.Random) -> str:
    """A price in one of the ways to write one."""
    whole, cents = rng.randint(1, 60), rng.choice((0, 50, 90, 95, 99))
    return rng.choice(("{},{:02}", "{}.{:02}", "{},-", "{}")).format(whole, cents)


def quotation(rng: random.Random) -> Text:
    """A saying, a quotation or a meme."""
    language = rng.choice(LANGUAGES)
    return Text((rng.choice(QUOTES[language]),), "quotes and memes", language)


def country_of(text: Text, atlas: Atlas, rng: np.random.Generator) -> Area:
    """A country for a text, drawn by the prior, and by the share of public text in its language."""
    shares = signage_shares()
    people = np.bincount(atlas.country, atlas.prior, len(atlas.countries))
    written = [shares.get(Area(code), {}).get(text.language, 0.0) if text.language else 1.0 for code in atlas.countries]
    chances = people * np.array(written)
    return Area(atlas.countries[rng.choice(len(chances), p=chances / chances.sum())])


def log2_odds(evidence: list[Evidence], country: Area, beliefs: Beliefs) -> float:
    """The log odds of a country."""
    p = mass(beliefs.of(evidence), country)
    return float(np.log2(p) - np.log2(1 - p))


def main(count: int, seed: int) -> None:
    """Prints a line for each kind, and one for all."""
    atlas = open_atlas(read_settings({}).cache)
    beliefs, rng = Beliefs(atlas, load_reliabilities()), np.random.default_rng(seed)
    changes: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    worst = list[tuple[float, str, Text]]()
    for text in texts(count, seed):
        clues = [Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.98) for line in text.lines]
        evidence, truth = read_clues(clues, atlas), country_of(text, atlas, rng)
        told = [item for item in evidence if item.group == "language"] if text.language else []
        before, spoken, after = (log2_odds(items, truth, beliefs) for items in ([], told, evidence))
        leader = rank_countries(beliefs.of(evidence), 1)[0]
        row = (abs(after - before), abs(after - spoken), leader.probability >= 0.8 and leader.key != truth)
        worst.append((row[1], truth.country, text))
        for name in (text.kind, "all"):
            changes[name].append(row)
    print("| texts | n | bits moved | without the language's | another country at .8 |\n|---|---|---|---|---|")
    for name, rows in changes.items():
        whole, beyond, wrong = np.array(rows, dtype=float).T
        spread = 1.96 * beyond.std() / np.sqrt(len(rows))
        print(f"| {name} | {len(rows)} | {whole.mean():.2f} | {beyond.mean():.2f} ± {spread:.2f} | {wrong.sum():.0f} |")
    for moved, code, text in sorted(worst, key=lambda row: -row[0])[:20]:
        print(f"{moved:.2f} {code} {text.lines}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    main(options.count, options.seed)
