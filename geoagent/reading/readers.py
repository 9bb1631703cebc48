"""Who has seen or read a clue: text recognition, or a model that looks."""

from geoagent.case.evidence import Clue


def is_model(witness: str) -> bool:
    """Whether a witness, by its name, is a vision-language model ("vlm", "vlm:NAME")."""
    return witness.partition(":")[0] == "vlm"


def is_read(clue: Clue) -> bool:
    """Whether a clue is a text of the scene that was read in a photo, by text recognition or by a model that gives its
    box.
    """
    return clue.kind == "text" and (clue.witness == "ocr" or (is_model(clue.witness) and clue.box is not None))


def read_by(clue: Clue) -> str:
    """Who saw a clue, in words: "read by OCR", "read by the model", "seen by the model", or who the witness is."""
    if clue.kind == "text" and clue.witness == "ocr":
        return "read by OCR"
    if is_model(clue.witness):
        return "read by the model" if clue.kind == "text" else "seen by the model"
    return who(clue.witness)


def who(witness: str) -> str:
    """Who a witness is, in words for a reader: "text recognition", "the file", "you", "the model", or its name."""
    named = {"ocr": "text recognition", "exif": "the file", "user": "you", "pixels": "the pixels", "post": "a text"}
    return "the model" if is_model(witness) else named.get(witness, witness)
