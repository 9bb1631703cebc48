"""Who reads: text recognition, or a model that looks."""

from geoagent.case.evidence import Clue


def is_model(witness: str) -> bool:
    """Whether a witness (the name of who says something) is a vision-language model."""
    return witness.partition(":")[0] == "vlm"


def is_read(clue: Clue) -> bool:
    """Whether a clue is a text that was read in the photo, by text recognition or by a model."""
    return clue.kind == "text" and (clue.witness == "ocr" or (is_model(clue.witness) and clue.box is not None))


def read_by(clue: Clue) -> str:
    """Who saw a clue, in words for a reader: "read by OCR", "seen by the model", or the name of the witness."""
    if clue.kind == "text" and clue.witness == "ocr":
        return "read by OCR"
    if is_model(clue.witness):
        return "read by the model" if clue.kind == "text" else "seen by the model"
    return who(clue.witness)


def who(witness: str) -> str:
    """A witness, in words for a reader."""
    named = {"ocr": "text recognition", "exif": "the file", "user": "you"}
    return "the model" if is_model(witness) else named.get(witness, witness)
