"""The words that tell what a question about an answer is about, in English, German, Spanish and French."""

import re
from typing import Literal

Topic = Literal[
    "settle", "simply", "cost", "search", "uncertain", "map", "file", "where", "sure", "others", "seen", "why", "place"
]


def _any(*phrases: str) -> re.Pattern[str]:
    """What fits a text that holds one of these phrases as whole words."""
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.I)


PRODUCTS = _any(
    r"google(?:'s)?(?: (?:maps?|earth|lens|images?|street ?view))?", r"apple maps?", r"bing(?: maps?)?",
    r"open ?street ?maps?", r"street ?view", "mapillary", "kartaview", "yandex(?: images)?", "tin ?eye", "sentinel",
    "copernicus", "wayback", "wikipedia",
)  # fmt: skip
"""Maps and searches, which are no places."""
WORDS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    ("settle", _any(
        "settle", "decide", "tell (?:them|the two) apart", "(?:would|could|can) (?:i )?help",
        "(?:be|become) (?:more )?(?:sure|certain)",
        "make (?:you|it) (?:sure|certain|surer)", "find out more", r"what else (?:do|would|should) \w+",
        "what else can i",
        "how (?:can|could|do) i (?:check|verify|confirm|test)", "to (?:confirm|verify|check) (?:it|this|that)",
        "need to know", "do you need",
        "missing", r"convince\w*", "change your mind", "what next", "next step", "look for next",
        "lacking", r"photograph next", r"(?:other|another|more|second) photos?", "useful",
        r"(?:würde|könnte) helfen", r"entscheide\w*", "was fehlt", "überprüfen",
        r"ayudar\w*", "(?:qué|que) falta", r"decidir\w*", "comprobar(?:lo)?", r"aider\w*", r"trancher\w*", "manque",
        "vérifier",
    )),
    ("simply", _any(
        r"simpl\w*", "briefly", "in short", "short (?:version|answer)", "plain (?:words|english)", r"summar\w+",
        "like i(?:'| a)m", "eli5",
        "tl;?dr", "in a nutshell", "gist", "bottom line", "(?:one|two|three|a|few) sentences?", "shorter",
        r"layman\w*",
        "for (?:a child|children|kids|a kid)", "headline",
        "einfach", r"kurz\w*", r"zusammenfass\w*", r"fass\w* .*zusammen", r"res[uú]m\w*", r"sencill\w*", r"résum\w*",
        "bref", "en clair",
    )),
    ("cost", _any(
        r"how long (?:did|has|does) (?:it|this|that|you)\b.*",
        r"(?:what|how much) (?:did|does) (?:it|this|that) cost", "cost", "price",
        "(?:which|what) (?:model|version)", "tokens", "how much time", "(?:an?|the) (?:ai )?model", "wie lange hat",
        r"gekostet", "cuánto (?:tardó|costó)",
        "combien de temps", "coûté",
    )),
    ("search", _any(
        r"search\w*", "look(?:ed)? (?:it |this |that )?up",
        "(?:which|what) (?:tools|services|sites|pages|sources|databases|maps)",
        "sources?", "tools", r"sen[dt]", r"upload\w*", "leave my (?:machine|computer)", "online", "on the web",
        "internet", "(?:did|have) you (?:check|look|google|ask|consult)(?:ed)?",
        "what did you (?:check|look at|consult|ask|use)", r"google[dn]? (?:it|this|that)", "reverse image",
        r"\w*sucht", r"suche\w*", r"busca\w*", "buscó", r"(?:re)?cherch\w*", "consultad?o?",
    )),
    ("uncertain", _any(
        r"uncertain\w*", "unsure", r"doubt\w*", r"(?:not|\w+n't) (?:so |that )?(?:sure|certain|known|clear|determined)",
        "ambiguous", "unclear", "least (?:sure|certain)", "guesses", "guesswork", r"(?:not|\w+n't) fit", "assumptions?",
        r"weak\w*", "be wrong", "go(?:ne)? wrong", "mistaken", "mistakes?", "errors? in",
        r"(?:speaks|argues|counts|points) against",
        "counter.?evidence", r"contradict\w*", "what don'?t you know", "gaps?", r"limit(?:ation)?s?", "caveats?",
        "risks?",
        r"unsicher\w*", r"ungewiss\w*", "unklar", r"zweif\w*", "spricht dagegen", "falsch", "irren",
        r"incert\w*", r"inciert\w*", r"dud\w+", "en contra", r"equivoc\w*", r"dout\w+", "(?:contre|faux)",
        r"tromp\w+",
    )),
    ("map", _any(
        "from above", "aerial", "maps?", "coordinates?", r"latitude", r"longitude", "lat[ /,]*(?:and )?lon\\w*",
        "gps (?:coordinates|position|location)", "satellite",
        "links?", "open (?:it )?in", "pin", "show me (?:the|its) (?:location|place|spot)",
        r"(?:land)?karte", r"koordinaten", "mapa", "coordenadas", "carte", "coordonnées",
    )),
    ("file", _any(
        "when", "how old", "day ?time", "what (?:time|day|date|year)", "time of (?:day|year)",
        r"(?:which|what) (?:camera|phone|device)",
        "camera", r"meta ?data", "exif",
        "gps", "position in the file", "wann", "kamera", "metadaten", "cuándo", "cámara", "metadatos", "quand",
        "appareil", "métadonnées",
    )),
    ("map", PRODUCTS),
    ("others", _any(
        "somewhere else", "elsewhere", "different (?:place|country|city|town|region)", "where else",
        r"(?:other|another) (?:\w+ )?(?:places?|countr\w+|cit\w+|options?|candidates?|possibilit\w+|guess\w*)",
        r"alternatives?",
        "second", r"runner\w*", "else (?:could|might|can) it be", "next best", "plan b", "rule out", "ruled out",
        "wo sonst", "sonst noch", r"andere\w* orte?", r"alternativ\w*", "dónde más", r"otr[oa]s? \w+", "ailleurs",
        r"autres? \w+",
    )),
    ("where", _any(
        "streets?", "roads?", "address", "where exactly", r"exact\w*", "house", "building", "how (?:far|near|close)",
        r"neighbou?rhoods?",
        "districts?", "quarters?", "suburbs?", "boroughs?", "wards?", r"(?:post|zip)(?:al)? ?codes?", "parishe?s?",
        r"(?:which|what) (?:areas?|parts?|side) (?:of (?!this|(?:the|your) (?:photo|answer))\w+|is (?:it|this|that))",
        "part of (?:town|the city)", "(?:old|new) town", "down ?town",
        r"(?:city|town) cent(?:re|er)", "narrow (?:it|this|that)", r"more precise\w*",
        "which (?:side|spot|corner)",
        r"stra(?:ß|ss)e\w*", r"genau\w*", r"adresse", r"stadt(?:teil|viertel|bezirk)e?", "viertel", "vorort",
        "calle", "dirección", "barrio", "rue",
        "quartier", "banlieue", "arrondissement", "colonia", "distrito",
    )),
    ("sure", _any(
        "how (?:very )?(?:likely|reliable|accurate|precise|probable|good|safe|solid)", r"probabilit\w+",
        r"confiden\w+", "sure", "certain(?:ty)?",
        "trust", "odds", "chances?", "bet", "radius", r"kilomet(?:re|er)s?", "how (?:big|large|wide)", "error margin",
        "margin of error", "publish", "rely on", "guess",
        r"(?:is|are) (?:it|this|that|you) (?:\w+ )?(?:right|correct|true|definite|reliable)", "definitely",
        r"sicher\w*", r"wahrscheinlich\w*", r"verlässlich\w*", "stimmt", r"(?:ver)?trauen",
        r"segur[oa]s?", r"probab\w+", r"fiab\w+", "certeza", "correcto", r"sûre?s?", r"certaine?s?", "confiance",
    )),
    ("seen", _any(
        r"(?:what|which) (?:\w+ ){0,3}(?:see|read|notice|find|found|spot|signs?|texts?|clues?|words?|languages?)",
        "written", "see in", "plates?", "(?:did|do|can) you (?:read|see|notice)",
        r"what do(?:es)? .* say", "what'?s (?:in|on) the (?:photo|picture|image|sign)",
        r"(?:list|show|read) (?:me )?(?:all )?the (?:clues|texts?|signs?)",
        r"sieh(?:st|t)", r"gelesen", r"schild\w*", r"hinweise?", "geschrieben", r"ves|lees|leíste", r"letrero\w*",
        "pistas", "escrito",
        r"vois|lis", r"panneaux?", r"indices?", "écrit",
    )),
    ("why", _any(
        "why", "how come", "reasons?", r"reasoning", "evidence", "explain", "how (?:do|did|can|could) you", "because",
        r"arguments?", "proof",
        "prove", "what (?:makes|made) you", "justify", "bas(?:is|ed)", "gave (?:it|that) away", "walk me through",
        r"work(?:ed)? (?:it|this|that) out",
        "show (?:your|the) work\\w*", "tell me more", "what else can you",
        "warum", "wieso", "weshalb", r"kommst du darauf", r"cómo (?:lo )?sab\w*", r"comment (?:le )?sa\w*",
        "fait (?:dire|penser)", r"gr[uü]nde?", r"begründ\w*", r"beweis\w*", "erklär\\w*",
        "por ?qué", r"raz[oó]n\w*", r"pruebas?", r"expl[ií]\w*", "pourquoi", r"raisons?", r"preuves?",
    )),
    ("place", _any(
        "where", "(?:which|what) (?:country|city|town|region|place|state|village|county|province|municipality|commune)",
        "wo",
        r"welche\w* (?:land|stadt|ort|region)", "dónde", "donde",
        "(?:qué|que) (?:país|ciudad|lugar)", "où", "quel(?:le)? (?:pays|ville|région|endroit)",
    )),
)  # fmt: skip
"""What a question may be about, and the words that tell it; the first that fits counts."""


def topic_of(question: str) -> Topic | None:
    """What a question is about, such as "why" or "cost", as far as a case's record may answer it; None if not told."""
    return next((topic for topic, words in WORDS if words.search(question)), None)


def without_products(question: str) -> str:
    """A question without the names of maps and searches ("Google Maps", "Bing"), so that none is taken for a place."""
    return PRODUCTS.sub(" ", question)
