"""Finds what speaks of the picture and not of the place: credits, watermarks, what cameras, viewers and players write
on it.
"""

import re
from functools import lru_cache
from importlib.resources import files

from geoagent.plain_text import fold

_CREDIT = re.compile(
    r"©|\(c\)\s*\d{4}|\bcopyright\b|\ball rights reserved\b|版权|版權"
    r"|\b(?:photos?|photograph|picture|image|foto|fotos|bild|credits?|crédit|crédito|фото)\s*(?:by\b|courtesy\b|:)"
    r"|摄影|攝影|撮影|图片来源|圖片來源",
    re.IGNORECASE,
)
_PUBLISHER = re.compile(
    r"\b(?:getty ?images|gettyimages|shutterstock|alamy|istock(?:photo)?|adobe ?stock|dreamstime|123rf|depositphotos"
    r"|afp|reuters|xinhua|picture alliance|unsplash|pexels|pixabay|flickr|mapillary|kartaview|geoguessr)\b"
    r"|视觉中国|新华社|中新社|水印相机",
    re.IGNORECASE,
)
_VIEWER = re.compile(
    r"\b(?:google|street ?view|image capture|map data|openstreetmap|mapbox|yandex|яндекс|baidu|maxar)\b"
    r"|百度|高德|腾讯|地图|地圖|街景|卫星图|地図データ",
    re.IGNORECASE,
)
_CAMERA = re.compile(
    r"\b(?:shot on|quad camera|dual camera|triple camera|ai camera|gopro|dash ?cam|viofo|70mai|nextbase)\b"
    r"|\b(?:redmi|xiaomi|huawei|oneplus|realme|honor|oppo|vivo|poco|galaxy|infinix|tecno|iphone)\b.*(?:\d|\bcamera\b|\bpro\b)"
    r"|\bleica\b.*\bcamera\b|\b(?:gps map camera|timestamp camera|solocator|timemark)\b",
    re.IGNORECASE,
)
_PLAYER = re.compile(
    r"(?:un)?subscribed?!?|abonnieren|s['’]abonner|suscr[ií]bete|suscribirse|inscreva-se|подписаться|订阅|訂閱|チャンネル登録|구독"
    r"|(?:live|rec|hd|full hd|uhd|[48]k|\d{3,4}p(?:60)?|\d{2,3} ?fps|[48]k \d{2} ?fps)"
    r"|[\d.,]+ ?[kmb]? (?:views?|likes?|followers?|subscribers?|comments?)(?: .*)?"
    r"|(?:rec )?\d{1,2}:\d\d(?::\d\d)?(?: ?/ ?\d{1,2}:\d\d(?::\d\d)?)?"
    r"|(?:tik ?tok|抖音|快手|小红书|微博|bilibili|哔哩哔哩|西瓜视频|youtube|instagram|facebook|kwai"
    r"|likee|snapchat|twitter)(?:\W*(?:号|id)?\W*@?[\w.]*)?"
    r"|made with .*|video by .*|capcut|kinemaster|inshot|viva ?video|[@#][\w.]+(?: [@#][\w.]+)*",
    re.IGNORECASE,
)
"""What a player, an app or an account writes over a picture, as a whole line."""


_RIGHTS = re.compile(
    r"subject to copyright|protected by copyright|urheberrecht|droits? d['’]auteur|derechos? de autor|auteursrecht"
    r"|diritti d['’]autore|direitos? (?:de autor|autora)|upphovsr[äa]tt|ophavsret|opphavsrett|tekij[äa]noikeu"
    r"|praw(?:om|a)? autorski|autorsk[ýyéeiaoí]+m? pr[áa]v|szerz[őo]i jog|drepturi(?:le)? de autor|авторск\w+ прав"
    r"|πνευματικ\w+ δικαι|telif hakk|hak cipta|bản quyền|ลิขสิทธิ์|कॉपीराइट|কপিরাইট|حقوق (?:الطبع|النشر|التأليف)|حق نشر"
    r"|זכויות יוצרים|著作権|著作權|저작권|版[权權]保[护護]|受版[权權]|有版[权權]",
    re.IGNORECASE,
)
"""That a picture may be protected, as viewers say in many languages: no sign of a scene says so."""


def without_credit(text: str) -> str:
    """A line without credits, watermarks and captions, which say who made the picture and not where it was taken; may
    be empty.

    A caption before a credit stays ("Lisbon, Portugal. Photo: A. Name"); what follows it goes. A line that a camera, a
    viewer, a player, an account or a publisher wrote goes as a whole.
    """
    if _PLAYER.fullmatch(text.strip()) or _RIGHTS.search(text) or fold(text) in viewer_words():
        return ""
    if any(pattern.search(text) for pattern in (_PUBLISHER, _VIEWER, _CAMERA)):
        found = _CREDIT.search(text)
        return text[: found.start()].strip() if found else ""
    return _CREDIT.split(text, maxsplit=1)[0].strip()


@lru_cache(maxsize=1)
def viewer_words() -> frozenset[str]:
    """The lines, folded, that viewers, players, maps and phones write over a picture, in many languages."""
    lines = (files("geoagent.reading") / "viewer_words.txt").read_text(encoding="utf-8").splitlines()
    forms = (form for line in lines if not line.startswith("#") for form in line.partition(": ")[2].split(","))
    return frozenset(map(fold, forms))
