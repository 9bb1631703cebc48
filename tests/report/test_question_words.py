"""What a question is about is told from its words, in the words of people and in four languages."""

import pytest

from geoagent.report.question_words import topic_of

PHRASES = {
    "sure": [
        "within how many kilometres?", "what's the radius", "so sure about that?", "Kann ich dem trauen?",
        "how confident are you in this?", "Is that correct?", "is this definitely right?", "would you bet on it?",
        "can I publish this?",
        "what's the margin of error", "how good is this answer?", "can I rely on it", "Wie sicher bist du dir?",
        "¿Estás seguro?",
        "Es-tu sûr ?", "quelle est la probabilité ?",
    ],
    "why": [
        "how do you know that?", "any proof?", "why should I believe you", "Wie kommst du darauf?", "¿Cómo lo sabes?",
        "Comment le sais-tu ?",
        "what makes you say that?", "on what basis?", "what is this based on", "what gave it away?",
        "walk me through it",
        "show your reasoning", "how did you work that out?", "justify your answer", "Warum glaubst du das?",
        "¿Por qué?", "Pourquoi ?",
        "tell me more",
    ],
    "where": [
        "which neighbourhood is it?", "can you narrow it down?", "what part of town?", "give me the address",
        "how close can you get?",
        "which street is this on", "In welcher Straße?", "¿En qué calle?", "Dans quelle rue ?",
    ],
    "place": ["where was this taken?", "which country is it", "what town is that", "Wo ist das?", "¿Dónde está?",
    "Où est-ce ?"],
    "simply": [
        "in two sentences", "make it shorter",
        "give me the gist", "in one sentence please", "short answer?", "explain it for a child", "in layman's terms",
        "bottom line?",
        "Kurz gesagt?", "en résumé", "resúmelo", "Erklär es einfach",
    ],
    "settle": [
        "what information is lacking", "what should I photograph next",
        "what would convince you?", "what would change your mind?", "how can I help?", "what do you need from me?",
        "what next?",
        "how do I verify this myself?", "is there a way to confirm it?", "Was würde helfen?", "¿Qué ayudaría?",
        "qu'est-ce qui aiderait ?",
    ],
    "search": [
        "what's your source", "did you send my photo anywhere?", "how many tools did you call",
        "did you google it?", "did you use the internet?", "which databases did you use", "what did you check?",
        "have you looked at street view?", "did you do a reverse image search", "Hast du im Internet gesucht?",
        "¿Qué buscaste?",
        "qu'as-tu cherché ?",
    ],
    "uncertain": [
        "is there anything that doesn't fit?", "what are you least sure of", "which parts are guesses?",
        "could you be mistaken?",
        "what could be wrong?", "what are the weaknesses", "where are the gaps?", "any contradictions?",
        "what argues against it?",
        "what's not clear", "is there counter-evidence?", "Was ist unsicher?", "¿Qué es incierto?",
        "qu'est-ce qui est incertain ?",
    ],
    "map": [
        "can I see it from above?",
        "what's the latitude and longitude", "gps coordinates?", "show me on Google Earth", "give me a link",
        "show me the location",
        "Zeig es auf der Karte", "coordenadas", "sur la carte",
    ],
    "file": ["when was it taken?", "what time of day is it?", "which camera was used?", "does the EXIF say anything",
    "Wann war das?", "quand ?"],
    "others": [
        "and if it's somewhere else?", "could this be a different city?", "what else might it be",
        "Quelles autres possibilités ?",
        "what's your second guess?", "any other candidates?", "what else could it be",
        "which countries did you rule out?", "another place?",
        "Wo sonst könnte es sein?", "¿dónde más?", "où ailleurs ?",
    ],
    "seen": [
        "did you read the license plate?",
        "what's written on the sign?", "what does the sign say?", "list the clues", "what language is it in?",
        "what can you see in it?",
        "Was steht auf dem Schild?", "¿qué ves?", "que vois-tu ?",
    ],
    "cost": [
        "how much time did you need", "was an AI model used?", "how long did it take?", "what did it cost?",
        "which model did you use", "wie lange hat das gedauert?"],
}  # fmt: skip


@pytest.mark.parametrize(("topic", "question"), [(topic, each) for topic, many in PHRASES.items() for each in many])
def test_what_a_question_is_about_is_told_from_its_words(topic: str, question: str) -> None:
    assert topic_of(question) == topic


@pytest.mark.parametrize(
    "question",
    [
        "is it snowing?",
        "who is the man?",
        "hello",
        "thanks!",
        "is it AI generated?",
        "do you like it?",
        "Wer bist du?",
        "¿quién eres?",
        "",
        "?",
    ],
)
def test_what_no_record_answers_has_no_topic(question: str) -> None:
    assert topic_of(question) is None
