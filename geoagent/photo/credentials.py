"""Content credentials (C2PA) in a photo's file: whose signature is on it, whether it holds, and which edits it
tells.

The library of the C2PA itself (extra `credentials`) reads them, in a process of its own. Nothing is fetched for that:
neither credentials that lie elsewhere nor lists of trusted or revoked certificates. What they tell of a place is not
read.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from geoagent.case.views import Credentials
from geoagent.errors import ImageError
from geoagent.limited_process import ApartError, Limit, TookTooLong, apart
from geoagent.plain_text import printable

MARKS = (b"jumb", b"c2pa")
"""What every file holds that has credentials inside."""
READING = Limit(processor_s=20.0, whole_s=60.0)
OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False}}
MOST_ACTIONS, MOST_FAULTS, MOST_EARLIER, LONGEST = 50, 20, 20, 100
UNREAD, DAMAGED = Credentials(outcome="unread"), Credentials(outcome="damaged")


def read_credentials(path: Path, kind: str) -> Credentials | None:
    """The content credentials in the picture at `path`; None where it holds none or cannot be read.

    `kind` is its media type, such as "image/jpeg". Without the library that reads them the outcome is "unread"; where
    it fails on them, "damaged".
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if not all(mark in data for mark in MARKS):
        return None
    if find_spec("c2pa") is None:
        return UNREAD
    try:
        with apart("geoagent.photo.credentials:told", {"path": str(path), "kind": kind}, b"", READING) as done:
            return Credentials.model_validate(done.data) if done.data else None
    except (ApartError, TookTooLong):  # the library could make nothing of it, or ended on it
        return DAMAGED


def told(given: dict[str, Any], body: bytes) -> Iterator[Any]:
    """Yield what the credentials of the picture at `given["path"]` say, as fields of `Credentials`; None where it holds
    none.

    This runs in the process of its own. `given["kind"]` is the picture's media type; `body` is not used. Raises
    ImageError where the library cannot read them.
    """
    import c2pa

    try:
        with (
            Path(given["path"]).open("rb") as file,
            c2pa.Context.from_dict(OFFLINE) as context,
            c2pa.Reader(given["kind"], file, context=context) as reader,
        ):
            yield _fields(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        yield None
    except c2pa.C2paError as error:
        raise ImageError(printable(error)) from error


def _fields(store: Mapping[str, Any]) -> dict[str, Any]:
    manifests = _table(store.get("manifests"))
    chain = list(_chain(manifests, store.get("active_manifest")))
    latest = chain[0] if chain else {}
    signature = _table(latest.get("signature_info"))
    names = (signature.get("common_name"), signature.get("issuer"))
    (software, *_) = [*_tables(latest.get("claim_generator_info")), {}]
    found = _table(_table(store.get("validation_results")).get("activeManifest"))
    faults = [_text(item.get("code")) for item in _tables(found.get("failure"))]
    return {
        "outcome": "holds" if store.get("validation_state") in ("Valid", "Trusted") else "broken",
        "signer": ", ".join(dict.fromkeys(filter(None, map(_text, names)))),
        "signed_at": _text(signature.get("time"))[:40],
        "software": " ".join(filter(None, (_text(software.get("name")), _text(software.get("version")))))[:LONGEST],
        "actions": [action for manifest in reversed(chain) for action in _actions(manifest)][:MOST_ACTIONS],
        "faults": list(dict.fromkeys(faults))[:MOST_FAULTS],
    }


def _chain(manifests: Mapping[str, Any], label: Any) -> Iterator[Mapping[str, Any]]:
    """The manifest of this name, the one of the picture that it was made from, and so on."""
    for _ in range(MOST_EARLIER):
        manifest = _table(manifests.get(str(label)))
        if not manifest:
            return
        yield manifest
        parents = [part for part in _tables(manifest.get("ingredients")) if part.get("relationship") == "parentOf"]
        label = parents[0].get("active_manifest") if parents else None


def _actions(manifest: Mapping[str, Any]) -> Iterator[str]:
    for assertion in _tables(manifest.get("assertions")):
        if str(assertion.get("label")).startswith("c2pa.actions"):
            yield from (_text(item.get("action")) for item in _tables(_table(assertion.get("data")).get("actions")))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return printable(value)[:LONGEST] if isinstance(value, str) else ""
